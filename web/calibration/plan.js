/**
 * The duration of a game, computed from the server's plan. Pure.
 *
 * @typedef {{id: number, x: number, y: number, reason?: string}} Target
 * @typedef {{targets: Target[], settle_ms: number, window_ms: number, min_samples: number,
 *   pursuit?: {id: number, path: [number, number, number][]},
 *   head_round?: {id: number, x: number, y: number, duration_ms: number}}} Plan
 */

import { GAME } from "../ui/texts.js";

/** Long enough to read a short sentence. The text disappears before the first frame counts. */
export const INTRO_MS = 1600;
/** The same for the text of a round, which explains something new. */
export const ROUND_WORDS_MS = 1900;
/** css/game.css moves the dot in slightly less time. The settle time that follows is for the eyes. */
export const TRAVEL_MS = 400;
/** The time for a short text while the dot moves. */
export const WORDS_MS = 1000;
/** The server's times of a dot, used while there is no plan yet. */
export const DOT = { settle_ms: 700, window_ms: 1000, min_samples: 15 };
/** Entering full screen, the last frames, and the fit. */
const ENDS_MS = 1000;

/** @param {Plan} plan */
export function dotMs(plan) {
  return TRAVEL_MS + plan.settle_ms + plan.window_ms;
}

/** @param {Plan} plan @returns {number} ms of the round with the head turned, words included */
export function headMs(plan) {
  return plan.head_round ? ROUND_WORDS_MS + TRAVEL_MS + plan.head_round.duration_ms : 0;
}

/** @param {Plan} plan @returns {number} ms of the rounds after the dots, words included */
export function roundsMs(plan) {
  const path = plan.pursuit?.path;
  return (path ? ROUND_WORDS_MS + TRAVEL_MS + path[path.length - 1][0] : 0) + headMs(plan);
}

/**
 * An estimate before the server has sent a plan.
 * @param {{dots: number, pursuit?: boolean, headRound?: boolean}} options @returns {number} s
 */
export function expectedSeconds({ dots, pursuit = false, headRound = false }) {
  const plan = { targets: [], ...DOT };
  const moving = pursuit ? ROUND_WORDS_MS + TRAVEL_MS + 11000 : 0;
  const head = headRound ? ROUND_WORDS_MS + TRAVEL_MS + 8000 : 0;
  // The first dot does not move: it is in the middle already.
  return Math.round((INTRO_MS - TRAVEL_MS + dots * dotMs(plan) + moving + head + ENDS_MS) / 1000);
}

/** @param {number} ms */
export function inSeconds(ms) {
  return GAME.left(Math.max(1, Math.round(ms / 1000)));
}

/** @param {[number, number, number][]} path knots (ms, x, y) @param {number} ms @returns {{x: number, y: number}} */
export function placeOnPath(path, ms) {
  const last = path[path.length - 1];
  if (ms <= path[0][0]) return { x: path[0][1], y: path[0][2] };
  if (ms >= last[0]) return { x: last[1], y: last[2] };
  const next = path.findIndex((knot) => knot[0] > ms);
  const [a, b] = [path[next - 1], path[next]];
  const share = (ms - a[0]) / (b[0] - a[0]);
  return { x: a[1] + share * (b[1] - a[1]), y: a[2] + share * (b[2] - a[2]) };
}

/** @param {Plan} plan @param {number} dots that are repeated or new @returns {number} ms */
export function againMs(plan, dots) {
  return WORDS_MS - TRAVEL_MS + dots * dotMs(plan);
}

/**
 * @param {Target[]} targets the repeated ones @param {ReadonlySet<number>} [slow] the dots that too few frames reached
 * @returns {string} the reason as a short text, because the time is short
 */
export function wordsForAgain(targets, slow = new Set()) {
  const few = targets.filter(({ reason }) => reason === "few");
  if (few.length && few.every(({ id }) => slow.has(id))) return GAME.again(targets.length, "slow");
  const reasons = new Set(targets.map((target) => target.reason));
  if (reasons.size === 1 && reasons.has("extra")) return GAME.again(targets.length, "extra");
  return GAME.again(targets.length, reasons.has("few") ? "few" : "other");
}
