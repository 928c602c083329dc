import assert from "node:assert/strict";
import test from "node:test";

import { ownPoints } from "../../../web/page/game-options.js";

const TOO_MANY = Array.from({ length: 50 }, (_, i) => `0.5,${i / 60}`).join(";");

for (const [search, points] of [
  ["?points=0.1,0.1;0.9,0.1;0.5,0.9", [[0.1, 0.1], [0.9, 0.1], [0.5, 0.9]]],
  ["?demo&points=0,0;1,1;0.5, 0.5", [[0, 0], [1, 1], [0.5, 0.5]]],
  ["", null],
  ["?points=", null],
  ["?points=0.1,0.1;0.9,0.9", null], // too few
  [`?points=${TOO_MANY}`, null],
  ["?points=0.1,0.1;0.9,0.1;0.1,0.1", null], // one twice
  ["?points=0.1,0.1;0.9,0.1;0.5,1.2", null], // not on the screen
  ["?points=0.1,0.1;0.9,0.1;0.5,", null],
  ["?points=0.1,0.1;0.9,0.1;0.5,NaN", null],
  ["?points=0.1,0.1,0.2;0.9,0.1;0.5,0.5", null],
]) {
  test(`own dots are taken from the address if all of them can be shown: ${search.slice(0, 40)}`, () => {
    assert.deepEqual(ownPoints(search), points);
  });
}
