/**
 * Keys and taps while the dot game runs. Space or P pauses and continues, or skips a dot that gets no usable frames. Esc
 * stops. M switches the sound. On a touch screen, a tap skips such a dot, pauses and continues, and stops a waiting game.
 */
import { hasKeys } from "../ui/keys.js";
import { KEYS, TAPS } from "../ui/texts.js";

/** The second click of a double click on the start button is ignored. */
const DOUBLE_MS = 600;

export class GameInput {
  #game;
  #beganAt = 0;
  /** The texts on the stage that explain keys or taps. */
  words = hasKeys() ? KEYS : TAPS;

  /** @param {{game: import("./game.js").CalibrationGame, stage: EventTarget, signal: AbortSignal}} options */
  constructor({ game, stage, signal }) {
    this.#game = game;
    stage.addEventListener("resume", () => game.resume(), { signal });
    stage.addEventListener("stop", () => game.cancel(), { signal });
    stage.addEventListener("tap", () => this.#onTap(), { signal });
    document.addEventListener("keydown", (event) => this.#onKey(event), { signal, capture: true });
  }

  /** A game begins. */
  begin() {
    this.#beganAt = performance.now();
  }

  /** @param {KeyboardEvent} event */
  #onKey(event) {
    const game = this.#game;
    if (!game.running || event.ctrlKey || event.metaKey || event.altKey || event.repeat) return;
    // In another page's shadow tree the event's target is the tree's host.
    const onButton = event.composedPath().some((element) => element instanceof HTMLButtonElement);
    const key = event.key.toLowerCase();
    if (key === "escape") game.cancel();
    else if (key === "m") game.sound = !game.sound;
    else if (key === "p" || (key === " " && !onButton)) this.#pauseOrGoOn();
    else return;
    event.preventDefault();
    event.stopPropagation();
  }

  #onTap() {
    if (performance.now() - this.#beganAt < DOUBLE_MS) return;
    if (this.#game.begun || this.#game.paused || this.words !== TAPS) this.#pauseOrGoOn();
    else if (!this.#game.skip()) this.#game.cancel();
  }

  #pauseOrGoOn() {
    const game = this.#game;
    if (!game.skip()) game.paused ? game.resume() : game.pause();
  }
}
