import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import test from "node:test";

import { follow, START, TABLE } from "../../../web/page/state.js";

/** The states that these events lead through. */
function walk(start, ...events) {
  let at = { ...START, state: start };
  return events.map((event) => (at = follow(at, event)).state);
}

test("the way to the gaze is camera, dots, result, tracking", () => {
  const events = ["camera opened", "game started", "game waits for the fit", "calibrated", "track pressed"];
  assert.deepEqual(walk("welcome", ...events), ["positioning", "calibrating", "fitting", "result", "tracking"]);
});

test("a game without a result leads back to where it was begun", () => {
  for (const start of ["positioning", "result", "validation", "tracking", "recordings"]) {
    assert.deepEqual(walk(start, "game started", "game stopped"), ["calibrating", start]);
    assert.equal(walk(start, "game started", "game waits for the fit", "game stopped").at(-1), start);
  }
});

test("back leads to where a view was opened from, however deep", () => {
  const events = ["set-up pressed", "recordings pressed", "back pressed", "back pressed"];
  assert.deepEqual(walk("validation", ...events), ["positioning", "recordings", "positioning", "validation"]);
  assert.deepEqual(walk("welcome", "recordings pressed", "back pressed"), ["recordings", "welcome"]);
});

for (const [state, event] of [
  ["welcome", "game started"],
  ["camera-error", "game started"],
  ["camera-error", "game stopped"],
  ["camera-error", "calibrated"],
  ["calibrating", "game started"],
  ["calibrating", "set-up pressed"],
  ["calibrating", "profile loaded"],
  ["positioning", "track pressed"],
  ["recordings", "recordings pressed"],
  ["tracking", "camera opened"],
]) {
  test(`what is not in the table changes nothing: ${event} in ${state}`, () => {
    const at = { ...START, state };
    assert.equal(follow(at, event), at);
  });
}

test("where the calibration is lost and the camera stays off, the page begins anew", () => {
  assert.deepEqual(walk("tracking", "camera stays off", "calibration lost"), ["welcome", "welcome"]);
  assert.deepEqual(
    walk("tracking", "recordings pressed", "camera stays off", "calibration lost", "back pressed"),
    ["recordings", "recordings", "recordings", "positioning"],
  );
});

test("a lost calibration leaves no way back to what needs one", () => {
  assert.deepEqual(walk("tracking", "calibration lost"), ["positioning"]);
  assert.deepEqual(
    walk("tracking", "recordings pressed", "calibration lost", "back pressed"),
    ["recordings", "recordings", "positioning"],
  );
  assert.deepEqual(
    walk("result", "game started", "calibration lost", "game stopped"),
    ["calibrating", "calibrating", "positioning"],
  );
});

test("a camera that fails is explained wherever the page is", () => {
  const states = [
    "welcome", "positioning", "calibrating", "fitting", "result", "validation", "tracking", "recordings",
  ];
  for (const start of states) {
    assert.deepEqual(walk(start, "camera failed", "camera opened"), ["camera-error", "positioning"]);
  }
});

test("every state of the table has a part of the page", () => {
  const html = readFileSync(new URL("../../../web/index.html", import.meta.url), "utf8");
  const parts = new Set([...html.matchAll(/data-view="([^"]+)"/g)].flatMap(([, names]) => names.split(" ")));
  const shown = new Set(Object.values(TABLE).flatMap((step) => [...step.in, step.show]));
  shown.delete("back");
  assert.deepEqual([...shown].sort(), [...parts].sort());
});
