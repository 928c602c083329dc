import assert from "node:assert/strict";
import test from "node:test";

import * as shapes from "../../../web/lab/areas/shapes.js";

const SIZE = { width: 400, height: 300 };
const RECTANGLE = { kind: "rectangle", x: 10, y: 20, width: 100, height: 50 };
const ELLIPSE = { ...RECTANGLE, kind: "ellipse" };
const L = { kind: "polygon", points: [[0, 0], [100, 0], [100, 20], [20, 20], [20, 200], [0, 200]].map(([x, y]) => ({ x, y })) };

test("a point is inside a shape, not only inside its bounds", () => {
  assert.ok(shapes.contains(RECTANGLE, { x: 10, y: 20 }));
  assert.ok(!shapes.contains(ELLIPSE, { x: 12, y: 22 }));
  assert.ok(shapes.contains(ELLIPSE, { x: 60, y: 45 }));
  assert.ok(shapes.contains(L, { x: 10, y: 150 }));
  assert.ok(!shapes.contains(L, { x: 60, y: 150 }));
});

test("the surface of each kind is known", () => {
  assert.equal(shapes.surfaceOf(RECTANGLE), 5000);
  assert.ok(Math.abs(shapes.surfaceOf(ELLIPSE) - 3927) < 1);
  assert.equal(shapes.surfaceOf(L), 100 * 20 + 20 * 180);
});

test("a shape that is moved keeps its size and stays on the stimulus", () => {
  assert.deepEqual(shapes.moved(RECTANGLE, 5, -5, SIZE), { ...RECTANGLE, x: 15, y: 15 });
  assert.deepEqual(shapes.moved(RECTANGLE, -500, 900, SIZE), { ...RECTANGLE, x: 0, y: 250 });
  assert.deepEqual(shapes.boundsOf(shapes.moved(L, 1000, 0, SIZE)), { x: 300, y: 0, width: 100, height: 200 });
});

test("a handle moves its own sides, and never beyond the opposite ones", () => {
  assert.deepEqual(shapes.dragged(RECTANGLE, "se", { x: 200, y: 200 }, SIZE), { ...RECTANGLE, width: 190, height: 180 });
  assert.deepEqual(shapes.dragged(RECTANGLE, "w", { x: 300, y: 0 }, SIZE), { ...RECTANGLE, x: 106, width: shapes.LEAST_PX });
  assert.deepEqual(shapes.dragged(L, "1", { x: 900, y: -5 }, SIZE).points[1], { x: 400, y: 0 });
});

test("a polygon that would lose its surface stays as it is", () => {
  const flat = { kind: "polygon", points: [{ x: 0, y: 0 }, { x: 50, y: 0 }, { x: 25, y: 40 }] };
  assert.equal(shapes.dragged(flat, "2", { x: 25, y: 0 }, SIZE), flat);
});

test("the right and the lower edge follow the keys", () => {
  assert.deepEqual(shapes.resized(ELLIPSE, 10, -500, SIZE), { ...ELLIPSE, width: 110, height: shapes.LEAST_PX });
});

test("two corners in any order make a shape; two equal ones make none", () => {
  const made = shapes.between("rectangle", { x: 110, y: 70 }, { x: 10, y: 20 }, SIZE);
  assert.deepEqual(made, RECTANGLE);
  assert.equal(shapes.between("ellipse", { x: 5, y: 5 }, { x: 5, y: 90 }, SIZE), null);
});

test("a polygon needs three different corners and a surface", () => {
  const corners = [{ x: 0, y: 0 }, { x: 50, y: 0 }, { x: 50, y: 0 }, { x: 90, y: 0 }];
  assert.equal(shapes.polygonOf(corners, SIZE), null);
  assert.equal(shapes.polygonOf([...corners, { x: 20, y: 60 }], SIZE).points.length, 4);
});

test("the name of a bent polygon is written inside it", () => {
  assert.ok(shapes.contains(L, shapes.labelPlace(L)));
  assert.deepEqual(shapes.labelPlace(RECTANGLE), { x: 60, y: 45 });
});

test("each kind has a path and handles", () => {
  assert.equal(shapes.pathOf(RECTANGLE), "M10 20h100v50h-100Z");
  assert.match(shapes.pathOf(ELLIPSE), /^M10 45a50 25 /);
  assert.equal(shapes.handlesOf(ELLIPSE).length, 8);
  assert.equal(shapes.handlesOf(L).length, 6);
});
