/**
 * The dot game in the dialog, in full screen where the page may. One run ends in a report or in a problem in words.
 *
 * @typedef {{report: any} | {title: string, steps: string[]}} Outcome
 */
import { CalibrationGame } from "../js/calibration.js";
import { enterFullScreen, leaveFullScreen } from "../js/full-screen.js";
import { h } from "./dom.js";

const AGAIN = ["Sit where you are comfortable and hold your head still.", "Look at each dot until it moves on."];

export class Dots {
  #dialog;
  #connection;
  #geometry;
  /** @type {CalibrationGame | null} */
  #game = null;
  /** @type {((outcome: Outcome) => void) | null} */
  #finish = null;

  /**
   * @param {{dialog: import("./dialog.js").Dialog, connection: import("../js/connection.js").Connection,
   *   geometry: import("../js/geometry.js").ScreenGeometry}} options
   */
  constructor({ dialog, connection, geometry }) {
    this.#dialog = dialog;
    this.#connection = connection;
    this.#geometry = geometry;
  }

  /** @param {{pattern: string, user?: string}} options @returns {Promise<Outcome>} */
  async run({ pattern, user }) {
    const abort = new AbortController();
    const { signal } = abort;
    const dot = h("div", { id: "target", hidden: true }, ...["halo", "disc", "core"].map((className) => h("span", { className })));
    const words = h("p", { className: "game-words" });
    const progress = h("p", { className: "game-progress" });
    const content = h("div", { className: "game" }, words, progress, dot);
    const game = new CalibrationGame({
      connection: this.#connection,
      geometry: this.#geometry,
      dot,
      words,
      progress,
      announce: this.#dialog.announce,
    });
    this.#game = game;
    const finished = /** @type {Promise<Outcome>} */ (new Promise((resolve) => (this.#finish = resolve)));
    const failed = (/** @type {string} */ title) => this.#finish?.({ title, steps: AGAIN });
    game.addEventListener("done", (event) => this.#finish?.({ report: /** @type {CustomEvent} */ (event).detail }), { signal });
    game.addEventListener("failed", (event) => failed(/** @type {CustomEvent} */ (event).detail), { signal });
    game.addEventListener("cancelled", () => failed("The dots were stopped"), { signal });
    game.addEventListener("fitting", () => (words.textContent = "Working it out"), { signal });
    // Esc leaves full screen without a key event.
    document.addEventListener("fullscreenchange", () => document.fullscreenElement || game.cancel(), { signal });
    try {
      await this.#dialog.show(content, {
        full: true,
        label: "Look at the dot until it moves on",
        onKey: (key) => (key === "Escape" ? game.cancel() : void game.skip()),
      });
      if (await enterFullScreen()) this.#dialog.raise();
      if (this.#game === game) void game.start({ pattern, user });
      return await finished;
    } finally {
      abort.abort();
      game.destroy();
      if (this.#game === game) this.#game = null;
      await leaveFullScreen();
    }
  }

  /** Ends a run, if there is one. @param {string} title why */
  fail(title) {
    this.#finish?.({ title, steps: AGAIN });
    this.#finish = null;
  }

  /** @param {any} message a `calibration` message */
  onMessage(message) {
    this.#game?.onMessage(message);
  }

  /** @param {any} gaze */
  onGaze(gaze) {
    this.#game?.onGaze(gaze);
  }

  destroy() {
    this.fail("The gaze session was closed");
  }
}
