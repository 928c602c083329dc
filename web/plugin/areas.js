/**
 * Areas of interest: their places in the viewport, sent to the server when they change.
 *
 * Elements move without an event (layout, scrolling, animation). So their boxes are measured a few times a second, and at
 * once when the page scrolls or changes its size.
 *
 * @typedef {import("../gaze.js").Area} Area
 * @typedef {import("../core/geometry.js").ScreenGeometry} ScreenGeometry
 */
import { GazeError } from "./errors.js";
import { checkName } from "./options.js";

const MEASURE_MS = 200;
/** The server's limits. */
export const MAX_AREAS = 128;
const DWELL_MS = { least: 100, most: 60_000 };
/** CSS px, larger than any screen. The server refuses five times this value. */
const MAX_PX = 20_000;

/**
 * @typedef {{id: string, find: () => DOMRect[], dwell: {dwell_ms?: number, repeat?: boolean}}} Finder
 * @param {Area} area @returns {Finder}
 */
function asFinder(area) {
  if (typeof area === "string") return finder({ selector: area });
  if (area instanceof Element) return finder({ element: area, id: area.id ? `#${area.id}` : area.localName });
  if (area && typeof area === "object") return finder(/** @type {any} */ (area));
  throw noArea(area);
}

/** @param {any} area @returns {Finder} */
function finder(area) {
  const { selector, element, id = selector, dwellMs, repeat } = area;
  if (dwellMs !== undefined && !(dwellMs >= DWELL_MS.least && dwellMs <= DWELL_MS.most)) {
    throw new GazeError("options", `dwellMs is ${DWELL_MS.least} to ${DWELL_MS.most}, got ${JSON.stringify(dwellMs)}`);
  }
  const dwell = { ...(dwellMs !== undefined && { dwell_ms: dwellMs }), ...(repeat && { repeat }) };
  if (typeof id !== "string" || !id) throw noArea(area);
  checkName(id, "the name of an area (its selector, unless it has an id)");
  if (typeof selector === "string") {
    try {
      document.querySelector(selector);
    } catch (error) {
      throw new GazeError("options", `${JSON.stringify(selector)} is no CSS selector`, { cause: error });
    }
    return { id, dwell, find: () => [...document.querySelectorAll(selector)].map(seenOf) };
  }
  if (element instanceof Element) return { id, dwell, find: () => [seenOf(element)] };
  const box = [area.x, area.y, area.width, area.height];
  if (!box.every((value) => Math.abs(value) <= MAX_PX)) throw noArea(area);
  return { id, dwell, find: () => [new DOMRect(...box)] };
}

/** The part of an element inside the viewport. Other windows or the browser's bars cover the rest. */
function seenOf(/** @type {Element} */ element) {
  const box = element.getBoundingClientRect();
  const [left, top] = [Math.max(box.left, 0), Math.max(box.top, 0)];
  return new DOMRect(left, top, Math.min(box.right, window.innerWidth) - left, Math.min(box.bottom, window.innerHeight) - top);
}

/** @param {unknown} area */
function noArea(area) {
  const forms = "a selector, an element, {selector, id}, {element, id}, or {id, x, y, width, height}";
  return new GazeError("options", `an area is ${forms}; got ${JSON.stringify(area)}`);
}

export class Areas {
  #geometry;
  #send;
  /** @type {Finder[]} */
  #finders = [];
  #sent = "[]";
  #abort = new AbortController();
  #timer = 0;

  /** @param {{geometry: ScreenGeometry, send: (message: object) => boolean}} options */
  constructor({ geometry, send }) {
    this.#geometry = geometry;
    this.#send = send;
  }

  /** @param {Area[]} areas */
  set(areas) {
    if (areas.length > MAX_AREAS) throw new GazeError("options", `at most ${MAX_AREAS} areas, got ${areas.length}`);
    this.#finders = areas.map(asFinder);
    window.clearInterval(this.#timer);
    this.#abort.abort();
    this.#abort = new AbortController();
    if (this.#finders.length) {
      const options = { signal: this.#abort.signal, passive: true, capture: true };
      for (const type of ["scroll", "resize"]) window.addEventListener(type, () => this.#measure(), options);
      this.#timer = window.setInterval(() => this.#measure(), MEASURE_MS);
    }
    this.#measure();
  }

  /** Sends the areas again: a new connection has none. */
  resend() {
    this.#sent = "[]";
    this.#measure();
  }

  destroy() {
    window.clearInterval(this.#timer);
    this.#abort.abort();
    this.#finders = [];
  }

  #measure() {
    const { scale } = this.#geometry.layout;
    const round = (/** @type {number} */ px) => Math.round(px * scale * 10) / 10;
    const areas = this.#finders.flatMap(({ id, find, dwell }) =>
      find()
        .filter((box) => box.width > 0 && box.height > 0)
        .map((box) => ({
          id,
          x_px: round(box.left),
          y_px: round(box.top),
          width_px: round(box.width),
          height_px: round(box.height),
          ...dwell,
        })),
    );
    const text = JSON.stringify(areas);
    if (text === this.#sent || !this.#send({ type: "aois", areas: areas.slice(0, MAX_AREAS) })) return;
    this.#sent = text;
  }
}
