import assert from "node:assert/strict";
import test from "node:test";

import {
  ADVICE_LIGHT, ADVICE_MM, assess, calibrationGrade, glareAdvice, SEAT_GLARE, SEAT_LIGHT, SEAT_MM, verdictOf,
} from "../../../web/ui/grading.js";
import { golden } from "../support.js";
import { RESULT, SCREEN } from "./validation-result.js";

for (const [report, grade] of [
  [{ median_error_px: 40, mean_error_px: 50, baselines_px: { centre: 400 } }, "good"],
  [{ median_error_px: 80, mean_error_px: 90, baselines_px: { centre: 400 } }, "fair"],
  [{ median_error_px: 250, mean_error_px: 300, baselines_px: { centre: 400 } }, "poor"],
  [{ median_error_px: 250, mean_error_px: 370, baselines_px: { centre: 400 } }, "blind"],
  [{ median_error_px: 250, mean_error_px: 370 }, "poor"],
  [{ median_error_px: null, mean_error_px: null, baselines_px: { centre: 400 } }, "poor"],
]) {
  test(`a calibration that knows no more than the middle is called blind: ${JSON.stringify(report)} is ${grade}`, () => {
    assert.equal(calibrationGrade(report, 1000), grade);
  });
}

test("a calibration and its validation are graded by one rule", () => {
  const diagonal = Math.hypot(SCREEN.width, SCREEN.height);
  for (const [share, grade] of [[0.049, "good"], [0.051, "fair"], [0.099, "fair"], [0.101, "poor"]]) {
    const px = share * diagonal;
    const result = { ...RESULT, accuracy: { px, cm: null, deg: null, percent_width: 1 } };
    const grades = [calibrationGrade({ median_error_px: px }, diagonal), verdictOf(result, SCREEN, null).grade];
    assert.deepEqual(grades, [grade, grade], `${share}`);
  }
});

const BOX = [0.4, 0.3, 0.2, 0.4];
for (const [gaze, expected] of [
  [{ status: "no_face", face: null }, { found: "adjust", centred: "unknown" }],
  [{ box: BOX, z: 600 }, { found: "good", centred: "good", distance: "good" }],
  // The picture is not mirrored: a face on its right side belongs to a person who sits too far to their left.
  [{ box: [0.7, 0.3, 0.2, 0.4], z: 600 }, { centred: "Move a little to your right" }],
  [{ box: [0.1, 0.3, 0.2, 0.4], z: 600 }, { centred: "Move a little to your left" }],
  [{ box: BOX, z: 300 }, { distance: "Too near, about 30 cm: move back a little" }],
  [{ box: BOX, z: 1000 }, { distance: "Too far, about 100 cm: come closer" }],
  [{ box: [0.45, 0.4, 0.1, 0.2] }, { distance: "Too far: come closer" }],
  [{ box: BOX, z: 600, brightness: 20 }, { light: "adjust" }],
  [{ box: BOX, z: 600 }, { glare: "good" }],
  [{ box: BOX, z: 600, glare: 0.3 }, { glare: "good" }],
  [{ box: BOX, z: 600, glare: 0.6 }, { glare: "Glare on your glasses. Tilt the screen or move the lamp.", light: "good" }],
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
  [{}, 120, "good", "Good for tiles"],
  [{ accuracy: { px: 400, cm: null, deg: null, percent_width: 20 } }, 120, "poor", "Too coarse"],
  [{ accuracy: null, failed_points: [2] }, 120, "poor", "At 1 of 4 dots"],
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
    assert.ok([verdict.title, verdict.use, ...verdict.advice].join(" ").includes(words));
  });
}

test("a worse lower half and an error in one direction get their own advice", () => {
  const points = RESULT.points.map((point) => {
    const px = point.target.y > 0.5 ? 150 : 40;
    return { ...point, accuracy_px: px, offset_px: { dx: 0, dy: px } };
  });
  const { advice } = verdictOf({ ...RESULT, points }, SCREEN, 120);
  assert.ok(advice.some((text) => text.includes("lower half is less accurate")));
  assert.ok(advice.some((text) => text.includes("Correct drift")));
});
