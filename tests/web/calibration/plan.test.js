import assert from "node:assert/strict";
import test from "node:test";

import { againMs, DOT, expectedSeconds, placeOnPath, wordsForAgain } from "../../../web/calibration/plan.js";
import { assertClose, golden } from "../support.js";

test("the times of a dot before any plan are the server's own", () => {
  assert.deepEqual(DOT, golden("server_rules.json").dot);
});

test("nine dots fit into 25 seconds and thirteen with both rounds into 60", () => {
  assert.ok(expectedSeconds({ dots: 9 }) < 25);
  const thorough = expectedSeconds({ dots: 13, pursuit: true, headRound: true });
  assert.ok(thorough < 60);
  assert.ok(expectedSeconds({ dots: 13, headRound: true }) < thorough);
});

test("with a dot asked again nine still fit into 25 seconds", () => {
  assert.ok(expectedSeconds({ dots: 9 }) + againMs({ targets: [], ...DOT }, 1) / 1000 < 25);
});

for (const [reasons, words] of [
  [["few"], "One dot again, eyes wide open."],
  [["unstable", "doubtful"], "2 dots again. Look straight at each."],
  [["extra", "extra"], "2 dots more, where the accuracy is lowest."],
  [["extra", "few"], "2 dots again, eyes wide open."],
]) {
  test(`a repeated dot gives its reason in a short text: ${reasons}`, () => {
    assert.equal(wordsForAgain(reasons.map((reason, id) => ({ id, x: 0, y: 0, reason }))), words);
  });
}

test("dots that too few frames have reached are not blamed on the eyes", () => {
  const again = [{ id: 3, x: 0, y: 0, reason: "few" }, { id: 5, x: 0, y: 0, reason: "doubtful" }];
  assert.equal(wordsForAgain(again, new Set([3])), "2 dots again. The frame rate was low.");
  assert.equal(wordsForAgain([...again, { id: 4, x: 0, y: 0, reason: "few" }], new Set([3])), "3 dots again, eyes wide open.");
});

test("a moving dot is where the server's path says", () => {
  const path = [[0, 0.5, 0.5], [800, 0.5, 0.5], [1000, 0.7, 0.4]];
  const expected = [[-5, 0.5, 0.5], [400, 0.5, 0.5], [900, 0.6, 0.45], [5000, 0.7, 0.4]];
  for (const [atMs, x, y] of expected) {
    const place = placeOnPath(path, atMs);
    assertClose(place.x, x);
    assertClose(place.y, y);
  }
});
