/**
 * Which part of the page is there. One state at a time, in body[data-state]; the others are hidden from everybody,
 * keyboard and screen reader included.
 *
 * @typedef {"welcome" | "camera-error" | "positioning" | "calibrating" | "fitting" | "result" | "validation" | "tracking" | "recordings"} State
 */

export class Views {
  #views;
  #live;

  /** @param {{live: HTMLElement}} options an aria-live region */
  constructor({ live }) {
    this.#live = live;
    this.#views = /** @type {HTMLElement[]} */ ([...document.querySelectorAll("[data-view]")]);
  }

  /** @returns {State} */
  get state() {
    return /** @type {State} */ (document.body.dataset.state);
  }

  /** @param {State} state */
  show(state) {
    if (this.state === state) return;
    document.body.dataset.state = state;
    for (const view of this.#views) view.hidden = !(view.dataset.view ?? "").split(" ").includes(state);
    window.scrollTo(0, 0);
    const heading = this.#views.find((view) => !view.hidden)?.querySelector("[tabindex='-1']");
    if (heading instanceof HTMLElement) heading.focus({ preventScroll: true });
  }

  /** @param {string} text for screen readers */
  announce = (text) => {
    this.#live.textContent = text;
  };
}
