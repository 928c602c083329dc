/**
 * The dot game in the dialog, in full screen where the page may. One run ends in a report or in a problem in words.
 *
 * @typedef {{report: any} | {title: string, steps: string[]}} Outcome
 */
import { CalibrationGame } from "../calibration/game.js";
import { enterFullScreen, leaveFullScreen } from "../calibration/full-screen.js";
import { h } from "../ui/dom.js";

const AGAIN = ["Sit where you are comfortable and hold your head still.", "Look at each dot until it moves on."];

export class Dots {
  #dialog;
  #connection;
  #geometry;
  /** @type {CalibrationGame | null} */
  #game = null;
  /** Why the run was ended from outside; empty when the person stopped it. */
  #why = "";

  /**
   * @param {{dialog: import("./dialog.js").Dialog, connection: import("../core/connection.js").Connection,
   *   geometry: import("../core/geometry.js").ScreenGeometry}} options
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
    const mount = h("div", { className: "game" });
    const game = new CalibrationGame({
      mount,
      connection: this.#connection,
      geometry: this.#geometry,
      announce: this.#dialog.announce,
    });
    this.#game = game;
    this.#why = "";
    // Esc leaves full screen without a key event.
    document.addEventListener("fullscreenchange", () => document.fullscreenElement || game.cancel(), { signal });
    try {
      await this.#dialog.show(mount, {
        full: true,
        label: "Look at the dot until it moves on",
        // The game hears its keys itself; this one only keeps the dialog from closing by Escape.
        onKey: (key) => key === "Escape" && game.cancel(),
      });
      if (await enterFullScreen()) this.#dialog.raise();
      if (this.#why) return { title: this.#why, steps: AGAIN };
      const end = await game.calibrate({ pattern, user });
      if (end.outcome === "done") return { report: end.report };
      return { title: this.#why || end.reason || "The dots were stopped", steps: AGAIN };
    } finally {
      abort.abort();
      game.destroy();
      if (this.#game === game) this.#game = null;
      await leaveFullScreen();
    }
  }

  /** Ends a run, if there is one. @param {string} title why */
  fail(title) {
    this.#why = title;
    this.#game?.cancel();
  }

  destroy() {
    this.fail("The gaze session was closed");
  }
}
