/** A small badge on the page while the camera is on, with a button that stops it. */
import { h } from "../ui/dom.js";
import { SteadyDoubt } from "../ui/steady-doubt.js";
import { BADGE } from "./texts.js";

export class Badge {
  #state;
  #status = "";
  #doubt = new SteadyDoubt();
  #shown = "";
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

  /** @param {any} gaze the newest gaze message @param {boolean} dark whether the camera's picture is */
  update(gaze, dark) {
    const { status } = gaze;
    const doubt = this.#doubt.add(gaze, performance.now());
    const known = dark && (status === "no_face" || status === "frozen") ? "dark" : status;
    if (this.#status === known && this.#shown === doubt) return;
    [this.#status, this.#shown] = [known, doubt];
    this.#element.dataset.status = status;
    this.#say();
  }

  #say() {
    const doubtful = this.#shown && (this.#shown === "eyes" ? BADGE.unlikeEyes : BADGE.moved);
    const problem = this.#state === "tracking" ? BADGE.interrupted[this.#status] || doubtful : "";
    this.#words.textContent = problem || (BADGE.states[this.#state] ?? "");
  }
}
