import assert from "node:assert/strict";
import test from "node:test";

import { nearestFrames, parseFrames } from "../../../../web/core/sources/demo.js";

test("the demo person reads a session folder and looks at the nearest point", () => {
  const csv = "frame,captured_ms,target_x_px,target_y_px,target_id,phase\r\n" +
    "a.jpg,0,96,54,0,calibrate\nb.jpg,1,960,540,1,test\nc.jpg,2,,,,\n";
  const frames = parseFrames(csv, { width_px: 1920, height_px: 1080 });
  assert.deepEqual(frames, [{ file: "a.jpg", x: 0.05, y: 0.05 }, { file: "b.jpg", x: 0.5, y: 0.5 }]);
  assert.deepEqual(nearestFrames(frames, { x: 0.4, y: 0.6 }).map(({ file }) => file), ["b.jpg"]);
});
