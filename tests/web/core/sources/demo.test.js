import assert from "node:assert/strict";
import test from "node:test";

import { blendAt, parseFrames } from "../../../../web/core/sources/demo.js";

const CSV = "frame,captured_ms,target_x_px,target_y_px,target_id,phase\r\n" +
  "a.jpg,0,0,0,0,calibrate\nb.jpg,1,960,0,1,test\nc.jpg,2,,,,\nd.jpg,3,0,1080,2,test\ne.jpg,4,960,1080,3,test\n";

test("the demo person reads a session folder", () => {
  const frames = parseFrames(CSV, { width_px: 1920, height_px: 1080 });
  assert.deepEqual(frames.map(({ file, x, y }) => [file, x, y]), [["a.jpg", 0, 0], ["b.jpg", 0.5, 0], ["d.jpg", 0, 1], ["e.jpg", 0.5, 1]]);
});

for (const [x, y, expected] of [
  [0, 0, { "a.jpg": 1 }],
  [0.5, 1, { "e.jpg": 1 }],
  [0.25, 0, { "a.jpg": 0.5, "b.jpg": 0.5 }],
  [0.125, 0.25, { "a.jpg": 0.5625, "b.jpg": 0.1875, "d.jpg": 0.1875, "e.jpg": 0.0625 }],
  [0.9, -0.2, { "b.jpg": 1 }],
  [-3, 2, { "d.jpg": 1 }],
]) {
  test(`the demo person looks at ${x}, ${y} by a blend of the pictures around it`, () => {
    const parts = blendAt(parseFrames(CSV, { width_px: 1920, height_px: 1080 }), { x, y });
    assert.deepEqual(Object.fromEntries(parts.map(({ file, share }) => [file, share])), expected);
  });
}

const GRID = Array.from({ length: 7 * 7 }, (_, i) => ({ file: `${i}.jpg`, x: (i % 7) / 6, y: Math.floor(i / 7) / 6 }));

test("the pictures of a blend look at the point on average, and are as many at a place of the grid as between two", () => {
  const squares = [];
  for (let i = 1; i < 24; i += 1) {
    const parts = blendAt(GRID, { x: i / 24, y: 0.5 });
    const mean = (axis) => parts.reduce((sum, { file, share }) => sum + share * GRID.find((one) => one.file === file)[axis], 0);
    assert.ok(Math.abs(mean("x") - i / 24) < 1e-9 && Math.abs(mean("y") - 0.5) < 1e-9);
    if (i > 2 && i < 22) squares.push(parts.reduce((sum, { share }) => sum + share ** 2, 0));
  }
  assert.ok(Math.max(...squares) < 1.15 * Math.min(...squares), squares.join(" "));
});

test("a place without a picture is an error of the pictures", () => {
  const frames = parseFrames(CSV, { width_px: 1920, height_px: 1080 }).slice(0, 3);
  assert.throws(() => blendAt(frames, { x: 0.25, y: 0.5 }), { name: "DemoError" });
});
