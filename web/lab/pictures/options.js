/**
 * The form beside a picture. Emits `change` {asks}: asks is true when the server must compute again, false when the same answer
 * is only drawn in another way.
 *
 * @typedef {import("./caption.js").Kind} Kind
 */
import { clock } from "../describe.js";

/** Later than any recording ends. */
const END_MS = 1e9;

export class PictureOptions extends EventTarget {
  #form;

  /** @param {{form: HTMLFormElement, signal: AbortSignal}} options */
  constructor({ form, signal }) {
    super();
    this.#form = form;
    form.addEventListener("submit", (event) => event.preventDefault(), { signal });
    const changed = (/** @type {Event} */ event) => {
      this.#show();
      const { asks } = /** @type {HTMLInputElement} */ (event.target).dataset;
      this.dispatchEvent(new CustomEvent("change", { detail: { asks: asks !== undefined } }));
    };
    form.addEventListener("input", changed, { signal });
    this.#show();
  }

  get kind() {
    return /** @type {Kind} */ (/** @type {RadioNodeList} */ (this.#form.elements.namedItem("kind")).value);
  }

  /** Of the blur, in widths of the stimulus; null: of each person's own accuracy. */
  get radius() {
    return this.checked("ownRadius") ? null : this.number("radius") / 100;
  }

  /** @returns {[number, number] | null} null: the whole of what was shown */
  get spanMs() {
    const [from, to] = [this.text("from"), this.text("to")];
    return from === "" && to === "" ? null : [1000 * Number(from), to === "" ? END_MS : 1000 * Number(to)];
  }

  get isSpanInOrder() {
    const span = this.spanMs;
    return span === null || (span[0] >= 0 && span[0] < span[1]);
  }

  set hasAreas(/** @type {boolean} */ hasAreas) {
    /** @type {HTMLElement} */ (this.#field("areas").closest("label")).hidden = !hasAreas;
  }

  resetSpan() {
    for (const name of ["from", "to"]) this.#field(name).value = "";
  }

  set longestMs(/** @type {number} */ longestMs) {
    this.#field("to").placeholder = clock(longestMs);
  }

  /** @param {string} name */
  text(name) {
    return this.#field(name).value;
  }

  /** @param {string} name */
  number(name) {
    return Number(this.#field(name).value);
  }

  /** @param {string} name */
  checked(name) {
    return this.#field(name).checked;
  }

  /** The values beside the sliders, and which controls belong to the kind. */
  #show() {
    this.#form.dataset.kind = this.kind;
    this.#field("radius").disabled = this.checked("ownRadius");
    for (const value of this.#form.querySelectorAll("[data-of]")) {
      value.textContent = `${this.text(/** @type {HTMLElement} */ (value).dataset.of ?? "")} %`;
    }
  }

  /** @param {string} name */
  #field(name) {
    return /** @type {HTMLInputElement} */ (this.#form.elements.namedItem(name));
  }
}
