import assert from "node:assert/strict";
import test from "node:test";

import { eventInViewport, gazeInViewport, isInside } from "../../../web/plugin/viewport.js";
import { assertClose } from "../support.js";

const LAYOUT = { width: 1920, height: 1080, viewport: { x: 100, y: 80, width: 1500, height: 900 }, scale: 1.5 };
const MIDDLE = { x: (960 - 100) / 1.5, y: (540 - 80) / 1.5 };

function assertMiddle({ x, y }) {
  assertClose(x, MIDDLE.x);
  assertClose(y, MIDDLE.y);
}

test("a point is given in the pixels of the page", () => {
  const message = {
    valid: true, status: "ok", x: 0.5, y: 0.5, raw: { x: 0.25, y: 0.5 }, error_px: 60, confidence: 0.9, timestamp: 7,
    latency_ms: 30, seq: 3,
  };
  const point = gazeInViewport(message, LAYOUT, true);
  assertMiddle(point);
  assertClose(point.raw.x, (480 - 100) / 1.5);
  assert.equal(point.raw.y, point.y);
  assert.equal(point.errorPx, 40);
  assert.deepEqual(point.screen, { x: 0.5, y: 0.5 });
  assert.equal(point.inside, true);
});

test("without a valid point there is nothing that could be taken for one", () => {
  const message = { valid: false, status: "no_face", x: null, y: null, raw: null, confidence: 0 };
  const { x, y, raw, screen, errorPx, inside, status } = gazeInViewport(message, LAYOUT, true);
  assert.deepEqual({ x, y, raw, screen, errorPx }, { x: null, y: null, raw: null, screen: null, errorPx: null });
  assert.deepEqual([inside, status], [false, "no_face"]);
});

for (const [x, y, inside] of [[0, 0, true], [-1, 5, false], [999.9, 599.9, true], [1000, 5, false]]) {
  test(`the edge of the page is where its pixels end: ${x}, ${y}`, () => {
    assert.equal(isInside({ x, y }, LAYOUT), inside);
  });
}

test("an event's places are given in the pixels of the page too", () => {
  const fixation = eventInViewport({ type: "fixation", x: 0.5, y: 0.5 }, LAYOUT);
  assertMiddle(fixation);
  assert.deepEqual(fixation.screen, { x: 0.5, y: 0.5 });
  const saccade = eventInViewport({ type: "saccade", from: { x: 0.5, y: 0.5 }, to: null }, LAYOUT);
  assertMiddle(saccade.from);
  assert.equal(saccade.to, null);
  assert.deepEqual(eventInViewport({ type: "blink" }, LAYOUT), { type: "blink" });
});
