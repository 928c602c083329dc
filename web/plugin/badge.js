/** A small sign on the page while the camera is on, with a button that stops it. */
import { h } from "../ui/dom.js";

const WORDS = /** @type {Record<string, string>} */ ({
  tracking: "Eye tracking is on",
  uncalibrated: "The camera is on",
  positioning: "The camera is on",
  calibrating: "The camera is on",
  result: "Eye tracking is on",
  paused: "Eye tracking pauses",
  reconnecting: "Eye tracking: looking for the server",
});

/** What stops the gaze, and can be put right. */
const STOPPED = /** @type {Record<string, string>} */ ({
  no_face: "Eye tracking: no face in sight",
  multiple_faces: "Eye tracking waits: more than one face",
});

export class Badge {
  #state = "";
  #status = "";
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
    this.#state = state;
    this.#element.dataset.state = state;
    this.#say();
  }

  /** @param {string} status of the newest gaze message */
  update(status) {
    if (this.#status === status) return;
    this.#status = status;
    this.#element.dataset.status = status;
    this.#say();
  }

  #say() {
    const stopped = this.#state === "tracking" ? STOPPED[this.#status] : undefined;
    this.#words.textContent = stopped ?? WORDS[this.#state] ?? "";
  }
}
