import assert from "node:assert/strict";
import test from "node:test";

import { Pace } from "../../../web/core/pace.js";

/** @returns {number} the frames that a camera sends in ten seconds */
function framesSent(pace, cameraFps) {
  let n = 0;
  for (let tick = 0; tick < 10 * cameraFps; tick += 1) {
    const nowMs = 1e6 + (tick * 1000) / cameraFps;
    if (!pace.isDue(nowMs)) continue;
    pace.sent(nowMs);
    n += 1;
  }
  return n;
}

test("without a limit every picture is sent", () => {
  assert.equal(framesSent(new Pace(), 30), 300);
});

test("the mean rate is the server's, also when the camera's is no multiple of it", () => {
  for (const [fps, cameraFps] of [[20, 30], [12.5, 30], [7, 30], [25, 60], [1, 30]]) {
    const pace = new Pace();
    pace.set({ max_fps: fps, max_side_px: null });
    const sent = framesSent(pace, cameraFps);
    assert.ok(Math.abs(sent - 10 * fps) <= 2, `${sent} frames at ${fps} of ${cameraFps}`);
  }
});

test("a camera that is slower than the limit sends all its pictures", () => {
  const pace = new Pace();
  pace.set({ max_fps: 20, max_side_px: null });
  assert.equal(framesSent(pace, 10), 100);
});

test("after a pause the frames that were not sent are not made up for", () => {
  const pace = new Pace();
  pace.set({ max_fps: 10, max_side_px: null });
  pace.sent(1000);
  pace.sent(60_000);
  assert.deepEqual([60_010, 60_050, 60_100].map((at) => pace.isDue(at)), [true, true, true]);
  pace.sent(60_010);
  assert.deepEqual([60_050, 60_100].map((at) => pace.isDue(at)), [false, true]);
});

test("the size is the server's, and a new session has no limits", () => {
  const pace = new Pace();
  assert.equal(pace.maxSidePx, Infinity);
  pace.set({ max_fps: 5, max_side_px: 480 });
  pace.sent(1000);
  pace.sent(1001);
  assert.equal(pace.maxSidePx, 480);
  assert.ok(!pace.isDue(1002));
  pace.set({ max_fps: null, max_side_px: null });
  assert.deepEqual([pace.maxSidePx, pace.isDue(1002)], [Infinity, true]);
  pace.set({ max_fps: 5, max_side_px: 480 });
  pace.reset();
  assert.deepEqual([pace.maxSidePx, pace.isDue(1003)], [Infinity, true]);
});
