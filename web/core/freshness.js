/**
 * How long the newest gaze message counts as the present one: some intervals of the messages, as in the server's own watch
 * (server/session/liveness.py). Calls back once when nothing has followed it for PATIENCE_MS longer, because a single late
 * answer is no event.
 */
export const LEAST_MS = 400;
const MOST_MS = 3000;
/** While the interval is unknown. */
const FIRST_MS = 500;
const INTERVALS = 2.5;
const REMEMBERED = 7;
const PATIENCE_MS = 500;

/** @param {number[]} intervalsMs of the last messages @returns {number} */
export function freshFor(intervalsMs) {
  if (!intervalsMs.length) return FIRST_MS;
  const sorted = [...intervalsMs].sort((a, b) => a - b);
  return Math.min(Math.max(INTERVALS * sorted[sorted.length >> 1], LEAST_MS), MOST_MS);
}

export class Freshness {
  #stale;
  #timer = 0;
  #seenAt = -Infinity;
  /** @type {number[]} */
  #intervals = [];
  #watching = false;

  /** @param {() => void} stale called when no message has come for too long */
  constructor(stale) {
    this.#stale = stale;
  }

  /** A message has come. */
  seen() {
    const now = performance.now();
    if (this.#watching) this.#intervals = [...this.#intervals, now - this.#seenAt].slice(-REMEMBERED);
    this.#seenAt = now;
    this.#watching = true;
    window.clearTimeout(this.#timer);
    this.#timer = window.setTimeout(() => this.stop() && this.#stale(), freshFor(this.#intervals) + PATIENCE_MS);
  }

  /** Whether the newest message counts. Timers of a page in the background are late, so the time is compared as well. */
  get fresh() {
    return this.#watching && performance.now() - this.#seenAt <= freshFor(this.#intervals);
  }

  /** The newest message counts no more. @returns {boolean} whether it did before */
  stop() {
    window.clearTimeout(this.#timer);
    const before = this.#watching;
    this.#watching = false;
    return before;
  }
}
