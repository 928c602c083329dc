/**
 * The token with which the lab reads recordings of a server that other machines can reach. It comes with the address, as
 * `#token=` or `?token=`, or is typed in, and is kept until the tab is closed.
 */
import { fill, h } from "../ui/dom.js";
import { TOKEN } from "./texts.js";

const KEY = "sightline.lab.token";

export class LabToken {
  /** Takes the token out of the address, so that a copied address does not have it. */
  constructor() {
    const url = new URL(window.location.href);
    const inHash = new URLSearchParams(url.hash.replace(/^#/, ""));
    const token = inHash.get("token") || url.searchParams.get("token");
    if (!token) return;
    this.value = token;
    inHash.delete("token");
    url.searchParams.delete("token");
    url.hash = inHash.toString();
    window.history.replaceState(null, "", url);
  }

  get value() {
    return window.sessionStorage.getItem(KEY) ?? "";
  }

  set value(token) {
    window.sessionStorage.setItem(KEY, token);
  }
}

/** Asks for the token, in place of what the server does not give. */
export class TokenForm {
  #part;
  #token;
  #announce;

  /** @param {{part: (id: string) => HTMLElement, token: LabToken, opened: () => void, announce: (text: string) => void, signal: AbortSignal}} options */
  constructor({ part, token, opened, announce, signal }) {
    this.#part = part;
    this.#token = token;
    this.#announce = announce;
    part("token-command").replaceChildren(h("code", {}, TOKEN.command(window.location.origin)));
    part("token-form").addEventListener("submit", (event) => {
      event.preventDefault();
      token.value = this.#field.value.trim();
      opened();
    }, { signal });
  }

  get #field() {
    return /** @type {HTMLInputElement} */ (this.#part("token"));
  }

  show() {
    const wrong = this.#token.value !== "";
    this.#part("token-form").hidden = false;
    fill(this.#part("token-wrong"), wrong ? TOKEN.wrong : "");
    this.#field.setAttribute("aria-invalid", String(wrong));
    this.#announce(wrong ? TOKEN.wrong : TOKEN.title);
    this.#field.focus();
  }

  hide() {
    this.#part("token-form").hidden = true;
    this.#field.value = "";
  }
}
