import assert from "node:assert/strict";
import test from "node:test";

import { MISSING_BEFORE_WHOLE, RegionTracker } from "../../../web/core/region.js";

const HD = { width: 1280, height: 720 };

test("the region stays until the face leaves its inner part", () => {
  const tracker = new RegionTracker();
  const see = (box) => {
    tracker.update(box);
    return tracker.region(HD);
  };
  assert.deepEqual(tracker.region(HD), { x: 0, y: 0, ...HD });
  const first = see([0.4, 0.3, 0.15, 0.3]);
  assert.equal(first.width, Math.round(2.2 * 0.3 * 720));
  assert.deepEqual(see([0.41, 0.31, 0.15, 0.3]), first);
  assert.deepEqual(see([0.43, 0.3, 0.14, 0.29]), first);
  const moved = see([0.6, 0.3, 0.15, 0.3]);
  assert.ok(moved.x > first.x);
  assert.ok(see([0.6, 0.3, 0.25, 0.5]).width > moved.width);
});

test("the region never leaves the frame and gives up a lost face", () => {
  const full = { width: 640, height: 480 };
  const tracker = new RegionTracker();
  tracker.region(full);
  tracker.update([-0.05, -0.1, 0.4, 0.6]);
  const corner = tracker.region(full);
  assert.deepEqual([corner.x, corner.y], [0, 0]);
  assert.ok(corner.width <= 640);
  assert.ok(corner.height <= 480);
  for (let i = 1; i < MISSING_BEFORE_WHOLE; i += 1) tracker.update(null);
  assert.deepEqual(tracker.region(full), corner);
  tracker.update(null);
  assert.deepEqual(tracker.region(full), { x: 0, y: 0, ...full });
});

test("the region jumps to another face when the server says so", () => {
  const tracker = new RegionTracker();
  tracker.follow([0.1, 0.1, 0.1, 0.1]);
  assert.deepEqual(tracker.region(HD), { x: 0, y: 0, ...HD }, "no frame was sent yet");
  tracker.update([0.8, 0.3, 0.05, 0.1]);
  tracker.follow([0.2, 0.3, 0.2, 0.4]);
  const { x, width } = tracker.region(HD);
  assert.ok(x < 0.2 * 1280);
  assert.ok(x + width > 0.4 * 1280);
});
