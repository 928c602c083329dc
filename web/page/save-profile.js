/**
 * Saves the calibration under a name, for the next visit. It is saved only if the person presses the button here, where they
 * see its error.
 */
import { recall, remember } from "../core/memory.js";
import { NO_SERVER } from "../core/texts.js";
import { keepFocus } from "../ui/dom.js";
import { usable } from "../ui/grading.js";
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
  #announce;
  #part;
  #offered;
  #jumps;
  #abort = new AbortController();

  /**
   * @param {{root: HTMLElement, session: import("../core/session.js").ServerSession, announce: (text: string) => void,
   *   taken: () => string[], part: (id: string) => HTMLElement, offered: boolean}} options
   *   taken: names that a calibration for this screen and camera is saved under; offered: whether calibrations may be saved
   */
  constructor({ root, session, taken, announce, part, offered }) {
    this.#root = root;
    this.#part = part;
    this.#offered = offered;
    this.#session = session;
    this.#taken = taken;
    this.#announce = announce;
    this.#name = /** @type {HTMLInputElement} */ (root.querySelector("#keep-name"));
    this.#words = /** @type {HTMLElement} */ (root.querySelector("#keep-words"));
    this.#jumps = ["save-result", "save-validated"].map(part);
    const { signal } = this.#abort;
    for (const jump of this.#jumps) jump.addEventListener("click", () => this.#goTo(), { signal });
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

  /**
   * Shows the form in the card of a result. A calibration of no use is not offered.
   * @param {"result" | "validation"} card @param {import("../ui/grading.js").Grade | "blind"} grade
   */
  offer(card, grade) {
    this.#part(`${card}-keep`).append(this.#root);
    this.#root.hidden = !this.#offered || !usable(grade);
    this.#showJumps();
  }

  /** The form may be below the window's edge. */
  #goTo() {
    this.#name.focus({ preventScroll: true });
    this.#root.scrollIntoView({ block: "center" });
  }

  #showJumps() {
    for (const jump of this.#jumps) jump.hidden = this.#root.hidden || this.#session.savedAs !== "";
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
      this.#announce(NO_SERVER.none);
      return;
    }
    remember(REMEMBERED, name);
  }

  #show() {
    const { savedAs } = this.#session;
    const kept = savedAs !== "";
    this.#root.dataset.kept = kept ? "yes" : "no";
    const title = /** @type {HTMLElement} */ (this.#root.querySelector("#kept-as"));
    title.textContent = kept ? PROFILES.savedAs(savedAs) : "";
    const swap = () => {
      for (const part of this.#root.querySelectorAll("[data-when]")) {
        /** @type {HTMLElement} */ (part).hidden = part.getAttribute("data-when") !== (kept ? "kept" : "open");
      }
    };
    keepFocus(this.#root, swap, () => title);
    this.#showJumps();
    this.update();
  }
}
