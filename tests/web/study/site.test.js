import assert from "node:assert/strict";
import test from "node:test";

import { placeIn } from "../../../web/study/site.js";

const PLACE = { x: 0, y: 700.5, width: 1280, height: 5000 };

test("a page sends its place", () => {
  assert.deepEqual(placeIn({ type: "sightline-place", ...PLACE, more: 1 }), PLACE);
});

for (const [what, data] of [
  ["no object", null],
  ["a text", "sightline-place"],
  ["another message", { type: "resize", ...PLACE }],
  ["a place without a size", { type: "sightline-place", x: 0, y: 0 }],
  ["a place that is no number", { type: "sightline-place", ...PLACE, y: "7" }],
  ["a page without a surface", { type: "sightline-place", ...PLACE, height: 0 }],
  ["a page larger than the server accepts", { type: "sightline-place", ...PLACE, height: 1e9 }],
]) {
  test(`${what} is ignored`, () => assert.equal(placeIn(data), null));
}
