/**
 * In a long session, now and then an offer to check the gaze with one dot:
 *
 *   1. AGE_MS after the calibration, or after the last check, or
 *   2. when the expected error has grown: its median over the last samples is GROWN times that of the first ones. It grows
 *      when the person sits differently.
 *
 * The offer takes the place of the view's hint, so nothing moves. It is not made while the session is recorded.
 */
import { median } from "./stats.js";
import { TRACKING } from "./texts.js";

const AGE_MS = 10 * 60_000;
export const GROWN = 1.5;
/** About half a minute of looking around: the expected error differs over the screen. */
const SAMPLES = 400;
const DECIDE_EVERY = 30;

/** When a check would help. Pure: the caller has the clock. */
export class DriftAdvice {
  #sinceMs;
  /** @type {number[]} px */
  #first = [];
  /** @type {number[]} px */
  #last = [];

  /** @param {number} nowMs of the calibration or the last check */
  constructor(nowMs) {
    this.#sinceMs = nowMs;
  }

  /** @param {number} errorPx expected error of one sample */
  add(errorPx) {
    if (this.#first.length < SAMPLES) {
      this.#first.push(errorPx);
      return;
    }
    this.#last.push(errorPx);
    if (this.#last.length > SAMPLES) this.#last.shift();
  }

  /** @param {number} nowMs @returns {"error" | "age" | null} the reason for a check */
  reason(nowMs) {
    const [first, last] = [median(this.#first), median(this.#last)];
    if (first !== null && last !== null && this.#last.length === SAMPLES && last > GROWN * first) return "error";
    return nowMs - this.#sinceMs >= AGE_MS ? "age" : null;
  }

  /** @param {number} nowMs */
  minutes(nowMs) {
    return Math.round((nowMs - this.#sinceMs) / 60_000);
  }
}

export class DriftOffer {
  #root;
  #hint;
  #words;
  #allowed;
  #announce;
  #advice = new DriftAdvice(Date.now());
  #seen = 0;
  #doubt = "";

  /**
   * @param {{part: (id: string) => HTMLElement, check: () => unknown, allowed: () => boolean, next: () => HTMLElement | null,
   *   announce: (text: string) => void, signal: AbortSignal}} options
   *   allowed: whether an offer may be made now; next: gets the focus when the offer ends
   */
  constructor({ part, check, allowed, next, announce, signal }) {
    this.#root = part("check-offer");
    this.#hint = part("tracking-hint");
    this.#words = part("check-reason");
    this.#allowed = allowed;
    this.#announce = announce;
    part("check-now").addEventListener("click", () => void check(), { signal });
    part("check-later").addEventListener(
      "click",
      () => {
        this.restart();
        next()?.focus();
      },
      { signal },
    );
  }

  /** There is a new calibration, or it was checked, or the person does not want to. */
  restart() {
    this.#advice = new DriftAdvice(Date.now());
    this.#show(false);
  }

  /** @param {any} gaze a gaze message while tracking @param {string} doubt why the gaze is less accurate, in words; or empty */
  onGaze(gaze, doubt) {
    if (!gaze.valid || typeof gaze.error_px !== "number") return;
    this.#advice.add(gaze.error_px);
    this.#seen += 1;
    if (this.#seen % DECIDE_EVERY) return;
    const reason = this.#allowed() ? this.#advice.reason(Date.now()) : null;
    if ((reason !== null) === !this.#root.hidden && doubt === this.#doubt) return;
    this.#doubt = doubt;
    if (reason) {
      const grown = reason === "age" ? TRACKING.offerByAge(this.#advice.minutes(Date.now())) : TRACKING.offerByError;
      this.#words.textContent = doubt || grown;
      this.#announce(this.#words.textContent);
    }
    this.#show(reason !== null);
  }

  /** @param {boolean} offered */
  #show(offered) {
    this.#root.hidden = !offered;
    this.#hint.hidden = offered;
  }
}
