/**
 * Spans of time as bars in a lane of the time line. Pure.
 *
 * @typedef {{start: number, end: number}} Span ms
 * @typedef {{x: number, width: number}} Bar px
 * @typedef {{from: number, to: number}} Range the part of the time that is shown, ms
 */
import { firstAt, lastAt } from "./time-index.js";

/** Bars that are nearer than this look like one. */
const APART_PX = 0.75;
const LEAST_PX = 1;

/**
 * @param {readonly Span[]} spans in the order of time, none inside another @param {Range} range @param {number} widthPx
 * @returns {Bar[]} of the spans that are seen; those that would touch are one bar, so there are never more than pixels
 */
export function barsOf(spans, { from, to }, widthPx) {
  const scale = widthPx / (to - from);
  /** @type {Bar[]} */
  const bars = [];
  const first = firstAt(ends(spans), from);
  for (let i = first; i < spans.length && spans[i].start <= to; i += 1) {
    const x = (Math.max(spans[i].start, from) - from) * scale;
    const width = Math.max(LEAST_PX, (Math.min(spans[i].end, to) - from) * scale - x);
    const before = bars.at(-1);
    if (before && x - (before.x + before.width) < APART_PX && width < 3) before.width = Math.max(before.width, x + width - before.x);
    else bars.push({ x, width });
  }
  return bars;
}

/** @type {WeakMap<readonly Span[], Float64Array>} */
const endsOf = new WeakMap();

/** @param {readonly Span[]} spans @returns {Float64Array} made once for each list */
function ends(spans) {
  const known = endsOf.get(spans);
  if (known) return known;
  const made = Float64Array.from(spans, (span) => span.end);
  endsOf.set(spans, made);
  return made;
}

/** @param {readonly Span[]} spans in the order of time @param {number} time @returns {number} index of the one at this time, or -1 */
export function spanAt(spans, time) {
  const index = firstAt(ends(spans), time);
  return index < spans.length && spans[index].start <= time ? index : -1;
}

/**
 * What several people were shown at this time. In studies of random order it differs.
 * @param {readonly (readonly (Span & {name: string})[])[]} lists one for each person, at least one @param {number} time
 * @returns {number} index in the first list, or -1 unless all were shown the same
 */
export function sharedAt([first, ...others], time) {
  const index = spanAt(first, time);
  return index >= 0 && others.every((spans) => spans[spanAt(spans, time)]?.name === first[index].name) ? index : -1;
}

/**
 * The times without data: between two samples that are farther apart than usual, and where samples are not valid.
 * @param {Float64Array} times ms @param {ArrayLike<boolean | number>} valid @param {number} longestMs between two samples
 * @returns {Span[]}
 */
export function lostSpans(times, valid, longestMs) {
  /** @type {Span[]} */
  const lost = [];
  const add = (/** @type {number} */ start, /** @type {number} */ end) => {
    const before = lost.at(-1);
    if (before && before.end === start) before.end = end;
    else lost.push({ start, end });
  };
  for (let i = 0; i + 1 < times.length; i += 1) {
    if (!valid[i] || times[i + 1] - times[i] > longestMs) add(times[i], times[i + 1]);
  }
  return lost;
}

/** Steps in ms between which a person can count. */
const STEPS = [10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10_000, 15_000, 30_000, 60_000, 120_000, 300_000, 600_000, 1_800_000, 3_600_000];

/**
 * @param {Range} range @param {number} widthPx @param {number} leastPx between two
 * @returns {number[]} round times in the range, for a scale
 */
export function ticks({ from, to }, widthPx, leastPx) {
  const wanted = ((to - from) * leastPx) / widthPx;
  const step = STEPS.find((it) => it >= wanted) ?? wanted;
  const found = [];
  for (let time = Math.ceil(from / step) * step; time <= to; time += step) found.push(time);
  return found;
}

/**
 * @param {Range} range @param {number} factor below 1: nearer @param {number} at the time that stays in its place
 * @param {Range} whole @returns {Range}
 */
export function zoomed(range, factor, at, whole) {
  const longest = whole.to - whole.from;
  const length = Math.min(longest, Math.max(Math.min(500, longest), (range.to - range.from) * factor));
  const share = (at - range.from) / (range.to - range.from);
  return shifted({ from: at - share * length, to: at + (1 - share) * length }, 0, whole);
}

/** @param {Range} range @param {number} by ms @param {Range} whole @returns {Range} never outside the whole */
export function shifted(range, by, whole) {
  const length = range.to - range.from;
  const from = Math.min(whole.to - length, Math.max(whole.from, range.from + by));
  return { from, to: from + length };
}
