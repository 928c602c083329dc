/**
 * The page's thresholds for the position, and its texts about a measured accuracy. Pure. The server grades the accuracy
 * (calibration/quality/grades.py).
 *
 * The page asks for more light and a nearer seat than the server: the server (server/gaze/confidence.py) refuses frames that
 * can't be measured, and the page advises what makes a good calibration. A test has the differences.
 *
 * @typedef {"good" | "adjust" | "unknown"} Verdict
 * @typedef {{verdict: Verdict, text: string}} Check
 * @typedef {{found: Check, centred: Check, distance: Check, light: Check, glare: Check}} Checks
 * @typedef {{box: [number, number, number, number], eyes: [number, number][], brightness: number, glare?: number}} Face
 * @typedef {"good" | "fair" | "poor"} Grade
 * @typedef {{dx: number, dy: number}} Offset
 * @typedef {{target: {id: number, x: number, y: number}, n_valid: number, n_total: number, error_px: number | null,
 *   offset_px: Offset | null, accuracy_px: number | null, rms_s2s_px: number | null, sd_px: number | null, grade: Grade}} PointResult
 * @typedef {{px: number, cm: number | null, deg: number | null, percent_width: number}} Figures
 * @typedef {{grade: Grade, error: (Figures & {low_px: number | null, high_px: number | null}) | null, accuracy: Figures | null,
 *   precision: {rms_s2s_px: number | null, sd_px: number | null, deg: number | null}, sample_rate_hz: number | null,
 *   data_loss: number, points: PointResult[], failed_points: number[], distance_mm: number | null,
 *   screen_mm: {width: number, height: number} | null, held_out: boolean, calibration: string}} ValidationResult
 * @typedef {{grade: Grade, words: string, targetPx: number | null, advice: string[]}} Judgement
 */

import { USUAL } from "../core/picture.js";
import { ADVICE, ACCURACY, GRADES, POSITIONING, USES } from "./texts.js";

/** Mean grey level of the face, 0..255: the game starts within these. */
export const SEAT_LIGHT = { dark: 55, bright: 225 };
/** Beyond these, a validation advises other light. */
export const ADVICE_LIGHT = { dim: 85, bright: 205 };
/** Camera to eyes. If nearer, small moves take the eyes out of the picture. If farther, the iris has too few pixels. */
export const SEAT_MM = { nearest: 380, farthest: 850 };
/** Beyond these, a validation advises another distance. */
export const ADVICE_MM = { near: 420, far: 750 };
/** Share of an iris under a reflection in glasses. */
export const SEAT_GLARE = 0.4;
/** From this share of the frames with glare on, there is advice. */
const MUCH_GLARE = 0.2;
/** Of the picture's width; used while the server sends no distance. */
const FACE_WIDTH = { widest: 0.5, narrowest: 0.13 };
/** Half the width and half the height of the oval, as shares of the picture's height; and the most of the picture's width. */
const OVAL = { x: 0.31, y: 0.42, widest: 0.45 };
/** A face that touches the oval with a share of its offset below this is too large rather than in the wrong place. */
const CENTRAL = 0.12;

/** The target width that each use needs, as a share of the screen's width; from small to large. */
const USE_WIDTHS = /** @type {[number, string][]} */ ([
  [0.06, USES.small], [0.11, USES.medium], [0.19, USES.large], [0.36, USES.quarters],
]);
const MUCH_LOSS = 0.15;
const SLOW_HZ = 12;
/** If the error of the lower or upper part is this many times that of the rest, there is advice about the camera's height. */
const UNEVEN = 1.8;

/** @param {boolean} good @param {string} goodText @param {string} adjustText @returns {Check} */
function check(good, goodText, adjustText) {
  return { verdict: good ? "good" : "adjust", text: good ? goodText : adjustText };
}

/** The checks without a face. */
export const UNKNOWN = /** @type {Checks} */ (
  Object.fromEntries(Object.entries(POSITIONING.unknown).map(([name, text]) => [name, { verdict: "unknown", text }]))
);

/** @param {number} aspect of the picture @returns {{x: number, y: number}} the oval's half axes, as shares of the picture */
export function ovalIn(aspect) {
  return { x: Math.min(OVAL.x / aspect, OVAL.widest), y: OVAL.y };
}

/** The face's place in the oval; good if the whole face is inside. @param {Face} face @param {number} aspect @returns {Check} */
function place({ box: [left, top, width, height] }, aspect) {
  const oval = ovalIn(aspect);
  const [x, y] = [(left + width / 2 - 0.5) / oval.x, (top + height / 2 - 0.5) / oval.y];
  const [halfWidth, halfHeight] = [width / 2 / oval.x, height / 2 / oval.y];
  // The face is an ellipse, too. In units of the oval, all its points must lie in the circle of radius 1.
  const angles = Array.from({ length: 24 }, (_, i) => (i * Math.PI) / 12);
  const inside = angles.every((angle) => Math.hypot(x + halfWidth * Math.cos(angle), y + halfHeight * Math.sin(angle)) <= 1);
  const most = Math.max(Math.abs(x), Math.abs(y));
  if (!inside && most < CENTRAL) return check(false, "", POSITIONING.tooLarge);
  // The picture is not mirrored on the wire: its right side is the person's left.
  const side = Math.abs(x) < most / 2 ? "" : x > 0 ? "right" : "left";
  const lift = Math.abs(y) < most / 2 ? "" : y > 0 ? "up" : "down";
  return check(inside, POSITIONING.centred, POSITIONING.move(side, lift));
}

/**
 * @param {{status: string, face?: Face | null, head?: {z: number} | null}} gaze the newest answer of the server
 * @param {import("../core/picture.js").Picture} [picture] of the camera
 * @returns {Checks}
 */
export function assess(gaze, picture = USUAL) {
  const face = gaze.face ?? null;
  const alone = gaze.status !== "multiple_faces";
  if (gaze.status === "no_frames") return { ...UNKNOWN, found: { verdict: "unknown", text: POSITIONING.noFrames } };
  const moves = gaze.status !== "frozen";
  if (!face || !moves) {
    // A dark picture often stands still as well, and the shutter is the reason for both.
    const text = picture.dark ? POSITIONING.dark : !moves ? POSITIONING.frozen : alone ? POSITIONING.noFace : POSITIONING.notAlone;
    return { ...UNKNOWN, found: { verdict: "adjust", text } };
  }
  const width = face.box[2];
  const mm = gaze.head?.z;
  const near = mm ? mm < SEAT_MM.nearest : width > FACE_WIDTH.widest;
  const far = mm ? mm > SEAT_MM.farthest : width < FACE_WIDTH.narrowest;
  return {
    found: check(alone, gaze.status === "eyes_closed" ? POSITIONING.eyesClosed : POSITIONING.found, POSITIONING.notAlone),
    centred: place(face, picture.aspect),
    distance: check(!near && !far, POSITIONING.goodDistance(mm), near ? POSITIONING.tooNear(mm) : POSITIONING.tooFar(mm)),
    light: check(
      face.brightness >= SEAT_LIGHT.dark && face.brightness <= SEAT_LIGHT.bright,
      POSITIONING.goodLight,
      face.brightness < SEAT_LIGHT.dark ? POSITIONING.tooDark : POSITIONING.tooBright,
    ),
    glare: check((face.glare ?? 0) < SEAT_GLARE, POSITIONING.noGlare, POSITIONING.glare),
  };
}

/** Whether a calibration with this grade is worth using and saving. @param {Grade | "blind"} grade */
export function usable(grade) {
  return grade === "good" || grade === "fair";
}

/**
 * The result of a validation as texts. A target is usable if nearly all gaze points lie inside it: its radius must cover the
 * accuracy and two standard deviations of the precision (Feit et al., CHI 2017: width = 2 (accuracy + 2 sd)).
 * @param {ValidationResult} result @param {{width: number, height: number}} screen CSS px
 * @param {number | null} brightness @param {number} [glare] share of the frames with glare
 * @param {boolean} [shifted] whether a common shift was corrected @returns {Judgement}
 */
export function verdictOf(result, screen, brightness, glare = 0, shifted = false) {
  const advice = adviceFor(result, brightness, glare, shifted);
  const { grade } = result;
  if (!result.error || !result.accuracy) {
    const n = result.failed_points.length;
    const because = tooSlow(result) ? ACCURACY.incompleteSlow : ACCURACY.incompleteUse;
    const words = `${ACCURACY.incomplete}. ${because(n, result.points.length)}`;
    return { grade, words, targetPx: null, advice };
  }
  const targetPx = 2 * (result.accuracy.px + 2 * (result.precision.sd_px ?? 0));
  const use = USE_WIDTHS.find(([most]) => targetPx <= most * screen.width)?.[1];
  const sentence = grade === "poor" ? ACCURACY.enoughOnly : ACCURACY.enough;
  return { grade, words: sentence(GRADES[grade].title, use), targetPx, advice };
}

/**
 * Whether the frame rate is why a dot lasts or fails, and not the eyes: at least half of the frames that came showed them. The
 * server has the same rule (server/session/target_run.py).
 * @param {number} useful frames that showed the eyes @param {number} frames that came
 */
export const tooFewFrames = (useful, frames) => 2 * useful >= frames;

/** @param {ValidationResult} result whether the frame rate is why dots have no result */
function tooSlow({ points, failed_points }) {
  const failed = points.filter(({ target }) => failed_points.includes(target.id));
  const sum = (/** @type {"n_valid" | "n_total"} */ name) => failed.reduce((total, point) => total + point[name], 0);
  return tooFewFrames(sum("n_valid"), sum("n_total"));
}

/**
 * The result after the correction of a common shift: the error is what remains. Degrees, centimetres and the accuracy follow in
 * proportion. (The spread of single frames stays, so the accuracy improves by more: it is an upper limit.)
 * @param {ValidationResult} result @param {{remaining_px: number, grade: Grade}} shift @returns {ValidationResult}
 */
export function corrected(result, { remaining_px, grade }) {
  if (!result.error) return result;
  const share = remaining_px / Math.max(result.error.px, 1e-9);
  const scaled = (/** @type {number | null} */ value) => (value === null ? null : value * share);
  const part = (/** @type {Figures} */ { px, cm, deg, percent_width }) =>
    ({ px: px * share, cm: scaled(cm), deg: scaled(deg), percent_width: percent_width * share });
  const error = { ...part(result.error), px: remaining_px, low_px: null, high_px: null };
  return { ...result, grade, error, accuracy: result.accuracy && part(result.accuracy) };
}

/** @param {number} share of the frames with glare @returns {string} empty without advice */
export function glareAdvice(share) {
  return share >= MUCH_GLARE ? ADVICE.glare : "";
}

/**
 * @param {ValidationResult} result @param {number | null} brightness @param {number} glare @param {boolean} shifted
 * @returns {string[]} most helpful first, at most three
 */
function adviceFor(result, brightness, glare, shifted) {
  /** @type {string[]} */
  const advice = [];
  if (glareAdvice(glare)) advice.push(glareAdvice(glare));
  if (brightness !== null && brightness < ADVICE_LIGHT.dim) advice.push(ADVICE.dim);
  if (brightness !== null && brightness > ADVICE_LIGHT.bright) advice.push(ADVICE.bright);
  if (result.distance_mm !== null && result.distance_mm < ADVICE_MM.near) advice.push(ADVICE.near);
  if (result.distance_mm !== null && result.distance_mm > ADVICE_MM.far) advice.push(ADVICE.far);
  if (result.data_loss > MUCH_LOSS) advice.push(ADVICE.loss);
  const uneven = unevenAdvice(result);
  if (uneven) advice.push(uneven);
  if (result.sample_rate_hz !== null && result.sample_rate_hz < SLOW_HZ) advice.push(ADVICE.slow(result.sample_rate_hz));
  if (!shifted && commonShift(result) > 0.7) advice.push(ADVICE.drift);
  return advice.slice(0, 3);
}

/**
 * The height of the camera explains a bad result only where the other half is usable.
 * @param {ValidationResult} result @returns {string} empty without advice
 */
function unevenAdvice(result) {
  const known = result.points.filter((point) => point.error_px !== null);
  const [upper, lower] = [known.filter(({ target }) => target.y < 0.5), known.filter(({ target }) => target.y >= 0.5)];
  if (upper.length < 2 || lower.length < 2) return "";
  const mean = (/** @type {PointResult[]} */ points) => points.reduce((sum, { error_px }) => sum + (error_px ?? 0), 0) / points.length;
  const explains = (/** @type {PointResult[]} */ worse, /** @type {PointResult[]} */ better) =>
    mean(worse) > UNEVEN * mean(better) && (usable(result.grade) || better.every(({ grade }) => usable(grade)));
  if (explains(lower, upper)) return ADVICE.lower;
  return explains(upper, lower) ? ADVICE.upper : "";
}

/** @param {ValidationResult} result @returns {number} 1 when all offsets are the same, 0 when they point everywhere */
function commonShift(result) {
  const offsets = /** @type {Offset[]} */ (result.points.map((point) => point.offset_px).filter((offset) => offset !== null));
  if (offsets.length < 3) return 0;
  const sum = offsets.reduce((a, b) => ({ dx: a.dx + b.dx, dy: a.dy + b.dy }), { dx: 0, dy: 0 });
  const length = offsets.reduce((total, { dx, dy }) => total + Math.hypot(dx, dy), 0);
  return length > 0 ? Math.hypot(sum.dx, sum.dy) / length : 0;
}

/** @param {ValidationResult} result @returns {{px: string, cm: string, deg: string}} for people; empty where not known */
export function figures(result) {
  const { error } = result;
  return {
    px: error ? String(Math.round(error.px)) : "–",
    cm: error && error.cm !== null ? ACCURACY.cm(error.cm) : "",
    deg: error && error.deg !== null ? ACCURACY.deg(error.deg) : "",
  };
}
