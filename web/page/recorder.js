/**
 * Records the session. It is off until the person switches it on, and records numbers only until they agree to pictures.
 * While it runs, a lamp in the page's head shows it and has a button that stops it.
 */
import { keepFocus } from "../ui/dom.js";
import { RECORDING } from "./texts.js";

export class Recorder {
  #session;
  #numbers;
  #frames;
  #lamp;
  #words;
  #announce;
  #notice;
  #next;
  #abort = new AbortController();
  /** @type {string | null} */
  #recording = null;
  #asked = false;
  /** Whether the recording of a session that was lost continues in the next one. */
  #continues = false;

  /**
   * @param {{root: HTMLElement, lamp: HTMLElement, session: import("../core/session.js").ServerSession,
   *   notice: import("./notices.js").Notice, announce: (text: string) => void, next: () => HTMLElement}} options
   *   next: gets the focus of the lamp's button when the lamp is gone
   */
  constructor({ root, lamp, session, notice, announce, next }) {
    this.#session = session;
    this.#notice = notice;
    this.#announce = announce;
    this.#next = next;
    this.#lamp = lamp;
    this.#words = /** @type {HTMLElement} */ (lamp.querySelector(".record-words"));
    this.#numbers = /** @type {HTMLInputElement} */ (root.querySelector("#record-numbers"));
    this.#frames = /** @type {HTMLInputElement} */ (root.querySelector("#record-frames"));
    const { signal } = this.#abort;
    // Consent is asked for at each visit: a tick that the browser restored is no consent.
    this.#numbers.checked = this.#frames.checked = false;
    this.#frames.addEventListener("change", () => this.#frames.checked && (this.#numbers.checked = true), { signal });
    this.#numbers.addEventListener("change", () => this.#numbers.checked || (this.#frames.checked = false), { signal });
    lamp.querySelector("button")?.addEventListener("click", () => this.stop(), { signal });
  }

  destroy() {
    this.#abort.abort();
  }

  get recording() {
    return this.#recording;
  }

  /** Starts before the dots, so that they are recorded. */
  startIfWanted() {
    if (!this.#numbers.checked || this.#recording || this.#asked) return;
    this.#asked = true;
    const frames = this.#frames.checked;
    this.#session.send({ type: "record_start", frames, consent: frames });
  }

  stop() {
    if (!this.#recording) return;
    this.#continues = false;
    this.#session.send({ type: "record_stop" });
    this.#numbers.checked = this.#frames.checked = false;
  }

  /** The server stops and closes the recording. The next session continues it. */
  continueLater() {
    if (this.#recording) this.#continues = true;
  }

  /** The session has ended, and its recording with it. */
  lost() {
    if (!this.#recording && !this.#asked) return;
    this.#continues = true;
    this.#show(null, false);
    this.#notice.showAfterDots(RECORDING.lost);
  }

  /** A new session records nothing yet. What was recorded before continues as a new part. */
  reset() {
    this.#show(null, false);
    if (this.#continues) this.startIfWanted();
  }

  /** @param {any} message a `record` message */
  onMessage(message) {
    if (message.state === "started") {
      this.#show(message.recording, message.frames);
      const part = this.#continues ? RECORDING.newPart : "";
      this.#continues = false;
      this.#words.textContent += part;
      this.#announce((message.frames ? RECORDING.withPictures : RECORDING.numbersOnly) + part);
      return;
    }
    this.#show(null, false);
    const why = message.reason ?? "";
    this.#notice.showAfterDots(message.state === "failed" ? RECORDING.stopped(why) : RECORDING.saved(why));
  }

  /** @param {string | null} recording @param {boolean} frames */
  #show(recording, frames) {
    this.#recording = recording;
    this.#asked = false;
    keepFocus(this.#lamp, () => (this.#lamp.hidden = recording === null), this.#next);
    this.#words.textContent = frames ? RECORDING.withPictures : RECORDING.lampNumbers;
  }
}
