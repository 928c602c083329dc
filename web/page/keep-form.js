/**
 * After the dots: a name, and the server keeps the calibration for next time. Nothing is kept unless the person says so
 * here, at the sight of its error. Knows under which name the calibration in force is kept, so that it can be put in force
 * again when the connection was lost.
 */
import { nameProblem } from "./profile-list.js";

const REMEMBERED = "sightline.name";
const DEFAULT_NAME = "me";
/** A load that nobody has to look at: the connection was new, the person sits where they sat. */
export const RESUME = "resume";

export class KeepForm {
  #root;
  #name;
  #words;
  #connection;
  #taken;
  #keptAs = "";
  #asked = "";
  #abort = new AbortController();

  /**
   * @param {{root: HTMLElement, connection: {send: (message: object) => unknown}, taken: () => string[]}} options
   *   taken: names that a calibration for this screen and camera is kept under
   */
  constructor({ root, connection, taken }) {
    this.#root = root;
    this.#connection = connection;
    this.#taken = taken;
    this.#name = /** @type {HTMLInputElement} */ (root.querySelector("#keep-name"));
    this.#words = /** @type {HTMLElement} */ (root.querySelector("#keep-words"));
    const { signal } = this.#abort;
    this.#name.value = recall();
    this.#name.addEventListener("input", () => this.update(), { signal });
    root.addEventListener(
      "submit",
      (event) => {
        event.preventDefault();
        this.#keep();
      },
      { signal },
    );
    this.#show();
  }

  destroy() {
    this.#abort.abort();
  }

  /** The name that the calibration in force is kept under; empty when it is not. */
  get keptAs() {
    return this.#keptAs;
  }

  /** Puts a kept calibration in force. @param {string} name @param {string} requestId */
  load(name, requestId) {
    this.#asked = name;
    this.#connection.send({ type: "profile_load", user: name, request_id: requestId });
  }

  /** @param {any} message a `calibration` message */
  onMessage(message) {
    if (message.state === "done") this.#keptAs = "";
    else if (message.state === "saved") this.#keptAs = message.user;
    else if (message.state === "loaded") this.#keptAs = this.#asked;
    else return;
    this.#show();
  }

  /** The calibration in force is gone. */
  forget() {
    this.#keptAs = "";
    this.#show();
  }

  /** A word beside the field, where one is needed. */
  update() {
    const name = this.#name.value.trim();
    const problem = this.#keptAs ? "" : nameProblem(name);
    this.#name.setAttribute("aria-invalid", String(problem !== ""));
    const replaces = !this.#keptAs && this.#taken().includes(name) ? `This replaces the one kept as ${name}.` : "";
    this.#words.textContent = problem || replaces;
    this.#words.dataset.bad = problem ? "yes" : "no";
  }

  #keep() {
    this.update();
    const name = this.#name.value.trim();
    if (nameProblem(name)) {
      this.#name.focus();
      return;
    }
    if (this.#connection.send({ type: "profile_save", user: name, request_id: "keep" }) === false) {
      this.#words.textContent = "There is no connection to the server just now.";
      return;
    }
    remember(name);
  }

  #show() {
    const kept = this.#keptAs !== "";
    this.#root.dataset.kept = kept ? "yes" : "no";
    for (const part of this.#root.querySelectorAll("[data-when]")) {
      /** @type {HTMLElement} */ (part).hidden = part.getAttribute("data-when") !== (kept ? "kept" : "open");
    }
    /** @type {HTMLElement} */ (this.#root.querySelector("#kept-as")).textContent = kept ? `Kept as ${this.#keptAs}` : "";
    this.update();
  }
}

function recall() {
  try {
    return localStorage.getItem(REMEMBERED) || DEFAULT_NAME;
  } catch {
    return DEFAULT_NAME; // storage is switched off
  }
}

/** @param {string} name */
function remember(name) {
  try {
    localStorage.setItem(REMEMBERED, name);
  } catch {
    // As above: it has to be typed again.
  }
}
