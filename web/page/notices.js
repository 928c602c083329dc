/** Short texts about the current state: notices, the connection, the face while tracking. */
import { NO_SERVER } from "../core/texts.js";
import { h } from "../ui/dom.js";
import { CONNECTION, TRACKING } from "./texts.js";

const NOTICE_MS = 9000;

export class Notice {
  #element;
  #timer = 0;

  /** @param {HTMLElement} element */
  constructor(element) {
    this.#element = element;
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
    window.clearTimeout(this.#timer);
    this.#timer = window.setTimeout(() => this.hide(), NOTICE_MS);
  }

  hide() {
    this.#element.hidden = true;
  }
}

/** @param {import("../core/connection.js").ConnectionState} state @param {HTMLElement} element */
export function showConnection(state, element) {
  element.dataset.state = state.name;
  element.hidden = state.name === "open";
  element.textContent = {
    connecting: CONNECTION.connecting,
    open: "",
    waiting: CONNECTION.waiting(state.reason || NO_SERVER.silent, Math.max(1, Math.round(state.retryInMs / 1000))),
    refused: state.reason,
  }[state.name];
}

/** @param {string} status @param {HTMLElement} root @param {HTMLElement} words @param {string} [reason] of the server */
export function showFaceState(status, root, words, reason = "") {
  if (root.dataset.status === status && root.dataset.reason === reason) return;
  Object.assign(root.dataset, { status, reason });
  words.textContent = (status === "stale_calibration" && reason ? TRACKING.changed : TRACKING.face[status]) ?? status;
}
