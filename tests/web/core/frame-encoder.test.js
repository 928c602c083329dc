import assert from "node:assert/strict";
import test from "node:test";

import { captureTime, sentSize } from "../../../web/core/frame-encoder.js";

test("a picture is sent at 640 px at most and never enlarged", () => {
  const sizes = [[1280, 720], [700, 700], [300, 300], [1280, 720, 320]].map(([width, height, most]) =>
    sentSize({ x: 0, y: 0, width, height }, most));
  assert.deepEqual(sizes.map(({ width, height }) => [width, height]), [[640, 360], [640, 640], [300, 300], [320, 180]]);
});

test("the capture time is the camera's own unless it makes no sense", () => {
  const metadata = [
    { captureTime: 970, presentationTime: 990 }, { presentationTime: 990 }, { presentationTime: 1016 },
    { captureTime: -1e9 }, null, { captureTime: 0 },
  ];
  assert.deepEqual(metadata.map((meta) => captureTime(meta, 1000)), [970, 990, 1000, 1000, 1000, 0]);
});
