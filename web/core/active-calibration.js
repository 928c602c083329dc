/**
 * The calibration that is active at the server, as this client knows it.
 *
 *   1. `hear` takes the server's `calibration` messages: also another program changes the calibration.
 *   2. A new session (`begin`) has none. It asks for the one of the session before: a saved one is loaded by its name, an unsaved
 *      one by the token of the session that had it. A server that was started again has no unsaved ones.
 *   3. A connection that is lost meanwhile changes nothing: the session after it asks again.
 *
 * Emits, with the detail:
 *   change   null: `report` or `savedAs` has changed
 *   renewed  Renewal: what came of the calibration of the session before
 *
 * @typedef {{had: boolean, kept: boolean, savedAs: string, reason: string}} Renewal had: there was a calibration; kept: it is
 *   active again; savedAs: its name, empty if it is lost or not saved; reason: why a saved one can't be loaded, or empty
 */
import { refusedByServer } from "./requests.js";

export class ActiveCalibration extends EventTarget {
  #ask;
  #profile;
  /** @type {any} */
  #report = null;
  #savedAs = "";
  /** @type {{user: string, again: boolean} | null} what a `loaded` answer will be for; again: after a loss */
  #loading = null;
  /** @type {{had: boolean, savedAs: string, token: string} | null} what a loss has taken, until the next session is settled */
  #lost = null;

  /**
   * @param {{ask: (message: object) => Promise<any>, profile: string}} options profile: loaded after a loss if no other name is known
   */
  constructor({ ask, profile }) {
    super();
    this.#ask = ask;
    this.#profile = profile;
  }

  /** The report of the active calibration; null without one. */
  get report() {
    return this.#report;
  }

  /** The name under which it is saved; empty if it is not saved. */
  get savedAs() {
    return this.#savedAs;
  }

  /** Whether one is being loaded again after a loss. */
  get resuming() {
    return this.#loading?.again ?? false;
  }

  /** Whether there is one, or there was one before a loss that is not settled. */
  get had() {
    return this.#report !== null || (this.#lost?.had ?? false);
  }

  /** @param {any} message of the type `calibration` */
  hear({ state, report, user }) {
    if (state === "done") this.#set(report, "");
    else if (state === "loaded") this.#set(report, this.#loading?.user ?? "");
    else if (state === "saved") this.#set(this.#report, user);
  }

  /** A session has begun. @param {string | null} before the token of the session before it; null if it is the first one */
  begin(before) {
    if (before !== null) this.#lost ??= { had: this.#report !== null, savedAs: this.#savedAs || this.#profile, token: before };
    if (this.#lost) void this.#recover(this.#lost);
  }

  /** Forgets the calibration: the next session shall have none. */
  forget() {
    this.#lost = null;
    this.#set(null, "");
  }

  /** Makes a saved one active. @param {string} user @param {boolean} [again] after a loss @returns {Promise<any>} its report */
  async load(user, again = false) {
    return (await this.#request({ type: "profile_load", user }, { user, again })).report;
  }

  /**
   * Makes that of an ended session active again.
   * @param {string} token of that session @param {string} savedAs the name under which it is saved, or "" @returns {Promise<void>}
   */
  async resume(token, savedAs) {
    await this.#request({ type: "calibration_resume", token }, { user: savedAs, again: true });
  }

  /** @param {object} message @param {{user: string, again: boolean}} loading @returns {Promise<any>} */
  async #request(message, loading) {
    this.#loading = loading;
    try {
      return await this.#ask(message);
    } finally {
      if (this.#loading === loading) this.#loading = null;
    }
  }

  /** @param {{had: boolean, savedAs: string, token: string}} lost */
  async #recover({ had, savedAs, token }) {
    this.#set(null, "");
    let reason = "";
    try {
      if (had && savedAs) await this.load(savedAs, true);
      else if (had) await this.resume(token, "");
    } catch (error) {
      if (!refusedByServer(error)) return; // the connection was lost again, or closed
      if (savedAs) reason = /** @type {Error} */ (error).message;
    }
    this.#lost = null;
    this.#emit("renewed", /** @type {Renewal} */ ({ had, kept: had && this.#report !== null, savedAs: this.#savedAs, reason }));
  }

  /** @param {any} report @param {string} savedAs */
  #set(report, savedAs) {
    if (report === this.#report && savedAs === this.#savedAs) return;
    this.#report = report;
    this.#savedAs = savedAs;
    this.#emit("change", null);
  }

  /** @param {string} type @param {unknown} detail */
  #emit(type, detail) {
    this.dispatchEvent(new CustomEvent(type, { detail }));
  }
}
