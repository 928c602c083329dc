/**
 * Leads a person through the plugin's steps: the start, a lost camera, and a calibration (position, dots, result, repeated
 * until the person accepts it or gives up).
 */
import { CalibrationGame } from "../calibration/game.js";
import { SourceError } from "../core/sources/stream.js";
import { h } from "../ui/dom.js";
import { connect, openCamera } from "./connect.js";
import { GazeError } from "./errors.js";
import { showProblem, showResult, SittingDown } from "./steps.js";
import { CAMERA, DOTS } from "./texts.js";

/** @typedef {"positioning" | "calibrating" | "result"} Step */

export class Guide {
  #dialog;
  #session;
  #sitting;
  #entered;
  /** @type {Step | null} */
  #step = null;
  /** @type {CalibrationGame | null} */
  #game = null;
  /** Why the plugin ended the dots; empty if the person stopped them. */
  #why = "";
  #abort = new AbortController();

  /**
   * @param {{dialog: import("./dialog.js").Dialog, session: import("../core/session.js").ServerSession,
   *   entered: (step: Step) => void}} options entered: called at each step
   */
  constructor({ dialog, session, entered }) {
    this.#dialog = dialog;
    this.#session = session;
    this.#entered = entered;
    this.#sitting = new SittingDown({ dialog, geometry: session.geometry, signal: this.#abort.signal });
  }

  /** @param {{options: import("./options.js").Options, end: (reason: Error) => void, signal: AbortSignal}} options */
  comeIn(options) {
    return connect({ ...options, dialog: this.#dialog, session: this.#session });
  }

  /** Opens the camera again after it was lost. @param {{ask: boolean, cancel: () => void}} options see connect.js */
  async reopenCamera(options) {
    this.fail(CAMERA.stopped);
    const problem = new SourceError("EndedError", "the camera's track ended");
    await openCamera({ ...options, problem, dialog: this.#dialog, session: this.#session });
    this.#dialog.hide();
  }

  /**
   * Rejects with the code `calibration` when the person gives up.
   * @param {{pattern: string, user?: string, signal: AbortSignal}} options
   * @returns {Promise<any>} the report
   */
  async run({ pattern, user, signal }) {
    try {
      for (;;) {
        this.#enter("positioning");
        await this.#sitDown(signal);
        this.#enter("calibrating");
        const { outcome, report, glare, reason } = await this.#play((game) => game.calibrate({ pattern, user }));
        signal.throwIfAborted();
        if (outcome === "done") {
          this.#enter("result");
          if ((await showResult(this.#dialog, report, this.#session.layout, glare)) === "use") return report;
          continue;
        }
        const title = this.#why || reason || DOTS.stopped;
        if ((await showProblem(this.#dialog, { title, steps: DOTS.again })) === "close") throw new GazeError("calibration", title);
      }
    } finally {
      this.#step = null;
      this.#dialog.hide();
    }
  }

  /** Ends the dots, if they are shown. @param {string} why */
  fail(why) {
    this.#why = why;
    this.#game?.cancel();
  }

  /** @param {any} gaze */
  onGaze(gaze) {
    if (this.#step === "positioning") this.#sitting.update(gaze, this.#session.feed.picture);
  }

  destroy() {
    this.#abort.abort();
    this.fail(DOTS.closed);
  }

  /** @param {Step} step */
  #enter(step) {
    this.#step = step;
    this.#entered(step);
  }

  /** @param {AbortSignal} signal */
  async #sitDown(signal) {
    const { feed } = this.#session;
    for (;;) {
      signal.throwIfAborted();
      const choice = await this.#sitting.choose(feed);
      if (choice === "start") return;
      if (choice === "cancel") throw new GazeError("calibration", "the person did not want to look at the dots");
      const given = new GazeError("calibration", "the person did not choose a camera");
      await new Promise((resolve, reject) => {
        const cancel = () => reject(given);
        openCamera({ session: this.#session, dialog: this.#dialog, ask: true, cancel }).then(resolve, reject);
      });
    }
  }

  /**
   * A game that a program asked for: at once, and without the result, which the program gets.
   * @param {import("../calibration/requested-game.js").Game} kind @param {{pattern: string, user?: string}} options
   * @returns {Promise<import("../calibration/game.js").Outcome>}
   */
  async playRequested(kind, options) {
    this.#enter("calibrating");
    try {
      return await this.#play((game) => (kind === "calibration" ? game.calibrate(options) : game.validate()));
    } finally {
      this.#step = null;
      this.#dialog.hide();
    }
  }

  /**
   * The dots, in the dialog.
   * @param {(game: CalibrationGame) => Promise<import("../calibration/game.js").Outcome>} play
   * @returns {Promise<import("../calibration/game.js").Outcome>}
   */
  async #play(play) {
    const mount = h("div", { className: "game" });
    const game = new CalibrationGame({ mount, session: this.#session, announce: this.#dialog.announce });
    this.#game = game;
    this.#why = "";
    game.addEventListener("fullscreen", () => this.#dialog.raise());
    try {
      await this.#dialog.show(mount, {
        full: true,
        label: DOTS.label,
        // The game handles its keys. This handler only prevents that Escape closes the dialog.
        onKey: (key) => key === "Escape" && game.cancel(),
      });
      if (this.#why) return { outcome: "failed", reason: this.#why };
      return await play(game);
    } finally {
      game.destroy();
      this.#game = null;
    }
  }
}
