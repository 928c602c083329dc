import assert from "node:assert/strict";
import test from "node:test";

import { scaleFromPointers, screenToViewport, viewportToScreen } from "../../../web/core/geometry.js";
import { assertClose } from "../support.js";

test("screen and viewport are each other's inverse", () => {
  const layout = { width: 1920, height: 1080, viewport: { x: 100, y: 120, width: 1500, height: 900 }, scale: 1.5 };
  const there = screenToViewport({ x: 0.5, y: 0.5 }, layout);
  assertClose(there.x, (960 - 100) / 1.5);
  assertClose(there.y, (540 - 120) / 1.5);
  const back = viewportToScreen(there, layout);
  assertClose(back.x, 0.5);
  assertClose(back.y, 0.5);
});

test("two pointer events apart tell the page's zoom", () => {
  const [near, fine, rounded, close] = [[400, 600], [200, 300], [402, 604], [50, 75]].map(([client, screen]) =>
    scaleFromPointers(
      { clientX: 0, clientY: 0, screenX: 10, screenY: 10 },
      { clientX: client, clientY: 5, screenX: 10 + screen, screenY: 15 },
    ));
  assert.deepEqual([near, fine, close], [1.5, 1.5, null]);
  assertClose(rounded, 1.5, 0.01);
});
