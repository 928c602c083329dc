import assert from "node:assert/strict";
import test from "node:test";

import { describeProfile, sortOut } from "../../../web/page/profile-list.js";

function profile(user, screen, camera, savedMs) {
  return { user, screen, camera, saved_ms: savedMs, error_px: 71.6, problem: null };
}

const ADA = profile("Ada", "1920x1080", "hd-webcam-1234", 1);
const ADA_WITHOUT_CAMERA = profile("Ada", "1920x1080", null, 5);
const BOB = profile("Bob", "1920x1080", null, 3);
const OTHER_CAMERA = profile("Cy", "1920x1080", "another", 4);
const OTHER_SCREEN = profile("Ada", "1280x720", "hd-webcam-1234", 2);

test("saved calibrations are offered for their own screen and camera, newest first", () => {
  const all = [ADA, ADA_WITHOUT_CAMERA, BOB, OTHER_CAMERA, OTHER_SCREEN];
  const { here, elsewhere } = sortOut(all, "1920x1080", "HD Webcam (1234)");
  assert.deepEqual(here, [BOB, ADA], "one without a camera serves a person who has none for this camera");
  assert.deepEqual(elsewhere, [ADA_WITHOUT_CAMERA, OTHER_CAMERA, OTHER_SCREEN]);
});

test("a saved calibration says from when it is and how large its error is", () => {
  const year = new Intl.DateTimeFormat("en", { year: "numeric", timeZone: "UTC" });
  assert.equal(describeProfile(BOB, year), "1970 · expected error 72 px");
  assert.equal(describeProfile({ ...BOB, problem: "broken" }, year), "1970 · no longer usable");
});
