/** Short texts about the current state: notices, the connection, the face while tracking. */
import { NO_SERVER } from "../core/texts.js";
import { h, keepFocus } from "../ui/dom.js";
import { CONNECTION, TRACKING } from "./texts.js";

const NOTICE_MS = 9000;

export class Notice {
  #element;
  #announce;
  #next;
  #timer = 0;

  /**
   * @param {{element: HTMLElement, announce: (text: string) => void, next: () => HTMLElement}} options
   *   next: gets the focus of the notice's button when the notice ends
   */
  constructor({ element, announce, next }) {
    this.#element = element;
    this.#announce = announce;
    this.#next = next;
  }

  /** @param {string} text @param {{words: string, act: () => void}} [way] out of it, as a button */
  show(text, way) {
    this.#element.textContent = text;
    if (way) {
      const onclick = () => {
        this.hide();
        way.act();
      };
      this.#element.append(" ", h("button", { type: "button", onclick }, way.words));
    }
    this.#element.hidden = false;
    this.#announce(text);
    this.#hideLater();
  }

  hide() {
    keepFocus(this.#element, () => (this.#element.hidden = true), this.#next);
  }

  /** Not while the person is about to press its button. */
  #hideLater() {
    window.clearTimeout(this.#timer);
    const over = () => (this.#element.matches(":hover, :focus-within") ? this.#hideLater() : this.hide());
    this.#timer = window.setTimeout(over, NOTICE_MS);
  }
}

/** The state of the connection, unless it is open. */
export class ConnectionNote {
  #element;
  #announce;
  #lost = false;

  /** @param {{element: HTMLElement, announce: (text: string) => void}} options */
  constructor({ element, announce }) {
    this.#element = element;
    this.#announce = announce;
  }

  /** @param {import("../core/connection.js").ConnectionState} state */
  show({ name, reason, retryInMs }) {
    const why = reason || NO_SERVER.silent;
    this.#element.dataset.state = name;
    this.#element.hidden = name === "open";
    this.#element.textContent = {
      connecting: CONNECTION.connecting,
      open: "",
      waiting: CONNECTION.waiting(why, Math.max(1, Math.round(retryInMs / 1000))),
      refused: reason,
    }[name];
    // Without the seconds, which change with each try.
    if (name === "waiting" || name === "refused") this.#announce(why);
    else if (name === "open" && this.#lost) this.#announce(CONNECTION.again);
    if (name !== "connecting") this.#lost = name !== "open";
  }
}

/**
 * @param {string} status
 * @param {{root: HTMLElement, words: HTMLElement, announce: (text: string) => void}} face @param {string} [reason] of the server
 */
export function showFaceState(status, { root, words, announce }, reason = "") {
  if (root.dataset.status === status && root.dataset.reason === reason) return;
  Object.assign(root.dataset, { status, reason });
  words.textContent = (status === "stale_calibration" && reason ? TRACKING.changed : TRACKING.face[status]) ?? status;
  announce(words.textContent);
}
