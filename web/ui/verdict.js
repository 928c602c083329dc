/**
 * A validation in words: what the gaze is good for, and what would make it better. Pure.
 *
 * A target is usable when the gaze lands inside it nearly always: its radius must cover the accuracy and two standard
 * deviations of the precision (Feit et al., CHI 2017: width = 2 (accuracy + 2 sd)).
 *
 * @typedef {{dx: number, dy: number}} Offset
 * @typedef {{target: {id: number, x: number, y: number}, n_valid: number, n_total: number, offset_px: Offset | null,
 *   accuracy_px: number | null, rms_s2s_px: number | null, sd_px: number | null}} PointResult
 * @typedef {{accuracy: {px: number, cm: number | null, deg: number | null, percent_width: number} | null,
 *   precision: {rms_s2s_px: number | null, sd_px: number | null, deg: number | null}, sample_rate_hz: number | null,
 *   data_loss: number, points: PointResult[], failed_points: number[], distance_mm: number | null,
 *   screen_mm: {width: number, height: number} | null, held_out: boolean, calibration: string}} ValidationResult
 * @typedef {{grade: "good" | "fair" | "poor", title: string, use: string, targetPx: number | null, advice: string[]}} Verdict
 */

/** Accuracy under these shares of the screen's diagonal is good, or usable. */
const GOOD_SHARE = 0.045;
const FAIR_SHARE = 0.09;
/** What people know by sight, by the width of target that it needs (share of the screen's width). */
const USES = /** @type {[number, string][]} */ ([
  [0.06, "Good for large buttons, lines of text, faces in a picture."],
  [0.11, "Good for tiles, paragraphs, pictures in a gallery."],
  [0.19, "Good for parts of a page: columns, banners, one picture among six."],
  [0.36, "Good for left, middle or right, and top or bottom."],
]);
const TOO_COARSE = "Too coarse to tell parts of the screen apart.";
const DIM = 85;
const BRIGHT = 205;
const NEAR_MM = 420;
const FAR_MM = 750;
const MUCH_LOSS = 0.15;
const SLOW_HZ = 12;
/** The lower or upper part is this much worse than the rest: the camera looks at lids or from far below. */
const UNEVEN = 1.8;

/** @param {ValidationResult} result @param {{width: number, height: number}} screen CSS px @param {number | null} brightness @returns {Verdict} */
export function verdictOf(result, screen, brightness) {
  const advice = adviceFor(result, brightness);
  if (!result.accuracy) {
    const n = result.failed_points.length;
    const use = `At ${n} of ${result.points.length} dots I did not see enough of your eyes, so there is no average.`;
    return { grade: "poor", title: "Not measured everywhere", use, targetPx: null, advice };
  }
  const share = result.accuracy.px / Math.hypot(screen.width, screen.height);
  const grade = share <= GOOD_SHARE ? "good" : share <= FAIR_SHARE ? "fair" : "poor";
  const targetPx = 2 * (result.accuracy.px + 2 * (result.precision.sd_px ?? 0));
  const use = USES.find(([most]) => targetPx <= most * screen.width)?.[1] ?? TOO_COARSE;
  const title = { good: "Good for a webcam", fair: "Usable for larger things", poor: "Rough" }[grade];
  return { grade, title, use, targetPx, advice };
}

/** @param {ValidationResult} result @param {number | null} brightness @returns {string[]} most helpful first, at most three */
function adviceFor(result, brightness) {
  /** @type {string[]} */
  const advice = [];
  if (brightness !== null && brightness < DIM) advice.push("Put a lamp in front of you: your face is dim.");
  if (brightness !== null && brightness > BRIGHT) advice.push("Less direct light: your face is overexposed.");
  if (result.distance_mm !== null && result.distance_mm < NEAR_MM) advice.push("Sit a little farther away.");
  if (result.distance_mm !== null && result.distance_mm > FAR_MM) advice.push("Come closer: your eyes are small in the picture.");
  if (result.data_loss > MUCH_LOSS) {
    advice.push("Many frames had no usable eyes. If you wear glasses, tilt the screen or the lamp until they don't mirror.");
  }
  const [upper, lower] = [halfError(result, (y) => y < 0.5), halfError(result, (y) => y >= 0.5)];
  if (upper !== null && lower !== null && lower > UNEVEN * upper) {
    advice.push("The lower half is worse: lower the camera or raise your chair, so that it sees less of your lids.");
  } else if (upper !== null && lower !== null && upper > UNEVEN * lower) {
    advice.push("The upper half is worse: a camera at the screen's upper edge, at the height of your eyes, helps.");
  }
  if (result.sample_rate_hz !== null && result.sample_rate_hz < SLOW_HZ) {
    advice.push(`Only ${Math.round(result.sample_rate_hz)} frames a second: close other programs, or start the server with --network fast.`);
  }
  const shift = commonShift(result);
  if (shift > 0.7) advice.push("Nearly all of the error points one way: “One dot” (D), while tracking, puts it right.");
  return advice.slice(0, 3);
}

/** @param {ValidationResult} result @param {(y: number) => boolean} inHalf */
function halfError(result, inHalf) {
  const errors = result.points.filter((point) => inHalf(point.target.y)).map((point) => point.accuracy_px);
  const known = /** @type {number[]} */ (errors.filter((error) => error !== null));
  return known.length > 1 ? known.reduce((a, b) => a + b, 0) / known.length : null;
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
  const { accuracy } = result;
  return {
    px: accuracy ? String(Math.round(accuracy.px)) : "–",
    cm: accuracy && accuracy.cm !== null ? `${accuracy.cm.toFixed(1)} cm` : "",
    deg: accuracy && accuracy.deg !== null ? `${accuracy.deg.toFixed(1)}°` : "",
  };
}
