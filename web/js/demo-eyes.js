/**
 * What the demo person looks at: the calibration dot, else the pointer, else things on the page, one after the other.
 *
 * @typedef {import("./geometry.js").Point} Point
 */
import { viewportToScreen } from "./geometry.js";

/** A pointer that rests this long no longer holds the eye. */
const POINTER_HOLDS_MS = 2500;
const GLANCE_MIN_MS = 500;
const GLANCE_SPREAD_MS = 1100;
const GLANCE_SWAY_PX = 30;

export class DemoEyes {
  #geometry;
  #abort = new AbortController();
  #pointer = { x: 0, y: 0, at: -Infinity };
  /** @type {{point: Point, until: number}} */
  #glance = { point: { x: 0.5, y: 0.5 }, until: 0 };

  /** @param {{geometry: import("./geometry.js").ScreenGeometry}} options */
  constructor({ geometry }) {
    this.#geometry = geometry;
    document.addEventListener(
      "pointermove",
      (event) => {
        this.#pointer = { x: event.clientX, y: event.clientY, at: performance.now() };
      },
      { signal: this.#abort.signal, passive: true },
    );
  }

  destroy() {
    this.#abort.abort();
  }

  /** @param {number} nowMs @returns {Point} 0..1 of the screen */
  lookAt(nowMs) {
    const target = document.querySelector("#target");
    if (target instanceof HTMLElement && !target.hidden && target.dataset.x) {
      return { x: Number(target.dataset.x), y: Number(target.dataset.y) };
    }
    if (nowMs - this.#pointer.at < POINTER_HOLDS_MS) return viewportToScreen(this.#pointer, this.#geometry.layout);
    if (document.body.dataset.state !== "tracking") return { x: 0.5, y: 0.45 };
    if (nowMs >= this.#glance.until) {
      this.#glance = { point: this.#nextGlance(), until: nowMs + GLANCE_MIN_MS + GLANCE_SPREAD_MS * Math.random() };
    }
    return this.#glance.point;
  }

  /** Pictures draw the eye more often than their captions: they are listed twice. */
  #nextGlance() {
    const things = [...document.querySelectorAll("[data-glance]")].filter((thing) => {
      const box = thing.getBoundingClientRect();
      return box.width > 0 && box.top >= 0 && box.bottom <= window.innerHeight;
    });
    const weighed = things.flatMap((thing) => Array(Number(thing.getAttribute("data-glance")) || 1).fill(thing));
    const thing = weighed[Math.floor(Math.random() * weighed.length)];
    if (!thing) return { x: 0.2 + 0.6 * Math.random(), y: 0.2 + 0.6 * Math.random() };
    const box = thing.getBoundingClientRect();
    // Pictures have something in them that the eye goes to, in shares of the picture; a line of words is read along.
    const [x, y] = (thing.getAttribute("data-focus") ?? `${0.1 + 0.5 * Math.random()} 0.5`).split(" ").map(Number);
    const sway = () => GLANCE_SWAY_PX * (Math.random() - 0.5);
    return viewportToScreen(
      { x: box.left + x * box.width + sway(), y: box.top + y * box.height + sway() },
      this.#geometry.layout,
    );
  }
}
