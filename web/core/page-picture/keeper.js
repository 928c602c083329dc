/**
 * Gives the picture of a page to each recording of the session, as the picture of the stimulus. It is sent some time after it has
 * changed, so that little is lost when the browser closes.
 *
 * Emits `kept`, and `failed` with the reason for people.
 */
import { listen } from "../events.js";
import { askServer } from "../http.js";

const SOON_MS = 1000;
const OFTEN_MS = 8000;

export class PictureKeeper extends EventTarget {
  #session;
  #picture;
  #server;
  #name;
  #abort = new AbortController();
  #timer = 0;
  #sentMs = -OFTEN_MS;
  /** Recordings that run. @type {Set<string>} */
  #recordings = new Set();
  #changed = false;
  #sending = Promise.resolve();

  /**
   * @param {{session: import("../session.js").ServerSession, picture: import("./picture.js").PagePicture, server: string,
   *   name: string, recording?: string}} options name: of the stimulus; recording: one that runs already
   */
  constructor({ session, picture, server, name, recording }) {
    super();
    this.#session = session;
    this.#picture = picture;
    this.#server = server;
    this.#name = name;
    if (recording) this.#recordings.add(recording);
    const { signal } = this.#abort;
    listen(picture, "change", () => this.#later(), signal);
    listen(session, "message", (message) => this.#onMessage(message), signal);
  }

  destroy() {
    this.#abort.abort();
    window.clearTimeout(this.#timer);
  }

  /** Resolves when the newest picture is sent, or could not be. */
  async sent() {
    window.clearTimeout(this.#timer);
    this.#timer = 0;
    if (this.#changed) this.#sending = this.#sending.then(() => this.#send());
    await this.#sending;
  }

  /** @param {any} message */
  #onMessage({ type, state, recording }) {
    if (type === "hello") this.#recordings.clear(); // they have ended with their session
    if (type !== "record") return;
    if (state === "started") {
      this.#recordings.add(recording);
      if (!this.#picture.empty) this.#later();
      return;
    }
    void this.sent().then(() => this.#recordings.delete(recording));
  }

  #later() {
    this.#changed = true;
    if (this.#timer || this.#recordings.size === 0) return;
    const wait = Math.max(SOON_MS, this.#sentMs + OFTEN_MS - performance.now());
    this.#timer = window.setTimeout(() => void this.sent(), wait);
  }

  async #send() {
    const { signal } = this.#abort;
    this.#changed = false;
    this.#sentMs = performance.now();
    if (this.#recordings.size === 0) return;
    try {
      const body = await this.#picture.blob();
      for (const recording of this.#recordings) {
        const path = `/v1/recordings/${recording}/stimuli/${encodeURIComponent(this.#name)}`;
        await askServer(new URL(path, this.#server).href, { token: this.#session.token, signal, method: "PUT", body });
      }
      this.dispatchEvent(new Event("kept"));
    } catch (error) {
      if (!signal.aborted) this.dispatchEvent(new CustomEvent("failed", { detail: /** @type {Error} */ (error).message }));
    }
  }
}
