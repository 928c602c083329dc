/**
 * The view that is shown: one at a time, in body[data-state]. In index.html, `data-view` names the views of each part. Each view
 * gets the focus at its heading, so that screen readers begin there.
 *
 * @typedef {"loading" | "consent" | "camera-error" | "positioning" | "calibrating" | "ready" | "running" | "paused" | "thanks"
 *   | "stopped" | "problem"} View
 */
export class Views {
  /** @returns {View} */
  get now() {
    return /** @type {View} */ (document.body.dataset.state);
  }

  /** @param {View} view */
  show(view) {
    document.body.dataset.state = view;
    for (const part of document.querySelectorAll("[data-view]")) {
      /** @type {HTMLElement} */ (part).hidden = !part.getAttribute("data-view")?.split(" ").includes(view);
    }
    this.heading.focus({ preventScroll: true });
  }

  /** That of the view, or the stage, which has none. @returns {HTMLElement} */
  get heading() {
    const shown = [...document.querySelectorAll(`[data-view~="${this.now}"]`)];
    const heading = shown.map((part) => part.querySelector("h1[tabindex]")).find((one) => one?.getClientRects().length);
    return /** @type {HTMLElement} */ (heading ?? shown.find((part) => part.hasAttribute("tabindex")) ?? document.body);
  }
}
