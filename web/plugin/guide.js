/** Leads a person through a calibration: sitting down, the dots, the result, and again until it is good or given up. */
import { screenSizeNote } from "./card.js";
import { Dots } from "./dots.js";
import { GazeError } from "./errors.js";
import { showProblem, showResult, SittingDown } from "./steps.js";

/** @typedef {"positioning" | "calibrating" | "result"} Step */

export class Guide {
  #dialog;
  #camera;
  #geometry;
  #sitting;
  #dots;
  #entered;
  /** @type {Step | null} */
  #step = null;
  #abort = new AbortController();

  /**
   * @param {{dialog: import("./dialog.js").Dialog, camera: import("./camera-link.js").CameraLink,
   *   connection: import("../core/connection.js").Connection, geometry: import("../core/geometry.js").ScreenGeometry,
   *   entered: (step: Step) => void}} options entered: is told each step
   */
  constructor({ dialog, camera, connection, geometry, entered }) {
    this.#dialog = dialog;
    this.#camera = camera;
    this.#geometry = geometry;
    this.#entered = entered;
    const size = screenSizeNote({ geometry, announce: dialog.announce, signal: this.#abort.signal });
    this.#sitting = new SittingDown(dialog, size);
    this.#dots = new Dots({ dialog, connection, geometry });
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
        const outcome = await this.#dots.run({ pattern, user });
        signal.throwIfAborted();
        if ("report" in outcome) {
          this.#enter("result");
          if ((await showResult(this.#dialog, outcome.report, this.#geometry.layout)) === "use") return outcome.report;
        } else if ((await showProblem(this.#dialog, outcome)) === "close") {
          throw new GazeError("calibration", outcome.title);
        }
      }
    } finally {
      this.#step = null;
      this.#dialog.hide();
    }
  }

  /** Ends the dots, if they are shown. @param {string} why */
  fail(why) {
    this.#dots.fail(why);
  }

  /** @param {any} gaze */
  onGaze(gaze) {
    if (this.#step === "positioning") this.#sitting.update(gaze);
  }

  destroy() {
    this.#abort.abort();
    this.#dots.destroy();
  }

  /** @param {Step} step */
  #enter(step) {
    this.#step = step;
    this.#entered(step);
  }

  /** @param {AbortSignal} signal */
  async #sitDown(signal) {
    for (;;) {
      signal.throwIfAborted();
      const { stream, deviceId } = this.#camera;
      const choice = await this.#sitting.choose(/** @type {MediaStream} */ (stream), deviceId);
      if (choice === "start") return;
      if (choice === "cancel") throw new GazeError("calibration", "the person did not want to look at the dots");
      const given = new GazeError("calibration", "the person did not choose a camera");
      await new Promise((resolve, reject) => this.#camera.open(() => reject(given)).then(resolve, reject));
    }
  }
}
