import assert from "node:assert/strict";
import test from "node:test";

import { reportedOf } from "../../../web/lab/areas/reported.js";

const area = (name, y) => ({ name, x: 0.5, y, width: 0.25, height: 0.25 });
const timeline = (more) => ({ areas: [{ t_ms: 0, areas: [area("#a", 0), area("#b", 0.5)] }, { t_ms: 500, areas: [area("#a", 0.25)] }], stimuli: [], ...more });

test("areas that a page reported appear on the whole screen at their last place", () => {
  assert.deepEqual(reportedOf([timeline({ areas: [] }), timeline({})], null), [
    { name: "#a", shape: "rectangle", points: [[0.5, 0.25], [0.75, 0.5]] },
    { name: "#b", shape: "rectangle", points: [[0.5, 0.5], [0.75, 0.75]] },
  ]);
});

test("on a page they are in units of the page, wherever it was scrolled", () => {
  const page = { name: "page", kind: "page", start_ms: 0, end_ms: 1000, rect: { x: 0, y: 0, width: 1, height: 2 }, moves: [[400, 0, -0.5, 1, 2]] };
  const [a, b] = reportedOf([timeline({ stimuli: [page] })], "page");
  assert.deepEqual(a.points, [[0.5, 0.375], [0.75, 0.5]]);
  assert.deepEqual(b.points, [[0.5, 0.25], [0.75, 0.375]]);
});

const trial = (name, start_ms, end_ms) => ({ name, kind: "mark", start_ms, end_ms, rect: { x: 0, y: 0, width: 1, height: 1 }, moves: [] });

test("a trial of an experiment has the areas that its page reported while it was shown", () => {
  const recording = timeline({ stimuli: [trial("before", -900, -1), trial("first", 0, 480), trial("second", 480, 1000)] });
  assert.deepEqual(reportedOf([recording], "before"), []);
  assert.deepEqual(reportedOf([recording], "first").map(({ name }) => name), ["#a", "#b"]);
  assert.deepEqual(reportedOf([recording], "second").map(({ name }) => name), ["#a"], "the report of the first lasts some ms longer");
});

test("areas that stay are those of the next trial as well", () => {
  const recording = timeline({ areas: [{ t_ms: 0, areas: [area("#a", 0)] }], stimuli: [trial("first", 0, 400), trial("second", 400, 1000)] });
  assert.deepEqual(reportedOf([recording], "second").map(({ name }) => name), ["#a"]);
});

test("what was shown without a report has no areas", () => {
  assert.deepEqual(reportedOf([timeline({ areas: [], stimuli: [trial("cat", 0, 1000)] })], "cat"), []);
});
