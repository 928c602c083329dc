/** A small badge on the page while the camera is on, with a button that stops it. */
import { h } from "../ui/dom.js";
import { BADGE } from "./texts.js";

export class Badge {
  #state;
  #status = "";
  #words = h("span");
  #element;

  /** @param {{state: string, stop: () => void}} options with the session's present state */
  constructor({ state, stop }) {
    this.#state = state;
    this.#element = h(
      "aside",
      { className: "badge", ariaLabel: BADGE.label },
      h("span", { className: "light", ariaHidden: "true" }),
      this.#words,
      h("button", { type: "button", onclick: stop }, BADGE.stop),
    );
    this.show(state);
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

  /** @param {string} status of the newest gaze message @param {boolean} dark whether the camera's picture is */
  update(status, dark) {
    const known = dark && (status === "no_face" || status === "frozen") ? "dark" : status;
    if (this.#status === known) return;
    this.#status = known;
    this.#element.dataset.status = status;
    this.#say();
  }

  #say() {
    const interrupted = this.#state === "tracking" ? BADGE.interrupted[this.#status] : undefined;
    this.#words.textContent = interrupted ?? BADGE.states[this.#state] ?? "";
  }
}
