import assert from "node:assert/strict";
import test from "node:test";

import { Attention, Interrupted } from "../../../web/calibration/interruptions.js";

/** An Attention whose time passes only where it waits. */
function watched({ missing = () => false } = {}) {
  let now = 0;
  performance.now = () => now;
  const said = [];
  const stage = { dot: { dataset: {} }, phase() {}, arrow() {}, stuck() {}, fill() {}, say: (text) => said.push(text) };
  const gate = { missing, reason: "Your face is not in the picture." };
  const attention = new Attention({ stage, gate, press: "Press Space", onState() {} });
  attention.sleep = async (ms) => {
    now += ms;
    if (now >= attention.pausedUntil) attention.paused = false;
  };
  return { attention, said, now: () => now };
}

/** Plays one dot that is interrupted once, and asks as the game does whether it gets no usable frames. */
async function playInterrupted(attention, before) {
  let plays = 0;
  await attention.untilPlayed(attention.begin(0), new AbortController().signal, async (firstAt) => {
    plays += 1;
    if (plays === 1) {
      before();
      throw new Interrupted();
    }
    attention.complainSince(firstAt);
  });
}

test("a dot after a long pause does not count as one without usable frames", async () => {
  const { attention, said, now } = watched();
  await playInterrupted(attention, () => Object.assign(attention, { paused: true, pausedUntil: 60_000 }));
  assert.ok(now() >= 60_000);
  assert.deepEqual(said.filter(Boolean), []);
});

test("a dot whose face was away for long may be skipped", async () => {
  let away = true;
  const { attention, said, now } = watched({ missing: () => away && (away = now() < 20_000) });
  await playInterrupted(attention, () => {});
  assert.ok(said.some((text) => text.includes("Press Space to skip this dot")));
});

/** A dot that lasts too long, with the server's counts of usable frames in it. */
function stuck(...counts) {
  const { attention, said } = watched();
  attention.begin(0);
  for (const n_valid of counts) attention.progress({ target_id: 0, n_valid, enough: false }, 15);
  attention.complainSince(-8000);
  return { said: said.at(-1) };
}

test("a dot that lasts for want of frames names the frame rate, and not the eyes", () => {
  for (const counts of [[], [0, 1, 2, 3], [0, 1, 1, 2]]) assert.match(stuck(...counts).said, /^The frame rate is low/);
  for (const counts of [[0, 0, 0], [0, 0, 1, 1, 1], Array(200).fill(2)]) assert.match(stuck(...counts).said, /^Your eyes are hard to see/);
});

test("frames of a dot that is shown again count together", () => {
  assert.match(stuck(0, 1, 2, 0, 1).said, /^The frame rate is low/);
  assert.match(stuck(0, 1, 0, 0, 0, 0).said, /^Your eyes are hard to see/);
});
