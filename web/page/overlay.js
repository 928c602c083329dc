/**
 * The gaze dot with its ring of expected error. For a gaze outside the page, the dot is dimmed and drawn at the page's edge.
 */
import { screenToViewport } from "../core/geometry.js";

const MARGIN_PX = 10;
const SMALLEST_RING_PX = 14;

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
      // Without a valid point, no dot is shown.
      this.hide();
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
    this.#error.textContent = typeof gaze.error_px === "number" ? gaze.error_px.toFixed(0) : "–";
    const radius = typeof gaze.error_px === "number" ? gaze.error_px / layout.scale : 0;
    this.#ring.style.setProperty("--radius", `${Math.max(SMALLEST_RING_PX, radius).toFixed(0)}px`);
    this.#dot.hidden = false;
  }

  hide() {
    this.#dot.hidden = true;
    delete this.#dot.dataset.x;
    delete this.#dot.dataset.y;
  }

  /** Removes the point and its error. */
  forget() {
    this.hide();
    this.#error.textContent = "–";
  }
}
