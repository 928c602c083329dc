import assert from "node:assert/strict";
import test from "node:test";

import { FaceGate } from "../../../web/calibration/face-gate.js";

/** A gaze message of a face at x (0..1 of the picture). */
function gaze(status, { x = 0.4, brightness = 120, glare = 0 } = {}) {
  return { status, head: { z: 600 }, face: { box: [x, 0.3, 0.2, 0.4], eyes: [], brightness, glare } };
}

const NO_FACE = { status: "no_face", face: null };

test("a game is ready only after a while of a well placed, well lit face", () => {
  const gate = new FaceGate();
  gate.add(gaze("uncalibrated"), 1000);
  assert.deepEqual([gate.ready(1000), gate.ready(1400), gate.ready(1500)], [false, false, true]);
  gate.add(NO_FACE, 1600);
  gate.add(NO_FACE, 2600);
  assert.equal(gate.ready(2600), false);
  assert.deepEqual([gate.missing(1700), gate.missing(2600)], [false, true], "a blink is no absence, a second is one");
  gate.add(gaze("uncalibrated", { brightness: 20 }), 2700);
  assert.deepEqual([gate.ready(9000), gate.missing(2700), gate.onlyPlace], [false, true, false]);
  assert.match(gate.reason, /Too dark/);
  gate.add(gaze("uncalibrated", { x: 0.7 }), 3000);
  assert.deepEqual([gate.ready(9000), gate.missing(3000), gate.onlyPlace], [false, false, true]);
});

test("a game asks for glasses without glare, and may start with it, as not every glare can be avoided", () => {
  const gate = new FaceGate();
  gate.add(gaze("uncalibrated", { glare: 0.9 }), 1000);
  assert.deepEqual([gate.ready(2000), gate.missing(9000), gate.onlyPlace], [false, false, true]);
  assert.match(gate.advice, /Glare on your glasses/);
});

test("answers from a pause say nothing of the face after it", () => {
  const gate = new FaceGate();
  gate.add(gaze("ok"), 1000);
  gate.add({ status: "paused", face: null }, 1200);
  gate.restart(60000);
  gate.add({ status: "paused", face: null }, 60100);
  assert.equal(gate.missing(61500), false);
});

test("a game waits while there is a second face and says why", () => {
  const gate = new FaceGate();
  gate.add(gaze("uncalibrated"), 1000);
  gate.add(gaze("multiple_faces"), 1600);
  assert.deepEqual([gate.ready(9000), gate.missing(9000), gate.onlyPlace], [false, true, false]);
  assert.match(`${gate.advice} ${gate.reason}`.toLowerCase(), /more than one face/);
  assert.match(gate.reason.toLowerCase(), /only you/);
  gate.add(gaze("ok"), 9100);
  assert.deepEqual([gate.ready(9700), gate.missing(9700)], [true, false]);
});

test("a picture that stands still is no face, and the reason is named", () => {
  const gate = new FaceGate();
  gate.add(gaze("ok"), 1000);
  gate.add(gaze("frozen"), 1100);
  gate.add(gaze("frozen"), 2100);
  assert.deepEqual([gate.ready(2100), gate.missing(2100), gate.onlyPlace], [false, true, false]);
  assert.match(gate.reason, /picture stands still: close other programs.*The game waits/);
});
