/**
 * Saves the calibration under a name, for the next visit. It is saved only if the person presses the button here, where they
 * see its error.
 */
import { recall, remember } from "../core/memory.js";
import { NO_SERVER } from "../core/texts.js";
import { nameProblem } from "./profile-list.js";
import { PROFILES } from "./texts.js";

const REMEMBERED = "sightline.name";
const DEFAULT_NAME = "me";

export class SaveProfile {
  #root;
  #name;
  #words;
  #session;
  #taken;
  #abort = new AbortController();

  /**
   * @param {{root: HTMLElement, session: import("../core/session.js").ServerSession, taken: () => string[]}} options
   *   taken: names that a calibration for this screen and camera is saved under
   */
  constructor({ root, session, taken }) {
    this.#root = root;
    this.#session = session;
    this.#taken = taken;
    this.#name = /** @type {HTMLInputElement} */ (root.querySelector("#keep-name"));
    this.#words = /** @type {HTMLElement} */ (root.querySelector("#keep-words"));
    const { signal } = this.#abort;
    this.#name.value = recall(REMEMBERED) || DEFAULT_NAME;
    this.#name.addEventListener("input", () => this.update(), { signal });
    root.addEventListener(
      "submit",
      (event) => {
        event.preventDefault();
        this.#save();
      },
      { signal },
    );
    session.addEventListener("calibration", () => this.#show(), { signal });
    this.#show();
  }

  destroy() {
    this.#abort.abort();
  }

  /** Shows a text below the field if the name needs one. */
  update() {
    const name = this.#name.value.trim().normalize("NFC");
    const { savedAs } = this.#session;
    const problem = savedAs ? "" : nameProblem(name);
    this.#name.setAttribute("aria-invalid", String(problem !== ""));
    const replaces = !savedAs && this.#taken().includes(name) ? PROFILES.replaces(name) : "";
    this.#words.textContent = problem || replaces;
    this.#words.dataset.bad = problem ? "yes" : "no";
  }

  #save() {
    this.update();
    const name = this.#name.value.trim().normalize("NFC");
    if (nameProblem(name)) {
      this.#name.focus();
      return;
    }
    if (!this.#session.send({ type: "profile_save", user: name })) {
      this.#words.textContent = NO_SERVER.none;
      return;
    }
    remember(REMEMBERED, name);
  }

  #show() {
    const { savedAs } = this.#session;
    const kept = savedAs !== "";
    this.#root.dataset.kept = kept ? "yes" : "no";
    for (const part of this.#root.querySelectorAll("[data-when]")) {
      /** @type {HTMLElement} */ (part).hidden = part.getAttribute("data-when") !== (kept ? "kept" : "open");
    }
    /** @type {HTMLElement} */ (this.#root.querySelector("#kept-as")).textContent = kept ? PROFILES.savedAs(savedAs) : "";
    this.update();
  }
}
