/** Short words about what is going on: notices, the connection, the face while tracking. */
import { h } from "../ui/dom.js";

const FACE_WORDS = /** @type {Record<string, string>} */ ({
  ok: "Tracking",
  stale_calibration: "You moved: less exact",
  no_face: "No face in the picture",
  multiple_faces: "More than one face",
  eyes_closed: "Eyes closed",
  out_of_range: "Too far or too near",
  off_center: "Out of the middle",
  low_light: "Too dark",
  uncalibrated: "Not calibrated yet",
  paused: "Paused",
  offline: "No connection to the server",
  error: "A frame could not be read",
});
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
    connecting: "Connecting to the server",
    open: "",
    waiting: `${state.reason || "The server does not answer"}. Next try in ${Math.max(1, Math.round(state.retryInMs / 1000))} s`,
    refused: state.reason,
  }[state.name];
}

/** @param {string} status @param {HTMLElement} root @param {HTMLElement} words */
export function showFaceState(status, root, words) {
  if (root.dataset.status === status) return;
  root.dataset.status = status;
  words.textContent = FACE_WORDS[status] ?? status;
}
