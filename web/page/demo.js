/**
 * The demo: a rendered person instead of the camera, and the page's texts for it. The person looks at the calibration dot,
 * or else at the pointer, or else at things on the page, one after the other.
 *
 * @typedef {import("../core/geometry.js").Point} Point
 */
import { viewportToScreen } from "../core/geometry.js";
import { DemoSource } from "../core/sources/demo.js";
import { DEMO } from "./texts.js";

/** After this time without movement, the person no longer looks at the pointer. */
const POINTER_HOLDS_MS = 2500;
const GLANCE_MIN_MS = 500;
const GLANCE_SPREAD_MS = 1100;

export class Demo {
  #part;
  #layout;
  /** @type {DemoSource | null} */
  #source = null;
  #abort = new AbortController();
  #pointer = { x: 0, y: 0, at: -Infinity };
  /** @type {{point: Point, until: number}} */
  #glance = { point: { x: 0.5, y: 0.5 }, until: 0 };

  /** @param {{part: (id: string) => HTMLElement, layout: () => import("../core/geometry.js").ScreenLayout}} options */
  constructor({ part, layout }) {
    this.#part = part;
    this.#layout = layout;
    document.addEventListener(
      "pointermove",
      (event) => {
        this.#pointer = { x: event.clientX, y: event.clientY, at: performance.now() };
      },
      { signal: this.#abort.signal, passive: true },
    );
    this.#label();
  }

  makeSource = () => {
    this.#source = new DemoSource({ folder: "demo/person", lookAt: (now) => this.#lookAt(now) });
    return this.#source;
  };

  destroy() {
    this.#abort.abort();
  }

  /** @param {number} nowMs @returns {Point} 0..1 of the screen */
  #lookAt(nowMs) {
    const target = document.querySelector("#target");
    if (target instanceof HTMLElement && !target.hidden && target.dataset.x) {
      return { x: Number(target.dataset.x), y: Number(target.dataset.y) };
    }
    if (nowMs - this.#pointer.at < POINTER_HOLDS_MS) return viewportToScreen(this.#pointer, this.#layout());
    if (document.body.dataset.state !== "tracking") return { x: 0.5, y: 0.45 };
    if (nowMs >= this.#glance.until) {
      this.#glance = { point: this.#nextGlance(), until: nowMs + GLANCE_MIN_MS + GLANCE_SPREAD_MS * Math.random() };
    }
    return this.#glance.point;
  }

  /** Chooses a thing on the page. A thing with a higher data-glance is chosen more often. @returns {Point} its focus */
  #nextGlance() {
    const glances = [...document.querySelectorAll("[data-glance]")].flatMap((thing) => {
      const box = thing.getBoundingClientRect();
      const [x, y] = (thing.getAttribute("data-focus") ?? "0.3 0.5").split(" ").map(Number);
      const focus = { x: box.left + x * box.width, y: box.top + y * box.height };
      if (focus.y < 0 || focus.y > window.innerHeight) return [];
      return Array(Number(thing.getAttribute("data-glance")) || 1).fill(focus);
    });
    const focus = glances[Math.floor(Math.random() * glances.length)];
    return focus ? viewportToScreen(focus, this.#layout()) : { x: 0.5, y: 0.45 };
  }

  #label() {
    this.#part("demo-badge").hidden = false;
    // The calibration of the demo person is of no use to a real person.
    this.#part("profiles").hidden = true;
    this.#part("start").lastChild?.replaceWith(DEMO.start);
    this.#part("example-link").setAttribute("href", "example/?demo");
    this.#part("study-link").setAttribute("href", "study/?demo");
    this.#part("keyboard-link").setAttribute("href", "example/?demo#keyboard");
    for (const id of ["demo-link", "problem-demo"]) {
      this.#part(id).replaceChildren(DEMO.ownCamera);
      this.#part(id).setAttribute("href", "./");
    }
  }
}
