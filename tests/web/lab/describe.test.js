import assert from "node:assert/strict";
import test from "node:test";

import { factsOf, sentence } from "../../../web/lab/describe.js";

test("the facts of a recording are two lines: how long it is, and how good", () => {
  const info = { duration_s: 262, accuracy: { px: 25.3, deg: null, kind: "measured" }, lost: 0.001, run: { participant: 1, complete: false } };
  assert.deepEqual(factsOf(info), [["4 min 22 s", "interrupted"], ["±25 px measured", "0.1 % lost"]]);
  assert.deepEqual(factsOf({ duration_s: null, accuracy: null, lost: null, run: null }), [["not finished"], ["accuracy not known"]]);
});

test("a text of the server begins with a capital letter, but for the name of a file", () => {
  assert.equal(sentence("there is no gaze"), "There is no gaze");
  assert.equal(sentence("samples.ndjson:401: it is damaged"), "samples.ndjson:401: it is damaged");
});
