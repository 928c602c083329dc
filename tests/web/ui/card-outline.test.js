import assert from "node:assert/strict";
import test from "node:test";

import { dragged, within } from "../../../web/ui/card-outline.js";

test("the outline follows the pointer along its diagonal and stays a card", () => {
  assert.equal(dragged(428, { dx: 42.8, dy: 26.99 }, false), 471);
  assert.equal(dragged(428, { dx: 26.99, dy: -42.8 }, false), 428);
  assert.equal(dragged(428, { dx: 26.99, dy: 42.8 }, true), 471, "upright");
  assert.equal(dragged(428, { dx: -900, dy: -900 }, false), 129);
  assert.equal(within(9999), 684);
});
