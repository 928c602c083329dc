/**
 * The gaze dot with its ring of expected error, which words replace if it is too large. For a gaze outside the page, the dot is dimmed and drawn at the page's edge.
 */
import { screenToViewport } from "../core/geometry.js";
import { TRACKING } from "./texts.js";

const MARGIN_PX = 10;
const SMALLEST_RING_PX = 14;
/** Of the screen's diagonal. A calibration that is just usable has rings of this size; a larger one would only cover the page. */
const LARGEST_RING_SHARE = 0.13;

export class GazeOverlay {
  #dot;
  #ring;
  #error;
  #geometry;

  /** @param {{dot: HTMLElement, error: HTMLElement, geometry: import("../core/geometry.js").ScreenGeometry}} options */
  constructor({ dot, error, geometry }) {
    this.#dot = dot;
    this.#error = error;
    this.#ring = /** @type {HTMLElement} */ (dot.querySelector(".ring"));
    this.#geometry = geometry;
  }

  /** @param {any} gaze a gaze message */
  update(gaze) {
    this.#dot.dataset.status = gaze.status;
    if (!gaze.valid) {
      // Without a valid point, no dot is shown. The error stays during a blink, so that the figure does not flicker.
      if (gaze.status === "eyes_closed") this.hide();
      else this.forget();
      return;
    }
    const layout = this.#geometry.layout;
    const point = screenToViewport({ x: gaze.x, y: gaze.y }, layout);
    const x = Math.max(MARGIN_PX, Math.min(window.innerWidth - MARGIN_PX, point.x));
    const y = Math.max(MARGIN_PX, Math.min(window.innerHeight - MARGIN_PX, point.y));
    const away = Math.hypot(point.x - x, point.y - y) > 1;
    this.#dot.dataset.x = String(gaze.x);
    this.#dot.dataset.y = String(gaze.y);
    this.#dot.dataset.seq = String(gaze.seq);
    this.#dot.classList.toggle("is-away", away);
    this.#dot.style.transform = `translate(${x.toFixed(1)}px, ${y.toFixed(1)}px)`;
    this.#showError(gaze.error_px, layout);
    this.#dot.hidden = false;
  }

  /** @param {number | null} px @param {import("../core/geometry.js").ScreenLayout} layout */
  #showError(px, layout) {
    const coarse = px !== null && px > LARGEST_RING_SHARE * Math.hypot(layout.width, layout.height);
    this.#dot.toggleAttribute("data-coarse", coarse);
    this.#error.toggleAttribute("data-words", coarse);
    this.#error.textContent = coarse ? TRACKING.tooInaccurate : px === null ? "–" : px.toFixed(0);
    this.#ring.style.setProperty("--radius", `${Math.max(SMALLEST_RING_PX, (px ?? 0) / layout.scale).toFixed(0)}px`);
  }

  hide() {
    this.#dot.hidden = true;
    delete this.#dot.dataset.x;
    delete this.#dot.dataset.y;
  }

  /** Removes the point and its error. */
  forget() {
    this.hide();
    this.#error.removeAttribute("data-words");
    this.#error.textContent = "–";
  }
}
