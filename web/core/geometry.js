/**
 * The place of the page on the screen.
 *
 * Gaze has 0..1 of the *screen*; the page draws in CSS px of its *viewport*. A browser does not report where its viewport
 * is on the screen, but a pointer event has both screenX and clientX:
 *
 *   screen = origin + scale * client
 *
 * One event gives the origin (at scale 1). Two events that are far enough apart give the scale as well: some browsers count
 * screen pixels without the page zoom. Before the first event, the origin is a guess from the window's own numbers. If the
 * page covers the screen, the origin is zero.
 *
 * @typedef {import("./wire.js").Rect} Rect
 * @typedef {{x: number, y: number}} Point
 * @typedef {{width: number, height: number, viewport: Rect, scale: number}} ScreenLayout
 *   width, height: the screen in its own CSS px; viewport: the page on it, same unit; scale: screen px in a page px
 */
import { coversScreen, isUnzoomed, screenCorner } from "./screen.js";

/** Two pointer events must be this far apart before their difference is trusted as a scale. */
const SCALE_BASE_PX = 120;
/** Screen positions are whole pixels, so a scale within this of 1 is 1. */
const SCALE_SNAP = 0.03;

/** @param {Point} point 0..1 of the screen @param {ScreenLayout} layout @returns {Point} CSS px of the viewport */
export function screenToViewport(point, layout) {
  return {
    x: (point.x * layout.width - layout.viewport.x) / layout.scale,
    y: (point.y * layout.height - layout.viewport.y) / layout.scale,
  };
}

/** @param {Point} point CSS px of the viewport @param {ScreenLayout} layout @returns {Point} 0..1 of the screen */
export function viewportToScreen(point, layout) {
  return {
    x: (point.x * layout.scale + layout.viewport.x) / layout.width,
    y: (point.y * layout.scale + layout.viewport.y) / layout.height,
  };
}

/**
 * @typedef {{screenX: number, screenY: number, clientX: number, clientY: number}} PointerSample
 * @param {PointerSample} first
 * @param {PointerSample} second
 * @returns {number | null} screen px in a page px, null if the two are too near to each other
 */
export function scaleFromPointers(first, second) {
  const dx = second.clientX - first.clientX;
  const dy = second.clientY - first.clientY;
  const [client, screen] =
    Math.abs(dx) >= Math.abs(dy) ? [dx, second.screenX - first.screenX] : [dy, second.screenY - first.screenY];
  if (Math.abs(client) < SCALE_BASE_PX) return null;
  const scale = screen / client;
  if (!(scale > 0.2 && scale < 6)) return null;
  return Math.abs(scale - 1) < SCALE_SNAP ? 1 : scale;
}

/** Emits `change` when the layout has changed. */
export class ScreenGeometry extends EventTarget {
  #abort = new AbortController();
  /** @type {PointerSample | null} */
  #anchor = null;
  /** @type {Point | null} offset of the viewport, known from a pointer event since the window last moved */
  #offset = null;
  #scale = 1;
  /** Whether two pointer events have given the scale since the zoom last changed. */
  #scaleMeasured = false;
  #pixelRatio = 0;
  #windowKey = "";
  #lastSent = "";
  /** @type {{widthMm: number, heightMm: number} | null} */
  #physical = null;
  /** @type {number} */
  #timer;

  constructor() {
    super();
    const options = { signal: this.#abort.signal, passive: true, capture: true };
    for (const type of ["pointermove", "pointerdown", "pointerenter"]) {
      document.addEventListener(type, (event) => this.#onPointer(/** @type {PointerEvent} */ (event)), options);
    }
    window.addEventListener("resize", () => this.#check(), options);
    document.addEventListener("fullscreenchange", () => this.#check(), options);
    // A window that is moved fires no event.
    this.#timer = window.setInterval(() => this.#check(), 500);
  }

  destroy() {
    this.#abort.abort();
    window.clearInterval(this.#timer);
  }

  /** @param {{widthMm: number, heightMm: number} | null} size the visible screen area, if the person gave it */
  setPhysicalSize(size) {
    this.#physical = size;
    this.#check();
  }

  /** Whether the page's place on the screen is known, and not a guess from the window's own numbers. */
  get exact() {
    if (this.#coversScreen()) return true;
    const pinched = Math.abs((window.visualViewport?.scale ?? 1) - 1) > 0.01;
    return this.#offset !== null && this.#knownScale() !== null && screenCorner(window.screen).known && !pinched;
  }

  /** @returns {ScreenLayout} */
  get layout() {
    const origin = screenCorner(window.screen);
    const known = this.#offset;
    const covers = this.#coversScreen();
    const scale = covers ? window.screen.width / window.innerWidth : this.#scale;
    const left = covers ? 0 : known ? known.x : window.screenX - origin.x + this.#sideBorder();
    const top = covers ? 0 : known ? known.y : window.screenY - origin.y + this.#topBars();
    return {
      width: window.screen.width,
      height: window.screen.height,
      viewport: {
        x: left,
        y: top,
        width: window.innerWidth * scale,
        height: window.innerHeight * scale,
      },
      scale,
    };
  }

  /**
   * @param {number | null} hfovDeg the camera's horizontal field of view, if known
   * @param {string} [camera] its name: saved calibrations belong to a camera
   */
  message(hfovDeg, camera = "") {
    const { width, height, viewport } = this.layout;
    const round = (/** @type {number} */ value) => Math.round(value * 10) / 10;
    return {
      type: "geometry",
      screen: {
        width_px: width,
        height_px: height,
        ...(this.#physical && { width_mm: this.#physical.widthMm, height_mm: this.#physical.heightMm }),
      },
      device_pixel_ratio: window.devicePixelRatio,
      viewport: {
        x: round(viewport.x),
        y: round(viewport.y),
        width: round(viewport.width),
        height: round(viewport.height),
      },
      ...(hfovDeg && { hfov_deg: hfovDeg }),
      ...(camera && { camera }),
    };
  }

  /** @param {PointerEvent} event */
  #onPointer(event) {
    // Scripts can create pointer events with screenX 0, so only the browser's own events count.
    if (!event.isTrusted) return;
    const sample = {
      screenX: event.screenX, screenY: event.screenY, clientX: event.clientX, clientY: event.clientY,
    };
    this.#forgetWhenMoved();
    if (!this.#anchor) this.#anchor = sample;
    const scale = scaleFromPointers(this.#anchor, sample);
    if (scale !== null) {
      this.#scale = scale;
      this.#scaleMeasured = true;
    }
    const origin = screenCorner(window.screen);
    this.#offset = {
      x: sample.screenX - sample.clientX * this.#scale - origin.x,
      y: sample.screenY - sample.clientY * this.#scale - origin.y,
    };
    this.#check();
  }

  #forgetWhenMoved() {
    const key = [
      window.screenX, window.screenY, window.outerWidth, window.outerHeight,
      window.innerWidth, window.innerHeight, window.devicePixelRatio, document.fullscreenElement !== null,
    ].join();
    if (key === this.#windowKey) return;
    this.#windowKey = key;
    this.#anchor = null;
    this.#offset = null;
    if (this.#pixelRatio === window.devicePixelRatio) return;
    this.#pixelRatio = window.devicePixelRatio; // another page zoom, or another monitor
    this.#scale = 1;
    this.#scaleMeasured = false;
  }

  /** @returns {number | null} screen px in a page px; null while it is a guess */
  #knownScale() {
    return this.#scaleMeasured ? this.#scale : isUnzoomed(/** @type {any} */ (window)) ? 1 : null;
  }

  #coversScreen() {
    const { screen, outerWidth, outerHeight, innerWidth, innerHeight } = window;
    const fullscreen = document.fullscreenElement !== null;
    return coversScreen({ fullscreen, screen, outerWidth, outerHeight, innerWidth, innerHeight }, this.#knownScale());
  }

  #check() {
    this.#forgetWhenMoved();
    const key = JSON.stringify(this.message(null));
    if (key === this.#lastSent) return;
    this.#lastSent = key;
    this.dispatchEvent(new Event("change"));
  }

  #sideBorder() {
    return Math.max(0, (window.outerWidth - window.innerWidth * this.#scale) / 2);
  }

  /** The height of the browser's bars. They are assumed to lie above the page, except a bottom border as wide as the side border. */
  #topBars() {
    return Math.max(0, window.outerHeight - window.innerHeight * this.#scale - this.#sideBorder());
  }
}
