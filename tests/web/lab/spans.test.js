import assert from "node:assert/strict";
import test from "node:test";

import { barsOf, lostSpans, sharedAt, shifted, spanAt, ticks, zoomed } from "../../../web/lab/replay/spans.js";

const span = (start, end) => ({ start, end });

test("bars are those of the spans in sight, cut at its edges", () => {
  const bars = barsOf([span(0, 100), span(400, 600), span(900, 2000), span(3000, 3100)], { from: 500, to: 1500 }, 100);
  assert.deepEqual(bars, [{ x: 0, width: 10 }, { x: 40, width: 60 }]);
});

test("a thousand short spans make no more bars than pixels", () => {
  const spans = Array.from({ length: 1000 }, (_, i) => span(10 * i, 10 * i + 6));
  assert.ok(barsOf(spans, { from: 0, to: 10_000 }, 100).length <= 100);
});

test("the span at a time is found, and none between two", () => {
  const spans = [span(0, 100), span(200, 300)];
  assert.deepEqual([50, 150, 250, 400].map((time) => spanAt(spans, time)), [0, -1, 1, -1]);
});

test("lost data are samples that are not valid, and gaps between samples", () => {
  const times = Float64Array.from([0, 33, 66, 99, 500, 533]);
  assert.deepEqual(lostSpans(times, [1, 0, 0, 1, 1, 1], 150), [span(33, 500)]);
  assert.deepEqual(lostSpans(times, [1, 1, 1, 1, 1, 1], 150), [span(99, 500)]);
  assert.deepEqual(lostSpans(new Float64Array(0), [], 150), []);
});

test("a scale has round times that are far enough apart", () => {
  assert.deepEqual(ticks({ from: 300, to: 4200 }, 400, 60), [1000, 2000, 3000, 4000]);
  const many = ticks({ from: 0, to: 1_800_000 }, 1000, 80);
  assert.ok(many.length > 5 && many.length < 14);
});

test("zooming keeps the time below the pointer, and never leaves the whole", () => {
  const whole = { from: 0, to: 60_000 };
  assert.deepEqual(zoomed(whole, 0.5, 30_000, whole), { from: 15_000, to: 45_000 });
  assert.deepEqual(zoomed({ from: 15_000, to: 45_000 }, 4, 30_000, whole), whole);
  assert.equal(zoomed(whole, 0.00001, 0, whole).to, 500);
  assert.deepEqual(shifted({ from: 0, to: 10 }, -5, { from: 0, to: 100 }), { from: 0, to: 10 });
  assert.deepEqual(shifted({ from: 80, to: 90 }, 50, { from: 0, to: 100 }), { from: 90, to: 100 });
});

test("a picture is shown below several people only while all were shown it", () => {
  const shown = (...names) => names.map((name, i) => ({ name, start: 1000 * i, end: 1000 * i + 800 }));
  const [a, b] = [shown("cat", "dog", "cup"), shown("cat", "cup", "cup")];
  assert.deepEqual([100, 900, 1100, 2100].map((time) => sharedAt([a, b], time)), [0, -1, -1, 2]);
  assert.deepEqual([sharedAt([a], 1100), sharedAt([a, []], 100)], [1, -1]);
});
