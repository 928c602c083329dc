import assert from "node:assert/strict";
import test from "node:test";

import { barsOf, intervalOf, niceEnd, written } from "../../../web/lab/areas/metrics.js";

test("values are written as people read them, and a missing one as a dash", () => {
  assert.deepEqual([written(0.826, "share"), written(1234, "time"), written(3, "count"), written(2.333, "count")], ["83 %", "1.23 s", "3", "2.3"]);
  assert.deepEqual([written(null, "time"), written(undefined, "count"), written(true, "share")], ["–", "–", "yes"]);
});

test("an interval stays inside what is possible, and one person has none", () => {
  assert.equal(intervalOf({ mean: 0.9, low: 0.7, high: 1.1, n: 4 }, "share"), "70 to 100");
  assert.equal(intervalOf({ mean: 100, low: -50, high: 250, n: 4 }, "time"), "0.00 to 0.25");
  assert.equal(intervalOf({ mean: 100, low: null, high: null, n: 1 }, "time"), "");
});

test("the bars of a metric have the mean, its interval and each person", () => {
  const analysis = {
    areas: [{ name: "face" }, { name: "sign" }],
    groups: { face: { dwell_ms: { mean: 300, low: -10, high: 700, n: 2 } } },
    people: [{ recording: "r_1", areas: { face: { dwell_ms: 100 } } }, { recording: "r_2", areas: { face: { dwell_ms: 500 }, sign: { dwell_ms: null } } }],
  };
  const { most, rows } = barsOf(analysis, { name: "dwell_ms", unit: "time" });
  assert.equal(most, 1000);
  assert.deepEqual(rows[0], { area: "face", mean: 300, low: 0, high: 700, people: [{ recording: "r_1", value: 100 }, { recording: "r_2", value: 500 }] });
  assert.deepEqual(rows[1].people, []);
});

test("a scale ends at a round number", () => {
  assert.deepEqual([0, 7, 24, 26, 999].map(niceEnd), [1, 10, 25, 50, 1000]);
});
