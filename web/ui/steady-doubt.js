/**
 * Why the gaze is less accurate now (`doubt` of a gaze message), as a person can read it: it changes only when the messages
 * have said something else for CALM_MS. Pure: the caller has the clock.
 */
import { LEAST_MS as CALM_MS } from "./live.js";

export class SteadyDoubt {
  /** One of the protocol's causes; empty: none. */
  now = "";
  /** @type {number | null} */
  #otherSince = null;

  /** @param {any} gaze a gaze message @param {number} nowMs @returns {string} `now`, after it */
  add({ valid, doubt = "" }, nowMs) {
    if (!valid) return this.now; // a blink says nothing of it
    if (doubt === this.now) this.#otherSince = null;
    else if (this.#otherSince === null) this.#otherSince = nowMs;
    else if (nowMs - this.#otherSince >= CALM_MS) this.#change(doubt);
    return this.now;
  }

  /** There is a new calibration, or no gaze. */
  reset() {
    this.#change("");
  }

  /** @param {string} doubt */
  #change(doubt) {
    this.now = doubt;
    this.#otherSince = null;
  }
}
