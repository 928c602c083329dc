/**
 * Whether the person is with the game: time passes only while their face is seen and they have not paused, and something
 * that does not work may be passed over.
 */
import { ANYWAY_MS } from "./face-gate.js";
import { GAME } from "../ui/texts.js";

/** After this long on one dot, the stage offers to skip it. */
const STUCK_MS = 7000;
export const POLL_MS = 50;
/** Words that come at once flicker when all is well within a moment. */
const PATIENCE_MS = 400;

/** What is shown has to be shown anew: the face was away, the person paused, or the window changed. */
export class Interrupted extends Error {}

/** @typedef {{id: number, enough: boolean, skip: boolean}} Current what is shown; enough: the server has seen it */

export class Attention {
  #stage;
  #gate;
  #press;
  #onState;
  /** @type {Current | null} */
  #current = null;
  /** What is shown is no longer where it was said to be. */
  #moved = false;
  paused = false;

  /**
   * @param {{stage: import("./stage.js").GameStage, gate: import("./face-gate.js").FaceGate,
   *   press: string, onState: (state: "waiting" | "dots") => void}} options press: what passes something over, in words
   */
  constructor({ stage, gate, press, onState }) {
    this.#press = press;
    this.#stage = stage;
    this.#gate = gate;
    this.#onState = onState;
  }

  reset() {
    this.#current = null;
    this.#moved = false;
    this.paused = false;
  }

  /** The window has another size, or its place is known better: what is shown stands elsewhere, and comes again. */
  disturb() {
    this.#moved = true;
  }

  /** Whether it has to come again, wherever the face is. */
  get disturbed() {
    return this.paused || this.#moved;
  }

  /** @param {number} id of what is shown from now on @returns {Current} */
  begin(id) {
    this.#current = { id, enough: false, skip: false };
    return this.#current;
  }

  /** @param {{target_id: number, n_valid: number, enough: boolean}} message @param {number} needed */
  progress(message, needed) {
    if (this.#current?.id !== message.target_id) return;
    this.#current.enough = message.enough;
    this.#stage.fill(message.n_valid / needed);
  }

  /** Space on a dot that does not work. @returns {boolean} whether it did something */
  skip() {
    if (!this.#current || !this.#stage.dot.dataset.stuck) return false;
    this.#current.skip = true;
    return true;
  }

  /** @param {AbortSignal} signal @param {{strict: boolean}} options strict: well-placed and well-lit, not only there */
  async awaitFace(signal, { strict }) {
    const current = this.begin(-1);
    this.#moved = false;
    const since = performance.now();
    for (let now = since; !current.skip; now = performance.now()) {
      if (strict ? this.#gate.ready(now) : !this.#gate.missing(now)) break;
      const anyway = now - since > ANYWAY_MS && this.#gate.onlyPlace;
      this.#stage.stuck(anyway);
      if (now - since > PATIENCE_MS) {
        this.#stage.say(this.#gate.advice + (anyway ? GAME.startAnyway(this.#press) : ""));
      }
      await this.sleep(POLL_MS, signal);
    }
    this.#current = null;
    this.#stage.say("");
  }

  /**
   * Plays something again until it was not interrupted, or is passed over.
   * @param {Current} current @param {AbortSignal} signal @param {(firstAt: number) => Promise<void>} play
   */
  async untilPlayed(current, signal, play) {
    const firstAt = performance.now();
    while (!current.skip) {
      try {
        await play(firstAt);
        break;
      } catch (error) {
        if (!(error instanceof Interrupted)) throw error;
        await this.waitOut(signal, firstAt);
      }
    }
    this.#stage.say("");
    this.#current = null;
  }

  /** The face is away or the game pauses: until neither. @param {AbortSignal} signal @param {number} firstAt */
  async waitOut(signal, firstAt) {
    this.#stage.phase("moving");
    this.#stage.arrow("");
    this.#moved = false;
    while (this.paused || this.#gate.missing(performance.now())) {
      if (this.#current?.skip) break;
      if (!this.paused) {
        this.#onState("waiting");
        if (performance.now() - firstAt > STUCK_MS) this.#offerSkip(this.#gate.reason);
        else this.#stage.say(this.#gate.reason);
      }
      await this.sleep(POLL_MS, signal);
    }
    this.#stage.say("");
    this.#onState("dots");
  }

  /** Some time of a dot; throws Interrupted. @param {number} ms @param {AbortSignal} signal */
  async hold(ms, signal) {
    const until = performance.now() + ms;
    for (;;) {
      this.check();
      const left = until - performance.now();
      if (left <= 0 || this.#current?.skip) return;
      await this.sleep(Math.min(left, POLL_MS), signal);
    }
  }

  check() {
    if (this.disturbed || this.#gate.missing(performance.now())) throw new Interrupted();
  }

  /** Says after a while that something does not work. @param {number} firstAt when it was shown first */
  complainSince(firstAt) {
    if (performance.now() - firstAt <= STUCK_MS) return;
    this.#offerSkip(GAME.eyesUnclear);
  }

  /** @param {number} ms @param {AbortSignal} signal @returns {Promise<void>} */
  sleep(ms, signal) {
    return new Promise((resolve, reject) => {
      const stop = () => {
        window.clearTimeout(timer);
        reject(signal.reason);
      };
      const timer = window.setTimeout(() => {
        signal.removeEventListener("abort", stop);
        resolve();
      }, ms);
      if (signal.aborted) stop();
      else signal.addEventListener("abort", stop, { once: true });
    });
  }

  /** @param {string} why */
  #offerSkip(why) {
    this.#stage.stuck(true);
    this.#stage.say(GAME.skip(why, this.#press));
  }
}
