import assert from "node:assert/strict";
import test from "node:test";

import { describeSize, measuredOn, mmPerPx, physicalSize, sizeFrom } from "../../../web/ui/screen-size.js";
import { assertClose } from "../support.js";

const SCREEN = { width: 1920, height: 1080 };

test("a diagonal in inches becomes millimetres", () => {
  const { widthMm, heightMm } = physicalSize(15.6, SCREEN);
  assertClose(widthMm, 345.4, 0.1);
  assertClose(heightMm, 194.3, 0.1);
});

test("a card that is 323.5 px long lies on a screen of 96 px to the inch", () => {
  assert.equal(mmPerPx(323.53, 1), mmPerPx(323.53 / 1.5, 1.5));
  assertClose(mmPerPx(323.53, 1), 25.4 / 96, 1e-4 * (25.4 / 96));
  const size = sizeFrom(mmPerPx(428, 1), SCREEN);
  assert.deepEqual(size, { widthMm: 384, heightMm: 216 });
  assert.equal(describeSize(size), "38.4 × 21.6 cm, 17.3 inches");
});

for (const [kept, mm] of [
  [{ screen: "1920x1080", mm: 0.2 }, 0.2],
  [{ screen: "2560x1440", mm: 0.2 }, null],
  [{ screen: "1920x1080", mm: -1 }, null],
  [{ screen: "1920x1080", mm: "0.2" }, null],
  [null, null],
  [7, null],
]) {
  test(`a measured size holds for the screen that the card was held to: ${JSON.stringify(kept)}`, () => {
    assert.equal(measuredOn(kept, SCREEN), mm);
  });
}
