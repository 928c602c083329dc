/**
 * Keeps the calibration while the tab is loaded again; session.js keeps it while a connection is lost. The server has it for half an hour after the session; this tab
 * remembers the session's token, and nothing else is stored. It also says how old the active calibration is.
 *
 * @typedef {{token: string, madeMs: number, savedAs: string}} Kept
 */
import { refusedByServer } from "../core/requests.js";
import { TRACKING, WELCOME } from "./texts.js";

const KEY = "sightline.calibration";
const REFRESH_MS = 30_000;

export class KeptCalibration {
  #session;
  #words;
  #note;
  /** What the tab had before it was loaded. @type {Kept | null} */
  #before = read();
  #madeMs = 0;
  /** The calibration that `#madeMs` belongs to. @type {any} */
  #report = null;
  #abort = new AbortController();
  #timer;

  /**
   * @param {{session: import("../core/session.js").ServerSession, words: HTMLElement, note: HTMLElement}} options
   *   words: for the age; note: says on the start page that there is a calibration
   */
  constructor({ session, words, note }) {
    this.#session = session;
    this.#words = words;
    this.#note = note;
    session.addEventListener("calibration", () => this.#changed(), { signal: this.#abort.signal });
    this.#timer = window.setInterval(() => this.#show(), REFRESH_MS);
    this.#show();
  }

  destroy() {
    this.#abort.abort();
    window.clearInterval(this.#timer);
  }

  /** After each `hello` of a page; the first answer settles it. @returns {Promise<"resumed" | "gone" | "none">} gone: too old, or the server was started again */
  async resume() {
    const before = this.#before;
    if (!before) return "none";
    this.#madeMs = before.madeMs;
    try {
      await this.#session.resumeCalibration(before.token, before.savedAs);
    } catch (error) {
      if (!refusedByServer(error)) return "none"; // the connection was lost: the next session asks again
      this.#before = null;
      forget();
      this.#show();
      return "gone";
    }
    this.#before = null;
    this.#show();
    return "resumed";
  }

  #changed() {
    const { report, savedAs, token } = this.#session;
    if (report === null) {
      if (!this.#before) forget();
      return;
    }
    if (report !== this.#report && !this.#session.resuming) this.#madeMs = Date.now();
    this.#report = report;
    write({ token, madeMs: this.#madeMs, savedAs });
    this.#show();
  }

  #show() {
    const minutes = (/** @type {number} */ madeMs) => (Date.now() - madeMs) / 60_000;
    this.#words.textContent = this.#session.report ? TRACKING.age(minutes(this.#madeMs)) : "";
    this.#note.textContent = this.#before ? WELCOME.kept(minutes(this.#before.madeMs)) : "";
    this.#note.hidden = this.#before === null;
  }
}

/** @returns {Kept | null} */
function read() {
  try {
    return JSON.parse(sessionStorage.getItem(KEY) ?? "null");
  } catch {
    return null; // storage is blocked
  }
}

/** @param {Kept} kept */
function write(kept) {
  try {
    sessionStorage.setItem(KEY, JSON.stringify(kept));
  } catch {
    // Storage is blocked: a calibration ends with its page.
  }
}

function forget() {
  try {
    sessionStorage.removeItem(KEY);
  } catch {
    // nothing was stored
  }
}
