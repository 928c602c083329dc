import assert from "node:assert/strict";
import test from "node:test";

import { median } from "../../../web/page/stats.js";

test("the median of an even count lies between the middle two", () => {
  assert.deepEqual([median([4, 1, 3, 2]), median([3, 1, 2]), median([])], [2.5, 2, null]);
});
