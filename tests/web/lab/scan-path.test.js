import assert from "node:assert/strict";
import test from "node:test";

import { circlesOf, linesOf } from "../../../web/lab/pictures/scan-path.js";
import { assertClose } from "../support.js";

const OPTIONS = { width: 400, height: 400, size: 1 };
const FIXATIONS = [
  { x: 50, y: 50, start: 0, end: 400 },
  { x: 250, y: 50, start: 450, end: 550 },
  { x: 252, y: 50, start: 600, end: 1000 },
];

test("circles are numbered in the order of time, and their surfaces are in proportion to the durations", () => {
  const circles = circlesOf(FIXATIONS, OPTIONS);
  assert.deepEqual(circles.map(({ number }) => number), [1, 2, 3]);
  assertClose((circles[0].radius / circles[1].radius) ** 2, 4, 1e-6);
});

test("the longest fixation of all people sets the size", () => {
  const [alone] = circlesOf(FIXATIONS.slice(1, 2), OPTIONS);
  const [compared] = circlesOf(FIXATIONS.slice(1, 2), { ...OPTIONS, longestMs: 400 });
  assertClose(alone.radius / compared.radius, 2, 1e-6);
});

test("a short fixation is still seen", () => {
  const [circle] = circlesOf([{ x: 0, y: 0, start: 0, end: 1 }], { ...OPTIONS, longestMs: 5000 });
  assert.ok(circle.radius > 3);
});

test("lines run from edge to edge, and there is none between circles that overlap", () => {
  const circles = circlesOf(FIXATIONS, OPTIONS);
  const lines = linesOf(circles);
  assert.equal(lines.length, 1);
  assertClose(lines[0].x1, 50 + circles[0].radius, 1e-6);
  assertClose(lines[0].x2, 250 - circles[1].radius, 1e-6);
});
