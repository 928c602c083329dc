import assert from "node:assert/strict";
import test from "node:test";

import { complete, completions, unfinished } from "../../../web/example/words.js";

test("words are offered and completed", () => {
  assert.deepEqual(completions("", 3), ["I", "yes", "hello"]);
  assert.ok(completions("Hello wo", 3).every((word) => word.startsWith("wo")));
  assert.deepEqual(completions("xq", 3), []);
  assert.equal(complete("Hello Wo", "world"), "Hello World ");
  assert.equal(unfinished("don't"), "don't");
  assert.equal(unfinished("done. "), "");
});
