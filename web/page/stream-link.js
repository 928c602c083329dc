/** The address of this session's JSON stream, with buttons that copy it with and without the session's token. */
import { isThisMachine, socketUrl } from "../core/http.js";
import { STREAM } from "./texts.js";

const COPIED_MS = 1600;

export class StreamLink {
  #root;
  #code;
  #withToken;
  #announce;
  #addresses = { shown: "", withToken: "" };
  #abort = new AbortController();

  /** @param {{root: HTMLElement, announce: (text: string) => void}} options */
  constructor({ root, announce }) {
    this.#root = root;
    this.#announce = announce;
    this.#code = /** @type {HTMLElement} */ (root.querySelector("code"));
    const [plain, withToken] = /** @type {HTMLButtonElement[]} */ ([...root.querySelectorAll("button")]);
    this.#withToken = withToken;
    const { signal } = this.#abort;
    plain.addEventListener("click", () => void this.#copy(this.#addresses.shown, plain, STREAM.copy), { signal });
    const copyAll = () => void this.#copy(this.#addresses.withToken, withToken, STREAM.copyToken);
    withToken.addEventListener("click", copyAll, { signal });
  }

  destroy() {
    this.#abort.abort();
  }

  /**
   * @param {string} session
   * @param {string} token readers need it if other machines can reach the server, and every program that sends requests
   */
  show(session, token) {
    const url = socketUrl(window.location.href, "/v1/stream");
    url.searchParams.set("session", session);
    const plain = url.href;
    url.searchParams.set("token", token);
    const local = isThisMachine(window.location.hostname);
    this.#addresses = { shown: local ? plain : url.href, withToken: url.href };
    this.#withToken.hidden = !local; // the address that is shown has it
    this.#code.textContent = this.#addresses.shown;
    this.#root.hidden = false;
  }

  /** @param {string} address @param {HTMLButtonElement} button @param {string} words its label */
  async #copy(address, button, words) {
    const label = /** @type {HTMLElement} */ (button.querySelector("span"));
    const copied = await this.#write(address);
    label.textContent = copied ? STREAM.copied : STREAM.pressCopy;
    this.#announce(copied ? STREAM.announceCopied : STREAM.announceSelect);
    window.setTimeout(() => (label.textContent = words), COPIED_MS);
  }

  /** @param {string} address */
  async #write(address) {
    try {
      await navigator.clipboard.writeText(address);
      return true;
    } catch {
      // The page may not use the clipboard: select the text, so that the person can copy it.
      this.#code.textContent = address;
      window.getSelection()?.selectAllChildren(this.#code);
      return false;
    }
  }
}
