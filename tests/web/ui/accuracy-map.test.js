import assert from "node:assert/strict";
import test from "node:test";

import { errorAt } from "../../../web/ui/accuracy-map.js";
import { RESULT, SCREEN } from "./validation-result.js";

test("the map gives each place the error of the dots around it", () => {
  const errors = [200, 60, 60, null];
  const uneven = { ...RESULT, points: RESULT.points.map((point, i) => ({ ...point, accuracy_px: errors[i] })) };
  const [near, far] = [[0.2, 0.2], [0.8, 0.2]].map(([x, y]) => errorAt(uneven, x, y, SCREEN));
  assert.ok(near > 150);
  assert.ok(far < 90);
});
