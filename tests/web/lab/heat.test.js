import assert from "node:assert/strict";
import test from "node:test";

import { colourAt, enlarged, focusPixels, heatPixels } from "../../../web/lab/pictures/heat.js";
import { assertClose } from "../support.js";

const heat = (values, width = values.length) => ({ width, height: values.length / width, values, max_ms: Math.max(...values), sigma_px: 40 });

test("without fixations the heat map is transparent and the focus map is dark", () => {
  assert.ok(heatPixels(heat([0, 0]), { scale: "warm", opacity: 1, endMs: 0 }).every((value) => value === 0));
  assert.equal(focusPixels(heat([0, 0]), { opacity: 0.8, endMs: 0 })[3], 204);
});

test("the end of the scale has its last colour, and longer times as well", () => {
  const pixels = heatPixels(heat([1000, 5000]), { scale: "light", opacity: 1, endMs: 1000 });
  assert.deepEqual([...pixels], [...colourAt("light", 1), 255, ...colourAt("light", 1), 255]);
});

test("the focus map is clear where people looked longest", () => {
  assert.equal(focusPixels(heat([0, 900]), { opacity: 1, endMs: 900 })[7], 0);
});

test("an enlarged map has the values of the coarse one, and values between them", () => {
  const large = enlarged(heat([0, 100, 0, 100], 2), 4);
  assert.deepEqual([large.width, large.height], [8, 8]);
  assertClose(large.values[0], 0);
  assertClose(large.values[7], 100);
  assert.ok(large.values[3] > 30 && large.values[4] < 70);
});
