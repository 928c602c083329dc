import assert from "node:assert/strict";
import test from "node:test";

import { closed, drawingOf, outline, usual, withCorner } from "../../../web/lab/areas/drawing.js";

const SIZE = { width: 1000, height: 500 };
const draw = (kind, points) => points.reduce((now, [x, y]) => withCorner(now.drawing, { x, y }, SIZE), { drawing: drawingOf(kind), done: null });

test("two corners make a rectangle", () => {
  assert.deepEqual(draw("rectangle", [[100, 100], [300, 50]]).done, { kind: "rectangle", x: 100, y: 50, width: 200, height: 50 });
});

test("a second corner at the place of the first makes no shape, and the first one stays", () => {
  const { drawing, done } = draw("ellipse", [[100, 100], [101, 100]]);
  assert.deepEqual([drawing.corners.length, done], [1, null]);
});

test("a press near the first corner closes a polygon", () => {
  const { done } = draw("polygon", [[100, 100], [300, 100], [300, 300], [105, 103]]);
  assert.equal(done.points.length, 3);
});

test("a polygon of two corners is not closed", () => {
  const { drawing, done } = draw("polygon", [[100, 100], [300, 100], [100, 100]]);
  assert.deepEqual([drawing.corners.length, done], [2, null]);
  assert.equal(closed(drawing, SIZE), null);
});

test("the outline follows the pointer, and stays on the stimulus", () => {
  const { drawing } = draw("polygon", [[100, 100]]);
  assert.deepEqual(outline(drawing, { x: 2000, y: -5 }, SIZE).at(-1), { x: 1000, y: 0 });
  assert.equal(outline(drawingOf("rectangle"), { x: 1, y: 1 }, SIZE).length, 0);
});

test("a press alone makes a shape of a usual size inside the stimulus", () => {
  assert.deepEqual(usual("rectangle", { x: 990, y: 10 }, SIZE), { kind: "rectangle", x: 900, y: 0, width: 100, height: 100 });
});
