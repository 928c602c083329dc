import assert from "node:assert/strict";
import test from "node:test";

import { fileName } from "../../../web/ui/download.js";

test("all saved files have one kind of name, with the second in it", () => {
  const when = new Date(2026, 0, 2, 3, 4, 5);
  assert.equal(fileName("heatmap", when, "png"), "sightline-heatmap-20260102-030405.png");
  assert.equal(fileName("recording", "20261124-160000-0a1b2c", "zip"), "sightline-recording-20261124-160000-0a1b2c.zip");
});
