import assert from "node:assert/strict";
import test from "node:test";

import { errorAt, strengthAt } from "../../../web/ui/accuracy-map.js";
import { inLines } from "../../../web/ui/map-legend.js";
import { RESULT, SCREEN } from "./validation-result.js";

test("the map gives each place the error of the dots around it", () => {
  const errors = [200, 60, 60, null];
  const uneven = { ...RESULT, points: RESULT.points.map((point, i) => ({ ...point, error_px: errors[i] })) };
  const [near, far] = [[0.2, 0.2], [0.8, 0.2]].map(([x, y]) => errorAt(uneven, x, y, SCREEN));
  assert.ok(near > 150);
  assert.ok(far < 90);
});

test("the map has no colour far from the dots that were measured", () => {
  const [first, ...others] = RESULT.points;
  const measured = { ...RESULT, points: [first, ...others.map((point) => ({ ...point, error_px: null }))] };
  const strengths = [[0.2, 0.2], [0.3, 0.3], [0.8, 0.8]].map(([x, y]) => strengthAt(measured, x, y, SCREEN));
  assert.equal(strengths[0], 1);
  assert.ok(strengths[1] > 0.3 && strengths[1] < 0.9);
  assert.ok(strengths[2] < 0.01);
});

test("a part of the legend that does not fit begins a line, and a long one has a line of its own", () => {
  const parts = [40, 30, 50, 300, 20].map((width) => ({ width }));
  const lines = inLines(parts, 100);
  assert.deepEqual(lines.map((line) => line.map(({ part }) => part.width)), [[40, 30], [50], [300], [20]]);
  for (const line of lines) assert.equal(line[0].at, 0);
  const [, second] = lines[0];
  assert.ok(second.at > 40 && second.at + 30 <= 100);
  assert.deepEqual(inLines([], 100), []);
});
