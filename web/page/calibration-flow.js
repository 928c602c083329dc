/**
 * From a button to a result: the game, then the card with its result. Without a result, the page goes back.
 */
import { CalibrationGame } from "../calibration/game.js";
import { seesNothing } from "./notices.js";
import { RESULTS, TRACKING, VALIDATION } from "./texts.js";

/** The page reports a moved head after this time. */
const STALE_MS = 4000;
const STALE_AGAIN_MS = 60000;

export class CalibrationFlow {
  #game;
  #page;
  #notice;
  #result;
  #validation;
  #session;
  #options;
  #announce;
  #saving;
  /** Of the active calibration. @type {number | null} */
  #expectedPx = null;
  #problem = "";
  #staleSince = 0;
  #staleToldAt = -Infinity;

  /**
   * @param {{mount: HTMLElement, session: import("../core/session.js").ServerSession, page: import("./state.js").PageState,
   *   notice: import("./notices.js").Notice, announce: (text: string) => void, result: import("../ui/result-card.js").ResultCard,
   *   validation: import("../ui/validation-card.js").ValidationCard, options: import("./game-options.js").GameOptions,
   *   saving: import("./save-profile.js").SaveProfile, signal: AbortSignal}} options
   */
  constructor({ mount, session, page, notice, announce, result, validation, options, saving, signal }) {
    this.#page = page;
    this.#notice = notice;
    this.#announce = announce;
    this.#result = result;
    this.#validation = validation;
    this.#session = session;
    this.#options = options;
    this.#saving = saving;
    this.#game = new CalibrationGame({ mount, session, announce });
    this.#game.addEventListener(
      "phase",
      (event) => {
        const busy = /** @type {CustomEvent} */ (event).detail === "busy";
        if (this.#game.running) page.on(busy ? "game waits for the fit" : "game shows dots");
      },
      { signal },
    );
  }

  destroy() {
    this.#game.destroy();
  }

  get running() {
    return this.#game.running;
  }

  cancel() {
    this.#game.cancel();
  }

  /** @param {Parameters<CalibrationGame["calibrate"]>[0]} [choice] of dots; that of the page's options unless given */
  async calibrate(choice = this.#options.choice) {
    await this.#play(() => this.#game.calibrate(choice), (end) => {
      this.#showReport(end.report, { lagMs: end.lagMs, glare: end.glare });
      this.#page.on("calibrated");
    });
  }

  /** @param {{check?: boolean}} [options] */
  async validate({ check = false } = {}) {
    await this.#play(() => this.#game.validate({ check }), (end) => {
      const { brightness = null, glare, shift = null } = end;
      const more = { brightness, glare, expectedPx: check ? null : this.#expectedPx, shift, check };
      this.#validation.show(end.result, this.#session.layout, more);
      this.#saving.offer("validation", shift?.grade ?? end.result.grade);
      this.#page.on("validated");
      const px = shift?.remaining_px ?? end.result.error?.px;
      this.#announce(px === undefined ? VALIDATION.incomplete : VALIDATION.validated(px));
    });
  }

  async drift() {
    await this.#play(() => this.#game.drift(), (end) => {
      this.#page.on("drift corrected");
      const { dx, dy } = end.offsetPx;
      const act = () => this.#game.undoDrift();
      this.#notice.show(TRACKING.driftCorrected(Math.hypot(dx, dy)), { words: TRACKING.undo, act });
    });
  }

  /**
   * A saved calibration is active now. Three or nine dots make a new one that learns from its sessions; without sessions,
   * three dots show whether the old one still fits.
   * @param {any} report @param {{user: string, way: string, learns: boolean}} use
   */
  async useLoaded(report, { user, way, learns }) {
    this.#showReport(report, { loaded: true });
    if (!this.#page.on("profile loaded") || way === "none") return;
    if (way === "nine") await this.calibrate({ pattern: "9", user });
    else if (learns) await this.calibrate({ pattern: "3", user });
    else await this.validate({ check: true });
  }

  /** @param {any} report @param {{lagMs?: number | null, glare?: number, loaded?: boolean}} more lagMs: how far the eyes were behind a moving dot */
  #showReport(report, more) {
    this.#expectedPx = report.summary.error_px;
    this.#result.show(report, this.#session.layout, more);
    this.#saving.offer("result", report.summary.grade);
    this.#announce(RESULTS.calibrated(report.summary.error_px));
  }

  /** Reports a camera that stands still or is dark, and at intervals that the head has moved since the calibration. @param {any} gaze */
  onGaze({ status, reason }) {
    const problem = seesNothing(status, this.#session.feed.picture.dark) ? "dark" : status;
    if (problem !== this.#problem && problem === "dark") this.#notice.show(TRACKING.darkAdvice);
    if (problem !== this.#problem && problem === "frozen") this.#notice.show(TRACKING.frozen);
    this.#problem = problem;
    if (status === "eyes_closed") return; // a blink: the head has not moved
    const now = performance.now();
    if (status !== "stale_calibration") this.#staleSince = 0;
    else if (this.#staleSince === 0) this.#staleSince = now;
    else if (now - this.#staleSince > STALE_MS && now - this.#staleToldAt > STALE_AGAIN_MS) {
      this.#staleToldAt = now;
      this.#notice.show(reason ? TRACKING.recalibrateBecause(reason) : TRACKING.moved);
    }
  }

  /**
   * @param {() => Promise<import("../calibration/game.js").Outcome>} play
   * @param {(end: import("../calibration/game.js").Outcome) => void} done
   */
  async #play(play, done) {
    if (!this.#page.on("game started")) return;
    this.#notice.hide();
    this.#game.sound = this.#options.sound;
    const end = await play();
    if (end.outcome === "done") done(end);
    else if (this.#page.on("game stopped") && end.outcome === "failed") this.#notice.show(end.reason ?? RESULTS.gameFailed);
    this.#notice.endDots();
  }
}
