import assert from "node:assert/strict";
import test from "node:test";

import { Playback } from "../../../web/lab/replay/playback.js";

/** A replay whose frames come when the test says so. */
function replay(durationMs) {
  let next = null;
  const playback = new Playback({ schedule: (act) => ((next = act), 1), cancel: () => (next = null) });
  playback.load(durationMs);
  return { playback, frame: (nowMs) => next(nowMs), waits: () => next !== null };
}

test("the time runs with the speed and stops at the end", () => {
  const { playback, frame, waits } = replay(100);
  playback.speed = 2;
  playback.play();
  frame(1000);
  frame(1030);
  assert.equal(playback.time, 60);
  frame(1100);
  assert.deepEqual([playback.time, playback.playing], [100, false]);
  playback.play();
  assert.deepEqual([playback.time, waits()], [0, true]);
});

test("a jump stays inside the recording, and a pause keeps the time", () => {
  const { playback, frame } = replay(100);
  playback.seek(500);
  assert.equal(playback.time, 100);
  playback.seek(40);
  playback.play();
  frame(1);
  playback.pause();
  playback.play();
  frame(5000);
  assert.equal(playback.time, 40);
});

test("without a recording nothing plays", () => {
  const { playback, waits } = replay(0);
  playback.play();
  assert.equal(playback.playing || waits(), false);
});
