/**
 * The areas over the stimulus: drawn, chosen, moved and resized by pointer, touch and keyboard.
 *
 * 1. With a tool, a drag makes a rectangle or an ellipse; presses make the corners of a polygon, and a press on its first corner,
 *    a double press or Enter closes it. With the keyboard, the arrow keys move a crosshair and Enter sets a corner.
 * 2. Without a tool, a press chooses an area, a drag moves it or one of its handles. With the keyboard, the areas are in the order
 *    of Tab; the arrow keys move the one with the focus, with Shift they resize it, Delete deletes it.
 *
 * Emits `shape` {name, shape} when an area has changed, `made` {shape}, `choose` {name | null}, `remove` {name}, `copy` {name},
 * `edit` {name}, `tool` {kind | null}, `say` {text}.
 *
 * @typedef {import("./shapes.js").Shape} Shape
 * @typedef {import("./shapes.js").Point} Point
 * @typedef {import("./drawing.js").Kind} Kind
 * @typedef {{name: string, shape: Shape, colour: string}} Drawn
 */
import { svg } from "../../ui/dom.js";
import { AREAS } from "../texts.js";
import { closed, drawingOf, usual, withCorner } from "./drawing.js";
import { areaShape, reportedShape, sketchOf } from "./editor-shapes.js";
import { dragged, moved, resized } from "./shapes.js";

/** A step of the arrow keys, and a fine one with Alt, as shares of the width. */
const STEP_SHARE = 0.01;
const FINE_SHARE = 0.001;
const ARROWS = /** @type {Record<string, [number, number]>} */ ({ ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] });

export class AreaEditor extends EventTarget {
  element;
  #reported = svg("g", { class: "reported" });
  #shapes = svg("g", {});
  #sketch = svg("g", { class: "sketch", "aria-hidden": "true" });
  #size = { width: 1, height: 1 };
  #widthPx = 900;
  /** @type {readonly Drawn[]} */
  #areas = [];
  /** @type {string | null} */
  #chosen = null;
  /** @type {import("./drawing.js").Drawing | null} */
  #drawing = null;
  /** @type {Point} */
  #at = { x: 0, y: 0 };
  /** @type {((point: Point) => Shape) | null} what the pointer does to the chosen area */
  #drag = null;
  /** @type {Shape | null} */
  #dragged = null;
  #pressedAt = { x: 0, y: 0 };
  #usesKeys = false;

  /** @param {{signal: AbortSignal}} options */
  constructor({ signal }) {
    super();
    this.element = /** @type {SVGSVGElement} */ (svg("svg", { class: "area-editor", role: "group", tabindex: 0, "aria-label": AREAS.place }, this.#reported, this.#shapes, this.#sketch));
    const on = (/** @type {string} */ type, /** @type {(event: any) => void} */ act) => this.element.addEventListener(type, act, { signal });
    // `touch-action` does not reach the inside of an SVG: without this, a drag of an area would scroll the page.
    const keep = (/** @type {TouchEvent} */ event) => (this.#drawing || /** @type {Element} */ (event.target).closest(".area")) && event.preventDefault();
    this.element.addEventListener("touchstart", keep, { signal, passive: false });
    on("pointerdown", (event) => this.#press(event));
    on("pointermove", (event) => this.#move(event));
    on("pointerup", (event) => this.#release(event));
    on("pointercancel", () => this.#stop());
    on("dblclick", () => this.#drawing && this.#close());
    on("keydown", (event) => this.#key(event));
    on("focusin", (event) => this.#focused(event.target));
  }

  /**
   * @param {{size: {width: number, height: number}, areas: readonly Drawn[], reported: readonly Drawn[], chosen: string | null}} what
   *   size: of the stimulus, px
   */
  show({ size, areas, reported, chosen }) {
    const focused = document.activeElement?.closest(".area")?.getAttribute("data-name");
    this.#size = size;
    this.#areas = areas;
    this.#chosen = chosen;
    this.element.setAttribute("viewBox", `0 0 ${size.width} ${size.height}`);
    this.#scale();
    this.#reported.replaceChildren(...reported.map((area) => reportedShape(area, this.#unit)));
    this.#shapes.replaceChildren(...areas.map((area) => areaShape(area, area.name === chosen, this.#unit)));
    if (focused !== null && focused !== undefined) this.#find(focused)?.focus({ preventScroll: true });
  }

  /** @param {string} name of an area */
  focus(name) {
    this.#find(name)?.focus({ preventScroll: true });
  }

  /** Handles and names keep their size on the screen. @param {number} widthPx of the stage, CSS px */
  set shownWidthPx(widthPx) {
    this.#widthPx = widthPx;
    this.#scale();
  }

  /** px of the stimulus in a CSS px */
  get #unit() {
    return this.#size.width / this.#widthPx;
  }

  #scale() {
    this.element.style.setProperty("--unit", `${this.#unit}px`);
  }

  /** @param {Kind | null} kind null: choose and move @param {boolean} [byKey] */
  use(kind, byKey = false) {
    this.#drawing = kind && drawingOf(kind);
    this.#usesKeys = byKey;
    this.#at = { x: this.#size.width / 2, y: this.#size.height / 2 };
    this.element.classList.toggle("is-drawing", kind !== null);
    this.#sketchNow();
    if (kind && byKey) {
      this.element.focus({ preventScroll: true });
      this.#emit("say", { text: AREAS.crosshair });
    }
    this.#emit("tool", { kind });
  }

  /** @param {PointerEvent} event */
  #press(event) {
    if (event.button !== 0) return;
    const point = this.#pointOf(event);
    this.#pressedAt = point;
    this.#usesKeys = false;
    if (this.#drawing) {
      event.preventDefault();
      this.element.setPointerCapture(event.pointerId);
      this.#at = point;
      if (this.#drawing.kind === "polygon") this.#corner(point);
      else this.#drawing = { kind: this.#drawing.kind, corners: [point] };
      this.#sketchNow();
      return;
    }
    const target = /** @type {Element} */ (event.target);
    const name = target.closest(".area")?.getAttribute("data-name") ?? null;
    const area = this.#areas.find((it) => it.name === name);
    if (name !== this.#chosen) this.#emit("choose", { name });
    if (!area) return;
    event.preventDefault();
    this.element.setPointerCapture(event.pointerId);
    this.#find(area.name)?.focus({ preventScroll: true });
    const handle = target.getAttribute("data-handle");
    this.#drag = handle === null
      ? (to) => moved(area.shape, to.x - point.x, to.y - point.y, this.#size)
      : (to) => dragged(area.shape, handle, to, this.#size);
  }

  /** @param {PointerEvent} event */
  #move(event) {
    const point = this.#pointOf(event);
    if (this.#drawing) {
      if (this.#usesKeys) return;
      this.#at = point;
      this.#sketchNow();
    } else if (this.#drag) {
      this.#dragged = this.#drag(point);
      this.#redraw(this.#dragged);
    }
  }

  /** @param {PointerEvent} event */
  #release(event) {
    if (this.#drawing && this.#drawing.kind !== "polygon" && this.#drawing.corners.length) {
      const { kind } = this.#drawing;
      const point = this.#pointOf(event);
      const { done } = withCorner(this.#drawing, point, this.#size);
      // A press alone makes a shape as well: a person may not know that one drags.
      this.#finish(done ?? usual(kind, this.#pressedAt, this.#size));
    }
    if (this.#dragged && this.#chosen !== null) this.#emit("shape", { name: this.#chosen, shape: this.#dragged });
    this.#stop();
  }

  #stop() {
    this.#drag = null;
    this.#dragged = null;
  }

  /** @param {Shape} shape of the chosen area, while it is dragged */
  #redraw(shape) {
    const areas = this.#areas.map((area) => (area.name === this.#chosen ? { ...area, shape } : area));
    const group = this.#find(this.#chosen ?? "");
    const area = areas.find(({ name }) => name === this.#chosen);
    if (group && area) group.replaceChildren(...areaShape(area, true, this.#unit).childNodes);
  }

  /** @param {Point} point */
  #corner(point) {
    if (!this.#drawing) return;
    const before = this.#drawing.corners.length;
    const { drawing, done } = withCorner(this.#drawing, point, this.#size);
    this.#drawing = drawing;
    if (done) return this.#finish(done);
    if (drawing.corners.length > before) this.#emit("say", { text: AREAS.corner(drawing.corners.length, drawing.kind === "polygon" && drawing.corners.length > 2) });
    return this.#sketchNow();
  }

  #close() {
    const shape = this.#drawing && closed(this.#drawing, this.#size);
    if (shape) this.#finish(shape);
  }

  /** @param {Shape} shape */
  #finish(shape) {
    this.use(null);
    this.#emit("made", { shape });
  }

  #sketchNow() {
    this.#sketch.replaceChildren(...(this.#drawing ? sketchOf(this.#drawing, this.#at, this.#size, this.#usesKeys) : []));
  }

  /** @param {KeyboardEvent} event */
  #key(event) {
    const act = this.#drawing ? this.#drawingKey(event) : this.#areaKey(event);
    if (!act) return;
    event.preventDefault();
    event.stopPropagation();
    act();
  }

  /** @param {KeyboardEvent} event @returns {(() => void) | null} */
  #drawingKey({ key, altKey }) {
    if (key in ARROWS) {
      const [dx, dy] = this.#steps(ARROWS[key], altKey);
      const [x, y] = [this.#at.x + dx, this.#at.y + dy];
      return () => {
        this.#usesKeys = true;
        this.#at = { x: Math.max(0, Math.min(this.#size.width, x)), y: Math.max(0, Math.min(this.#size.height, y)) };
        this.#sketchNow();
      };
    }
    if (key === "Enter" || key === " ") return () => (this.#usesKeys ? this.#corner(this.#at) : this.#close());
    return key === "Escape" ? () => this.use(null) : null;
  }

  /** @param {KeyboardEvent} event @returns {(() => void) | null} */
  #areaKey({ key, shiftKey, altKey, ctrlKey, metaKey, target }) {
    const name = /** @type {Element} */ (target).closest(".area")?.getAttribute("data-name");
    const area = this.#areas.find((it) => it.name === name);
    if (!area) return null;
    if (key in ARROWS) {
      const [dx, dy] = this.#steps(ARROWS[key], altKey);
      const change = shiftKey ? resized : moved;
      return () => this.#emit("shape", { name: area.name, shape: change(area.shape, dx, dy, this.#size) });
    }
    if (key === "Delete" || key === "Backspace") return () => this.#emit("remove", { name: area.name });
    if (key === "d" && (ctrlKey || metaKey)) return () => this.#emit("copy", { name: area.name });
    return key === "Enter" || key === " " ? () => this.#emit("edit", { name: area.name }) : null;
  }

  /** @param {[number, number]} direction @param {boolean} fine */
  #steps([x, y], fine) {
    const step = (fine ? FINE_SHARE : STEP_SHARE) * this.#size.width;
    return [x * step, y * step];
  }

  /** @param {Element} target */
  #focused(target) {
    const name = target.closest(".area")?.getAttribute("data-name") ?? null;
    if (name !== null && name !== this.#chosen) this.#emit("choose", { name });
  }

  /** @param {string} name @returns {SVGElement | undefined} */
  #find(name) {
    return /** @type {SVGElement[]} */ ([...this.#shapes.children]).find((group) => group.dataset.name === name);
  }

  /** @param {PointerEvent} event @returns {Point} px of the stimulus */
  #pointOf({ clientX, clientY }) {
    const box = this.element.getBoundingClientRect();
    return { x: ((clientX - box.left) / box.width) * this.#size.width, y: ((clientY - box.top) / box.height) * this.#size.height };
  }

  /** @param {string} type @param {object} detail */
  #emit(type, detail) {
    this.dispatchEvent(new CustomEvent(type, { detail }));
  }
}
