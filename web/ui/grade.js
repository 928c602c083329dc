/** How good a calibration or one of its dots is, in a word. Pure. */

/** Errors under this share of the screen's diagonal are good, over the second one poor. */
const GOOD_SHARE = 0.05;
const POOR_SHARE = 0.1;
/** Left-out dots guessed no better than this share of what the screen's middle gets: nothing was learned. */
const BLIND_SHARE = 0.9;

/** @param {number} px @param {number} diagonalPx @returns {"good" | "fair" | "poor"} */
export function gradeOf(px, diagonalPx) {
  return px <= GOOD_SHARE * diagonalPx ? "good" : px <= POOR_SHARE * diagonalPx ? "fair" : "poor";
}

/**
 * Of a calibration's report. "blind": always guessing the middle of the screen would have done as well, as when somebody
 * did not look at the dots.
 *
 * @param {any} report @param {number} diagonalPx in the report's px @returns {"good" | "fair" | "poor" | "blind"}
 */
export function calibrationGrade(report, diagonalPx) {
  const [own, middle] = [report.mean_error_px, report.baselines_px?.centre];
  if (Number.isFinite(own) && Number.isFinite(middle) && own >= BLIND_SHARE * middle) return "blind";
  return Number.isFinite(report.median_error_px) ? gradeOf(report.median_error_px, diagonalPx) : "poor";
}
