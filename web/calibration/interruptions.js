/**
 * Interruptions of the game: its time runs only while the face is visible and the person has not paused. A dot that gets no
 * usable frames can be skipped.
 */
import { ANYWAY_MS } from "./face-gate.js";
import { tooFewFrames } from "../ui/grading.js";
import { GAME } from "../ui/texts.js";

/** After this time on one dot, the stage offers to skip it. */
const STUCK_MS = 7000;
export const POLL_MS = 50;
/** A text that is shown at once would flicker if the problem lasts only a moment. */
const PATIENCE_MS = 400;
/** A person who moves about meets several problems a second. Each text stays long enough to be read. */
const READ_MS = 1500;

/** The current dot must be shown again: the face was lost, the person paused, or the window changed. */
export class Interrupted extends Error {}

/** @typedef {{id: number, enough: boolean, skip: boolean}} Current what is shown; enough: the server has seen it */

export class Attention {
  #stage;
  #gate;
  #press;
  #onState;
  /** @type {Current | null} */
  #current = null;
  /** The frames of what is shown that the server has answered, and those of them that showed the eyes; in all its showings. */
  #frames = 0;
  #useful = 0;
  #lastValid = 0;
  /** The dots that were passed over because too few frames came. @type {Set<number>} */
  slow = new Set();
  /** Whether the dot is no longer at the place that was sent. */
  #moved = false;
  paused = false;

  /**
   * @param {{stage: import("./stage.js").GameStage, gate: import("./face-gate.js").FaceGate,
   *   press: string, onState: (state: "waiting" | "dots") => void}} options press: the text that names the key or tap that skips
   */
  constructor({ stage, gate, press, onState }) {
    this.#press = press;
    this.#stage = stage;
    this.#gate = gate;
    this.#onState = onState;
  }

  reset() {
    this.#current = null;
    this.slow.clear();
    this.#moved = false;
    this.paused = false;
  }

  /** The window has another size, or its place is better known. The dot has moved, so it is shown again. */
  disturb() {
    this.#moved = true;
  }

  /** Whether the dot must be shown again, even if the face is visible. */
  get disturbed() {
    return this.paused || this.#moved;
  }

  /** @param {number} id of what is shown from now on @returns {Current} */
  begin(id) {
    this.#current = { id, enough: false, skip: false };
    [this.#frames, this.#useful, this.#lastValid] = [0, 0, 0];
    return this.#current;
  }

  /** @param {{target_id: number, n_valid: number, enough: boolean}} message @param {number} needed */
  progress(message, needed) {
    if (this.#current?.id !== message.target_id) return;
    this.#current.enough = message.enough;
    this.#frames += 1;
    if (message.n_valid > this.#lastValid) this.#useful += 1;
    this.#lastValid = message.n_valid;
    this.#stage.fill(message.n_valid / needed);
  }

  /** Skips a dot that gets no usable frames. @returns {boolean} whether it did something */
  skip() {
    if (!this.#current || !this.#stage.dot.dataset.stuck) return false;
    this.#current.skip = true;
    if (this.#tooFewFrames) this.slow.add(this.#current.id);
    return true;
  }

  /** @param {AbortSignal} signal @param {{strict: boolean}} options strict: well-placed and well-lit, not only there */
  async awaitFace(signal, { strict }) {
    const current = this.begin(-1);
    this.#moved = false;
    const since = performance.now();
    let nextTextAt = since + PATIENCE_MS;
    for (let now = since; !current.skip; now = performance.now()) {
      if (strict ? this.#gate.ready(now) : !this.#gate.missing(now)) break;
      const anyway = now - since > ANYWAY_MS && this.#gate.onlyPlace;
      this.#stage.stuck(anyway);
      if (now >= nextTextAt && this.#stage.say(this.#gate.advice + (anyway ? GAME.startAnyway(this.#press) : ""))) {
        nextTextAt = now + READ_MS;
      }
      await this.sleep(POLL_MS, signal);
    }
    this.#current = null;
    this.#stage.say("");
  }

  /**
   * Repeats `play` until it was not interrupted, or was skipped.
   * @param {Current} current @param {AbortSignal} signal @param {(firstAt: number) => Promise<void>} play
   */
  async untilPlayed(current, signal, play) {
    let firstAt = performance.now();
    while (!current.skip) {
      try {
        await play(firstAt);
        break;
      } catch (error) {
        if (!(error instanceof Interrupted)) throw error;
        firstAt = await this.waitOut(signal, firstAt);
      }
    }
    this.#stage.say("");
    this.#current = null;
  }

  /**
   * Waits until the face is visible and the game does not pause.
   * @param {AbortSignal} signal @param {number} firstAt when the dot was shown first
   * @returns {Promise<number>} the same, or the end of a pause: a dot that waited for the person has no problem
   */
  async waitOut(signal, firstAt) {
    let since = firstAt;
    this.#stage.phase("moving");
    this.#stage.arrow("");
    this.#moved = false;
    while (this.paused || this.#gate.missing(performance.now())) {
      if (this.#current?.skip) break;
      if (this.paused) since = performance.now();
      else {
        this.#onState("waiting");
        if (performance.now() - since > STUCK_MS) this.#offerSkip(this.#gate.reason);
        else this.#stage.say(this.#gate.reason);
      }
      await this.sleep(POLL_MS, signal);
    }
    this.#stage.say("");
    this.#onState("dots");
    return since;
  }

  /** Waits for a part of a dot's time; throws Interrupted. @param {number} ms @param {AbortSignal} signal */
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

  /** After a while, shows that the dot gets no usable frames. @param {number} firstAt when it was shown first */
  complainSince(firstAt) {
    if (performance.now() - firstAt <= STUCK_MS) return;
    this.#offerSkip(this.#tooFewFrames ? GAME.slow : GAME.eyesUnclear);
  }

  get #tooFewFrames() {
    return tooFewFrames(this.#useful, this.#frames);
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
