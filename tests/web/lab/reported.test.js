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

test("a picture has no areas of a page", () => {
  const cat = { name: "cat", kind: "picture", start_ms: 0, end_ms: 1000, rect: { x: 0, y: 0, width: 1, height: 1 }, moves: [] };
  assert.deepEqual(reportedOf([timeline({ stimuli: [cat] })], "cat"), []);
});
