/**
 * From a button to a result: the game in full screen, then the card that shows what came of it, and the way back when
 * nothing did. Knows the page's states; the game does not.
 */
import { CalibrationGame } from "../calibration/game.js";
import { enterFullScreen, leaveFullScreen } from "../calibration/full-screen.js";

/** The head must have left the calibrated region this long before the page speaks of it. */
const STALE_MS = 4000;
const STALE_AGAIN_MS = 60000;

export class CalibrationFlow {
  #game;
  #views;
  #notice;
  #result;
  #validation;
  #geometry;
  #sendGeometry;
  #options;
  #calibrated = false;
  /** @type {import("./views.js").State} where the game was begun, and where its end leads when nothing came of it */
  #from = "positioning";
  #staleSince = 0;
  #staleToldAt = -Infinity;

  /**
   * @param {{mount: HTMLElement, connection: import("../core/connection.js").Connection,
   *   geometry: import("../core/geometry.js").ScreenGeometry, views: import("./views.js").Views,
   *   notice: import("./notices.js").Notice, result: import("../ui/result-card.js").ResultCard,
   *   validation: import("../ui/validation-card.js").ValidationCard, options: import("./game-options.js").GameOptions,
   *   sendGeometry: () => void, signal: AbortSignal}} options
   */
  constructor({ mount, connection, geometry, views, notice, result, validation, options, sendGeometry, signal }) {
    this.#views = views;
    this.#notice = notice;
    this.#result = result;
    this.#validation = validation;
    this.#geometry = geometry;
    this.#sendGeometry = sendGeometry;
    this.#options = options;
    this.#game = new CalibrationGame({ mount, connection, geometry, announce: views.announce });
    this.#game.addEventListener(
      "phase",
      (event) => {
        if (this.#game.running) views.show(/** @type {CustomEvent} */ (event).detail === "busy" ? "fitting" : "calibrating");
      },
      { signal },
    );
    document.addEventListener(
      "fullscreenchange",
      () => {
        // Esc leaves full screen without a key event; in the game it means stop.
        if (!document.fullscreenElement && views.state === "calibrating") this.#game.cancel();
      },
      { signal },
    );
  }

  destroy() {
    this.#game.destroy();
  }

  get calibrated() {
    return this.#calibrated;
  }

  /** @param {boolean} yes there is a calibration in force, to which the set-up leads back */
  set #inForce(yes) {
    this.#calibrated = yes;
    document.body.toggleAttribute("data-calibrated", yes);
  }

  get running() {
    return this.#game.running;
  }

  cancel() {
    this.#game.cancel();
  }

  async calibrate() {
    await this.#play(() => this.#game.calibrate(this.#options.choice), (end) => this.#showReport(end.report, end.lagMs));
  }

  /** @param {{check?: boolean}} [options] */
  async validate({ check = false } = {}) {
    await this.#play(() => this.#game.validate({ check }), (end) => {
      const { brightness = null, shift = null } = end;
      this.#validation.show(end.result, this.#geometry.layout, { brightness, shift, check });
      this.#views.show("validation");
      const px = end.result.accuracy?.px;
      this.#views.announce(px === undefined ? "Not measured at every dot." : `Off by ${Math.round(px)} pixels on average.`);
    });
  }

  async drift() {
    await this.#play(() => this.#game.drift(), (end) => {
      this.#views.show("tracking");
      const { dx, dy } = end.offsetPx;
      const act = () => this.#game.undoDrift();
      this.#notice.show(`Put right: the gaze was ${Math.round(Math.hypot(dx, dy))} px off.`, { words: "Undo", act });
    });
  }

  /** A calibration of another day is in force: three dots tell whether it still fits. @param {any} report */
  async checkLoaded(report) {
    this.#showReport(report, undefined, true);
    await this.validate({ check: true });
  }

  /** The server has another session, which knows nothing of the calibration. */
  forget() {
    this.#inForce = false;
    this.#from = "positioning";
    if (["result", "validation", "tracking"].includes(this.#views.state)) this.#views.show("positioning");
  }

  /** @param {any} report @param {number | null} [lagMs] how far the eyes were behind a moving dot @param {boolean} [loaded] */
  #showReport(report, lagMs, loaded = false) {
    this.#inForce = true;
    this.#result.show(report, this.#geometry.layout, { lagMs, loaded });
    this.#views.show("result");
    this.#views.announce(`Calibrated. Off by about ${Math.round(report.median_error_px)} pixels.`);
  }

  /** Says once in a while that the head has left the place of the calibration. @param {string} status */
  onStatus(status) {
    if (status === "eyes_closed") return; // a blink: the head is where it was
    const now = performance.now();
    if (status !== "stale_calibration") this.#staleSince = 0;
    else if (this.#staleSince === 0) this.#staleSince = now;
    else if (now - this.#staleSince > STALE_MS && now - this.#staleToldAt > STALE_AGAIN_MS) {
      this.#staleToldAt = now;
      this.#notice.show("You have moved since the calibration. Sit as before, take “One dot” (D), or recalibrate (R).");
    }
  }

  /**
   * @param {() => Promise<import("../calibration/game.js").Outcome>} play
   * @param {(end: import("../calibration/game.js").Outcome) => void} done
   */
  async #play(play, done) {
    if (!this.#game.running) this.#from = this.#views.state;
    this.#notice.hide();
    this.#views.show("calibrating");
    const wasFull = document.fullscreenElement !== null;
    const leave = () => void (wasFull || leaveFullScreen()); // who had full screen before keeps it
    await enterFullScreen();
    this.#sendGeometry();
    this.#game.sound = this.#options.sound;
    const end = await play();
    if (end.outcome === "done") {
      leave();
      done(end);
      return;
    }
    if (this.#game.running) return; // another one has begun in its place
    leave();
    this.#views.show(this.#from);
    if (end.outcome === "failed") this.#notice.show(end.reason ?? "That did not work.");
  }
}
