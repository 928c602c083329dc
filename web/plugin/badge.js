/** A small sign on the page while the camera is on, with a button that stops it. */
import { h } from "./dom.js";

const WORDS = /** @type {Record<string, string>} */ ({
  tracking: "Eye tracking is on",
  uncalibrated: "The camera is on",
  positioning: "The camera is on",
  calibrating: "The camera is on",
  result: "Eye tracking is on",
  paused: "Eye tracking pauses",
  reconnecting: "Eye tracking: looking for the server",
});

export class Badge {
  #words = h("span", {}, WORDS.uncalibrated);
  #element;

  /** @param {{stop: () => void}} options */
  constructor({ stop }) {
    this.#element = h(
      "aside",
      { className: "badge", ariaLabel: "Eye tracking" },
      h("span", { className: "light", ariaHidden: "true" }),
      this.#words,
      h("button", { type: "button", onclick: stop }, "Stop"),
    );
  }

  get element() {
    return this.#element;
  }

  /** @param {string} state */
  show(state) {
    this.#words.textContent = WORDS[state] ?? "";
    this.#element.dataset.state = state;
  }

  /** @param {string} status of the newest gaze message */
  update(status) {
    this.#element.dataset.status = status;
  }
}
