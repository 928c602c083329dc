/** The address of this session's JSON stream, with a button that copies it. */
import { isThisMachine, socketUrl } from "../core/http.js";
import { STREAM } from "./texts.js";

export class StreamLink {
  #root;
  #code;
  #button;
  #abort = new AbortController();

  /** @param {{root: HTMLElement, announce: (text: string) => void}} options */
  constructor({ root, announce }) {
    this.#root = root;
    this.#code = /** @type {HTMLElement} */ (root.querySelector("code"));
    this.#button = /** @type {HTMLButtonElement} */ (root.querySelector("button"));
    const label = /** @type {HTMLElement} */ (this.#button.querySelector("span"));
    this.#button.addEventListener(
      "click",
      async () => {
        const copied = await this.#copy();
        label.textContent = copied ? STREAM.copied : STREAM.pressCopy;
        announce(copied ? STREAM.announceCopied : STREAM.announceSelect);
        window.setTimeout(() => (label.textContent = STREAM.copy), 1600);
      },
      { signal: this.#abort.signal },
    );
  }

  destroy() {
    this.#abort.abort();
  }

  /**
   * @param {string} session
   * @param {string} token readers need it if other machines can reach the server
   */
  show(session, token) {
    const url = socketUrl(window.location.href, "/v1/stream");
    url.searchParams.set("session", session);
    if (!isThisMachine(window.location.hostname)) url.searchParams.set("token", token);
    this.#code.textContent = url.href;
    this.#root.hidden = false;
  }

  async #copy() {
    try {
      await navigator.clipboard.writeText(this.#code.textContent ?? "");
      return true;
    } catch {
      // The page may not use the clipboard: select the text, so that the person can copy it.
      window.getSelection()?.selectAllChildren(this.#code);
      return false;
    }
  }
}
