import assert from "node:assert/strict";
import test from "node:test";

import { middlesOf, withCornerAt, withNewCorner, withoutCorner } from "../../../web/lab/areas/corners.js";

const SIZE = { width: 400, height: 300 };
const SQUARE = { kind: "polygon", points: [[10, 10], [110, 10], [110, 110], [10, 110]].map(([x, y]) => ({ x, y })) };
const TRIANGLE = { kind: "polygon", points: SQUARE.points.slice(0, 3) };

test("a corner is moved, and stays on the stimulus", () => {
  const moved = withCornerAt(SQUARE, 1, { x: 9000, y: -3 }, SIZE);
  assert.deepEqual(moved.points, [SQUARE.points[0], { x: 400, y: 0 }, ...SQUARE.points.slice(2)]);
});

test("a new corner comes after the one at the begin of its side, the last side included", () => {
  assert.deepEqual(withNewCorner(SQUARE, 0, { x: 60, y: 4 }, SIZE).points[1], { x: 60, y: 4 });
  assert.deepEqual(withNewCorner(SQUARE, 3, { x: 2, y: 60 }, SIZE).points.at(-1), { x: 2, y: 60 });
});

test("the middles of all sides are known, with the length of the side", () => {
  assert.deepEqual(middlesOf(SQUARE).map(({ x, y }) => [x, y]), [[60, 10], [110, 60], [60, 110], [10, 60]]);
  assert.deepEqual(middlesOf(SQUARE).map(({ lengthPx }) => lengthPx), [100, 100, 100, 100]);
});

test("a corner is deleted, but the last three stay", () => {
  assert.deepEqual(withoutCorner(SQUARE, 3), TRIANGLE);
  assert.equal(withoutCorner(TRIANGLE, 0), null);
});

test("a change that leaves no surface is none", () => {
  assert.equal(withCornerAt(TRIANGLE, 2, { x: 60, y: 10 }, SIZE), null);
  const kite = { kind: "polygon", points: [...TRIANGLE.points.slice(0, 2), { x: 60, y: 10 }, { x: 60, y: 90 }] };
  assert.equal(withoutCorner(kite, 3), null);
});

test("a polygon has no more corners than the server accepts", () => {
  const points = Array.from({ length: 200 }, (_, i) => ({ x: 200 + 100 * Math.cos(i / 31.8), y: 150 + 100 * Math.sin(i / 31.8) }));
  assert.equal(withNewCorner({ kind: "polygon", points }, 5, { x: 0, y: 0 }, SIZE), null);
});
