/**
 * The demo: a rendered person instead of the camera, and the page's texts for it. The person looks at the calibration dot,
 * or else at the pointer, or else at things on the page, one after the other.
 *
 * @typedef {import("../core/geometry.js").Point} Point
 */
import { screenToViewport, viewportToScreen } from "../core/geometry.js";
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

  /**
   * Chooses a thing on the page: the point inside it that has a picture and is nearest to the thing's focus. Things without
   * such a point are left out, so that the picture shows the eyes at the right place.
   */
  #nextGlance() {
    const layout = this.#layout();
    const known = (this.#source?.knownPoints ?? []).map((point) => ({ point, at: screenToViewport(point, layout) }));
    const glances = [...document.querySelectorAll("[data-glance]")].flatMap((thing) => {
      const box = thing.getBoundingClientRect();
      const inside = known.filter(
        ({ at }) => at.x > box.left && at.x < box.right && at.y > box.top && at.y < Math.min(box.bottom, window.innerHeight),
      );
      const [x, y] = (thing.getAttribute("data-focus") ?? "0.3 0.5").split(" ").map(Number);
      const focus = { x: box.left + x * box.width, y: box.top + y * box.height };
      const far = (/** @type {{at: Point}} */ { at }) => Math.hypot(at.x - focus.x, at.y - focus.y);
      const nearest = inside.sort((a, b) => far(a) - far(b))[0];
      // A thing with a higher data-glance is chosen more often.
      return nearest ? Array(Number(thing.getAttribute("data-glance")) || 1).fill(nearest.point) : [];
    });
    const any = () => ({ x: 0.2 + 0.6 * Math.random(), y: 0.2 + 0.6 * Math.random() });
    return glances[Math.floor(Math.random() * glances.length)] ?? any();
  }

  #label() {
    this.#part("demo-badge").hidden = false;
    // The calibration of the demo person is of no use to a real person.
    this.#part("profiles").hidden = true;
    this.#part("start").lastChild?.replaceWith(DEMO.start);
    this.#part("example-link").setAttribute("href", "example/?demo");
    this.#part("keyboard-link").setAttribute("href", "example/?demo#keyboard");
    for (const id of ["demo-link", "problem-demo"]) {
      this.#part(id).replaceChildren(DEMO.ownCamera);
      this.#part(id).setAttribute("href", "./");
    }
  }
}
