/**
 * The circles of a scan path: one for each fixation, numbered, with a surface in proportion to its duration. Pure.
 *
 * @typedef {{x: number, y: number, start: number, end: number}} Fixation px of the stimulus, ms
 * @typedef {{x: number, y: number, radius: number, number: number, fixation: Fixation}} Circle
 */

/**
 * @param {readonly Fixation[]} fixations in the order of time
 * @param {{width: number, height: number, size: number, longestMs?: number}} options size: 1 is usual; longestMs: the duration
 *   of the largest circle, so that pictures of several people are alike
 * @returns {Circle[]}
 */
export function circlesOf(fixations, { width, height, size, longestMs }) {
  const longest = longestMs ?? longestOf(fixations);
  const largest = 0.05 * size * Math.sqrt(width * height);
  const smallest = 0.16 * largest;
  return fixations.map((fixation, i) => {
    const share = longest > 0 ? (fixation.end - fixation.start) / longest : 0;
    return { x: fixation.x, y: fixation.y, radius: Math.max(smallest, largest * Math.sqrt(share)), number: i + 1, fixation };
  });
}

/** @param {readonly Fixation[]} fixations @returns {number} ms, 0 without any */
export function longestOf(fixations) {
  return fixations.reduce((most, { start, end }) => Math.max(most, end - start), 0);
}

/**
 * The lines between the circles, from edge to edge; none between circles that overlap.
 * @param {readonly Circle[]} circles @returns {{x1: number, y1: number, x2: number, y2: number}[]}
 */
export function linesOf(circles) {
  return circles.slice(1).flatMap((b, i) => {
    const a = circles[i];
    const length = Math.hypot(b.x - a.x, b.y - a.y);
    if (length <= a.radius + b.radius) return [];
    const [dx, dy] = [(b.x - a.x) / length, (b.y - a.y) / length];
    return [{ x1: a.x + dx * a.radius, y1: a.y + dy * a.radius, x2: b.x - dx * b.radius, y2: b.y - dy * b.radius }];
  });
}
