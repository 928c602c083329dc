import assert from "node:assert/strict";
import test from "node:test";

import {
  ADVICE_LIGHT, ADVICE_MM, assess, corrected, glareAdvice, ovalIn, SEAT_GLARE, SEAT_LIGHT, SEAT_MM, usable, verdictOf,
} from "../../../web/ui/grading.js";
import { POSITIONING } from "../../../web/ui/texts.js";
import { golden } from "../support.js";
import { RESULT, SCREEN } from "./validation-result.js";

test("no text of a check ends with a full stop, because a sentence may follow it", () => {
  for (const [name, text] of Object.entries(POSITIONING)) {
    if (["title", "hint", "ready"].includes(name) || typeof text === "object") continue;
    assert.doesNotMatch(typeof text === "function" ? text(600, "up") : text, /\.$/, name);
  }
});

test("a calibration is worth using and saving if it is good or fair", () => {
  assert.deepEqual(["good", "fair", "poor", "blind"].map((grade) => usable(grade)), [true, true, false, false]);
});

test("the grade of a validation is the server's, whatever its numbers", () => {
  for (const grade of ["good", "fair", "poor"]) assert.equal(verdictOf({ ...RESULT, grade }, SCREEN, null).grade, grade);
});

test("after the correction of a common shift, the figures are those of the remaining error", () => {
  const after = corrected(RESULT, { dx: 1, dy: 1, remaining_px: 30, grade: "fair" });
  assert.deepEqual(
    [after.grade, after.error],
    ["fair", { px: 30, cm: 0.7, deg: 0.75, percent_width: 2, low_px: null, high_px: null }],
  );
  assert.deepEqual(after.accuracy, { px: 30, cm: 0.7, deg: 0.75, percent_width: 2 });
  assert.equal(corrected({ ...RESULT, error: null }, { remaining_px: 30, grade: "good" }).error, null);
});

const BOX = [0.4, 0.3, 0.2, 0.4];
for (const [gaze, expected] of [
  [{ status: "no_face", face: null }, { found: "adjust", centred: "unknown" }],
  [{ box: BOX, z: 600 }, { found: "good", centred: "good", distance: "good" }],
  // The picture is not mirrored: a face on its right side belongs to a person who sits too far to their left.
  [{ box: [0.7, 0.3, 0.2, 0.4], z: 600 }, { centred: "Move a little to your right" }],
  [{ box: [0.1, 0.3, 0.2, 0.4], z: 600 }, { centred: "Move a little to your left" }],
  [{ box: BOX, z: 300 }, { distance: "Too near: you are about 30 cm away. Move back to 45 to 75 cm" }],
  [{ box: BOX, z: 1000 }, { distance: "Too far: you are about 100 cm away. Come closer, to 45 to 75 cm" }],
  [{ box: [0.45, 0.4, 0.1, 0.2] }, { distance: "Too far: come closer" }],
  [{ box: BOX, z: 600, brightness: 20 }, { light: "adjust" }],
  [{ box: BOX, z: 600 }, { glare: "good" }],
  [{ box: BOX, z: 600, glare: 0.3 }, { glare: "good" }],
  [{ box: BOX, z: 600, glare: 0.6 }, { glare: "Glare on your glasses: tilt the screen or move the lamp", light: "good" }],
  [{ status: "multiple_faces", box: BOX, z: 600 }, { found: "More than one face: only you may be in the picture", centred: "good" }],
  [{ status: "multiple_faces" }, { found: "More than one face: only you may be in the picture" }],
]) {
  test(`the position is graded as text: ${JSON.stringify(gaze)}`, () => {
    const message = { status: gaze.status ?? "uncalibrated" };
    if (gaze.box) {
      message.face = { box: gaze.box, eyes: [], brightness: gaze.brightness ?? 120, glare: gaze.glare };
      message.head = gaze.z === undefined ? null : { z: gaze.z };
    }
    const checks = assess(message);
    for (const [name, value] of Object.entries(expected)) {
      assert.ok([checks[name].verdict, checks[name].text].includes(value), JSON.stringify(checks[name]));
    }
  });
}

test("glare is what the server counts as glare, and much of it is named after a measurement", () => {
  assert.equal(SEAT_GLARE, golden("server_rules.json").glare);
  assert.deepEqual([glareAdvice(0), glareAdvice(0.1)], ["", ""]);
  assert.match(glareAdvice(0.5), /Glare lies on your glasses/);
  assert.equal(verdictOf(RESULT, SCREEN, 120, 0.5).advice[0], glareAdvice(0.5));
  assert.ok(!verdictOf(RESULT, SCREEN, 120).advice.includes(glareAdvice(0.5)));
});

test("only a face that lies in the oval as a whole is well placed", () => {
  const placed = (box, aspect = 16 / 9) =>
    assess({ status: "uncalibrated", face: { box, eyes: [], brightness: 120 }, head: { z: 600 } }, { aspect, dark: false }).centred;
  const at = (x, y, width = 0.2, height = 0.45) => [x - width / 2, y - height / 2, width, height];
  assert.equal(placed(at(0.5, 0.5)).verdict, "good");
  for (const aspect of [16 / 9, 4 / 3, 9 / 16]) {
    const { x, y } = ovalIn(aspect);
    assert.ok(x < 0.5 && y < 0.5, "the oval lies in the picture");
    const [width, height] = [1.4 * x, 1.4 * y];
    assert.equal(placed(at(0.5 + 0.25 * x, 0.5, width, height), aspect).verdict, "good");
    for (const [dx, dy, words] of [[1, 0, "to your right"], [-1, 0, "to your left"], [0, 1, "up"], [0, -1, "down"]]) {
      const { verdict, text } = placed(at(0.5 + 0.5 * dx * x, 0.5 + 0.5 * dy * y, width, height), aspect);
      assert.equal(verdict, "adjust", `${dx} ${dy}: a fifth of the face is outside`);
      assert.match(text, new RegExp(`^Move a little ${words}$`));
    }
  }
  assert.match(placed(at(0.5, 0.5, 0.5, 1)).text, /does not fit into the oval: move back/);
});

test("a dark picture without a face is named with its remedy, also while it stands still", () => {
  for (const status of ["no_face", "frozen"]) {
    const { found } = assess({ status, face: null }, { aspect: 16 / 9, dark: true });
    assert.equal(found.verdict, "adjust");
    assert.match(found.text, /dark.*shutter.*light/);
  }
  assert.match(assess({ status: "no_face", face: null }, { aspect: 16 / 9, dark: false }).found.text, /No face/);
});

test("the page asks for better light than the server needs", () => {
  const { light } = golden("server_rules.json");
  // The dots start where the light costs the confidence at most a fifth; the server gives up at dark and blinding.
  assert.deepEqual([SEAT_LIGHT.dark - light.dark, light.blinding - SEAT_LIGHT.bright], [35, 25]);
  const { from, to } = light.costs_at_most_a_fifth;
  assert.ok(from <= SEAT_LIGHT.dark && SEAT_LIGHT.bright <= to);
  // Advice after a measurement comes while the light costs nothing yet.
  assert.deepEqual([ADVICE_LIGHT.dim - light.dim, light.bright - ADVICE_LIGHT.bright], [25, 15]);
});

test("the page asks for a nearer seat than the server needs", () => {
  const { nearest, farthest } = golden("server_rules.json").distance_mm;
  assert.deepEqual([SEAT_MM.nearest - nearest, farthest - SEAT_MM.farthest], [180, 650]);
  assert.deepEqual([ADVICE_MM.near - SEAT_MM.nearest, SEAT_MM.farthest - ADVICE_MM.far], [40, 100]);
});

for (const [changed, brightness, grade, words] of [
  [{}, 120, "good", "Good for a webcam: enough for tiles, paragraphs"],
  [{ grade: "poor", accuracy: { px: 400, cm: null, deg: null, percent_width: 20 } }, 120, "poor", "Low accuracy: too coarse"],
  [{ grade: "poor", error: null, accuracy: null, failed_points: [2] }, 120, "poor", "At 1 of 4 dots"],
  [{ grade: "poor", error: null, accuracy: null, failed_points: [2], points: [2, 3].map((id) => ({ ...RESULT.points[0], target: { id, x: 0.5, y: 0.5 }, n_valid: 3, n_total: 4 })) }, 120, "poor", "At 1 of 2 dots, too few frames came: the frame rate is low"],
  [{ grade: "poor", error: null, accuracy: null, failed_points: [2], points: [2, 3].map((id) => ({ ...RESULT.points[0], target: { id, x: 0.5, y: 0.5 }, n_valid: 3, n_total: 40 })) }, 120, "poor", "too few frames showed your eyes"],
  [{ sample_rate_hz: 0.6 }, 120, "good", "Only 0.6 frames per second"],
  [{}, 60, "good", "lamp in front of you"],
  [{}, 230, "good", "overexposed"],
  [{ distance_mm: 350 }, 120, "good", "farther away"],
  [{ distance_mm: 900 }, 120, "good", "Come closer"],
  [{ data_loss: 0.3 }, 120, "good", "glasses"],
  [{ sample_rate_hz: 7 }, 120, "good", "Close other programs"],
]) {
  test(`a validation is graded as text: ${words}`, () => {
    const verdict = verdictOf({ ...RESULT, ...changed }, SCREEN, brightness);
    assert.equal(verdict.grade, grade);
    assert.ok([verdict.words, ...verdict.advice].join(" ").includes(words));
  });
}

test("a worse lower half and an error in one direction get their own advice", () => {
  const points = RESULT.points.map((point) => {
    const px = point.target.y > 0.5 ? 150 : 40;
    return { ...point, error_px: px, accuracy_px: px, offset_px: { dx: 0, dy: px } };
  });
  const { advice } = verdictOf({ ...RESULT, points }, SCREEN, 120);
  assert.ok(advice.some((text) => text.includes("lower half is less accurate")));
  assert.ok(advice.some((text) => text.includes("Correct drift")));
  const afterCheck = verdictOf({ ...RESULT, points }, SCREEN, 120, 0, true);
  assert.ok(!afterCheck.advice.some((text) => text.includes("Correct drift")), "a check has corrected it");
});

test("the camera's height is named after a useless measurement only if the better half is usable", () => {
  const measured = (grade, upper, lower) => {
    const points = RESULT.points.map((point) => ({ ...point, ...(point.target.y < 0.5 ? upper : lower) }));
    return verdictOf({ ...RESULT, grade, points }, SCREEN, 120).advice.join(" ");
  };
  const [useless, bad, fine] = [[900, "poor"], [300, "poor"], [40, "good"]].map(([error_px, grade]) => ({ error_px, grade }));
  assert.doesNotMatch(measured("poor", useless, bad), /half is less accurate/);
  assert.doesNotMatch(measured("poor", bad, useless), /half is less accurate/);
  assert.match(measured("poor", fine, useless), /lower half is less accurate/);
  assert.match(measured("poor", useless, fine), /upper half is less accurate/);
  assert.match(measured("fair", useless, bad), /upper half is less accurate/);
});
