/** Short texts about the current state: notices, the connection, the face while tracking. */
import { fill, h, keepFocus } from "../ui/dom.js";
import { CONNECTION, TRACKING } from "./texts.js";

const NOTICE_MS = 9000;
/** A busy machine analyses nothing for some seconds; a server whose workers do not start, for ever. */
const SILENCE_MS = 12_000;

/** The server's texts are parts of sentences. @param {string} text @returns {string} with a capital letter and a full stop */
export function sentence(text) {
  const start = text.slice(0, 1).toUpperCase() + text.slice(1);
  return /[.!?]$/.test(start) ? start : `${start}.`;
}

export class Notice {
  #element;
  #announce;
  #next;
  #dots;
  #late = "";
  #timer = 0;

  /**
   * @param {{element: HTMLElement, announce: (text: string) => void, next: () => HTMLElement, dots: () => boolean}} options
   *   next: gets the focus of the notice's button when the notice ends; dots: whether the person looks at dots
   */
  constructor({ element, announce, next, dots }) {
    this.#element = element;
    this.#announce = announce;
    this.#next = next;
    this.#dots = dots;
  }

  /** A text that can wait: beside the dots it would draw the eyes. @param {string} text */
  showAfterDots(text) {
    if (this.#dots()) this.#late = text;
    else this.show(text);
  }

  /** The dots are over. */
  endDots() {
    if (this.#late) this.show(this.#late);
    this.#late = "";
  }

  /** @param {string} words of the page or the server @param {{words: string, act: () => void}} [way] out of it, as a button */
  show(words, way) {
    const text = sentence(words);
    const onclick = () => {
      this.hide();
      way?.act();
    };
    fill(this.#element, text, ...(way ? [" ", h("button", { type: "button", onclick }, way.words)] : []));
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

/** Reports a server that is connected and analyses no pictures. */
export class SilenceWatch {
  #notify;
  #timer = 0;

  /** @param {{notify: () => void}} options */
  constructor({ notify }) {
    this.#notify = notify;
  }

  /** @param {string} status of the newest gaze message; "" if the connection is lost */
  seen(status) {
    if (status === "no_frames") this.#timer ||= window.setTimeout(this.#notify, SILENCE_MS);
    else {
      window.clearTimeout(this.#timer);
      this.#timer = 0;
    }
  }
}

/** The state of the connection, unless it is open, with the control that may end it. */
export class ConnectionNote {
  #element;
  #words = h("span");
  #button;
  #announce;
  #next;
  #refused = false;
  #lost = false;

  /**
   * @param {{element: HTMLElement, retry: () => void, announce: (text: string) => void, next: () => HTMLElement}} options
   *   retry: tries again at once; next: gets the focus of the note's button when the note ends
   */
  constructor({ element, retry, announce, next }) {
    const act = () => (this.#refused ? window.location.reload() : retry());
    this.#element = element;
    this.#button = h("button", { type: "button", onclick: act });
    element.append(this.#words, " ", this.#button);
    this.#announce = announce;
    this.#next = next;
  }

  /** @param {import("../core/connection.js").ConnectionState} state */
  show({ name, reason, retryInMs }) {
    const why = reason || CONNECTION.silent;
    this.#refused = name === "refused";
    this.#element.dataset.state = name;
    this.#words.textContent = {
      connecting: CONNECTION.connecting,
      open: "",
      waiting: CONNECTION.waiting(why, Math.max(1, Math.round(retryInMs / 1000))),
      refused: reason,
    }[name];
    this.#button.textContent = this.#refused ? CONNECTION.reload : CONNECTION.tryNow;
    // It stays during a try, so that it keeps the focus.
    this.#button.hidden = name === "connecting" && !this.#lost;
    keepFocus(this.#element, () => (this.#element.hidden = name === "open"), this.#next);
    // Without the seconds, which change with each try.
    if (name === "waiting" || name === "refused") this.#announce(why);
    else if (name === "open" && this.#lost) this.#announce(CONNECTION.again);
    if (name !== "connecting") this.#lost = name !== "open";
  }
}

/** Whether the reason for no face is a dark picture, which often stands still as well. @param {string} status @param {boolean} dark */
export function seesNothing(status, dark) {
  return dark && (status === "no_face" || status === "frozen");
}

/**
 * @param {string} status
 * @param {{root: HTMLElement, words: HTMLElement, announce: (text: string) => void}} face
 * @param {{reason?: string, dark?: boolean, doubt?: string}} [more] reason: of the server; dark: the camera's picture; doubt: the
 *   cause of a larger error, see ui/steady-doubt.js
 */
export function showFaceState(status, { root, words, announce }, { reason = "", dark = false, doubt = "" } = {}) {
  const doubtful = doubt !== "" && (status === "ok" || status === "stale_calibration");
  root.dataset.status = status;
  root.toggleAttribute("data-doubt", doubtful);
  const text = faceWords(status, { reason, dark, doubt: doubtful ? doubt : "" });
  if (words.textContent === text) return;
  words.textContent = text;
  announce(doubtful ? TRACKING.doubts[doubt] : text);
}

/** @param {string} status @param {{reason: string, dark: boolean, doubt: string}} more see `showFaceState` @returns {string} a few words */
export function faceWords(status, { reason, dark, doubt }) {
  if (seesNothing(status, dark)) return TRACKING.dark;
  if (doubt) return doubt === "eyes" ? TRACKING.unlikeEyes : TRACKING.face.stale_calibration;
  if (status === "stale_calibration" && reason) return TRACKING.changed;
  return TRACKING.face[status] ?? status;
}
