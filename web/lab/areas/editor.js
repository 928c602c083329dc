/**
 * The areas over the stimulus: drawn with a tool (drawing-mode.js); without one chosen, moved and changed (editing-mode.js).
 *
 * Emits `shape` {name, shape} when an area has changed, `made` {shape}, `choose` {name | null}, `remove` {name}, `copy` {name},
 * `edit` {name}, `tool` {kind | null}, `say` {text}.
 *
 * @typedef {import("./shapes.js").Shape} Shape
 * @typedef {import("./shapes.js").Point} Point
 * @typedef {import("./drawing.js").Kind} Kind
 * @typedef {import("./editor-shapes.js").Drawn} Drawn
 */
import { svg } from "../../ui/dom.js";
import { AREAS } from "../texts.js";
import { DrawingMode } from "./drawing-mode.js";
import { EditingMode } from "./editing-mode.js";
import { areaShape, handlesFor, reportedShape } from "./editor-shapes.js";

export class AreaEditor extends EventTarget {
  element;
  #reported = svg("g", { class: "reported" });
  #shapes = svg("g", {});
  /** Over all areas, so that each can be taken hold of. */
  #handles = svg("g", {});
  #sketch = svg("g", { class: "sketch", "aria-hidden": "true" });
  #size = { width: 1, height: 1 };
  #widthPx = 900;
  /** @type {readonly Drawn[]} */
  #areas = [];
  /** @type {string | null} */
  #chosen = null;
  /** @type {{name: string, handle?: string} | null} what gets the focus when it is drawn */
  #wanted = null;
  #drawing;
  #editing;

  /** @param {{signal: AbortSignal}} options */
  constructor({ signal }) {
    super();
    const parts = [this.#reported, this.#shapes, this.#handles, this.#sketch];
    this.element = /** @type {SVGSVGElement} */ (svg("svg", { class: "area-editor", role: "group", tabindex: 0, "aria-label": AREAS.place }, ...parts));
    const emit = (/** @type {string} */ type, /** @type {object} */ detail) => this.#emit(type, detail);
    const made = (/** @type {Shape} */ shape) => {
      this.use(null);
      emit("made", { shape });
    };
    this.#drawing = new DrawingMode({ sketch: this.#sketch, made, leave: () => this.use(null), say: (text) => emit("say", { text }) });
    const shown = () => ({ areas: this.#areas, chosen: this.#chosen, size: this.#size });
    this.#editing = new EditingMode({ shown, emit, focus: (name, handle) => this.focus(name, handle) });
    const on = (/** @type {string} */ type, /** @type {(event: any) => void} */ act) => this.element.addEventListener(type, act, { signal });
    // `touch-action` does not reach the inside of an SVG: without this, a drag of an area would scroll the page.
    const keep = (/** @type {TouchEvent} */ event) => (this.#drawing.on || /** @type {Element} */ (event.target).closest(".area, .handle")) && event.preventDefault();
    this.element.addEventListener("touchstart", keep, { signal, passive: false });
    on("pointerdown", (event) => this.#press(event));
    on("pointermove", (event) => this.#move(event));
    on("pointerup", (event) => this.#release(event));
    on("pointercancel", () => this.#editing.stop());
    on("dblclick", () => this.#drawing.close());
    on("keydown", (event) => this.#key(event));
    on("focusin", (event) => this.#focused(event.target));
  }

  /**
   * @param {{size: {width: number, height: number}, areas: readonly Drawn[], reported: readonly Drawn[], chosen: string | null}} what
   *   size: of the stimulus, px
   */
  show({ size, areas, reported, chosen }) {
    const focused = this.#wanted ?? this.#focus;
    this.#size = size;
    this.#areas = areas;
    this.#chosen = chosen;
    this.element.setAttribute("viewBox", `0 0 ${size.width} ${size.height}`);
    this.#scale();
    this.#reported.replaceChildren(...reported.map((area) => reportedShape(area, this.#measures)));
    this.#shapes.replaceChildren(...areas.map((area) => areaShape(area, area.name === chosen, this.#measures)));
    this.#showHandles(areas.find(({ name }) => name === chosen));
    if (focused) this.focus(focused.name, focused.handle);
  }

  /** @param {string} name of an area @param {string} [handle] one of its handles */
  focus(name, handle) {
    const element = handle === undefined || name !== this.#chosen ? null : this.#handles.querySelector(`[data-handle="${handle}"][tabindex]`);
    this.#wanted = handle !== undefined && !element ? { name, handle } : null;
    /** @type {SVGElement | undefined} */ (element ?? this.#find(name))?.focus({ preventScroll: true });
  }

  /** Handles and names keep their size on the screen. @param {number} widthPx of the stage, CSS px */
  set shownWidthPx(widthPx) {
    this.#widthPx = widthPx;
    this.#scale();
  }

  /** @param {Kind | null} kind null: choose and move @param {boolean} [byKey] */
  use(kind, byKey = false) {
    this.#drawing.use(kind, this.#size, byKey);
    this.element.classList.toggle("is-drawing", kind !== null);
    if (kind && byKey) {
      this.element.focus({ preventScroll: true });
      this.#emit("say", { text: AREAS.crosshair });
    }
    this.#emit("tool", { kind });
  }

  /** px of the stimulus in a CSS px */
  get #unit() {
    return this.#size.width / this.#widthPx;
  }

  get #measures() {
    return { unit: this.#unit, height: this.#size.height };
  }

  #scale() {
    this.element.style.setProperty("--unit", `${this.#unit}px`);
  }

  /** @param {PointerEvent} event */
  #press(event) {
    if (event.button !== 0) return;
    const point = this.#pointOf(event);
    if (this.#drawing.on) this.#drawing.press(point);
    else if (!this.#editing.press(/** @type {Element} */ (event.target), point, event.timeStamp)) return;
    event.preventDefault();
    this.element.setPointerCapture(event.pointerId);
  }

  /** @param {PointerEvent} event */
  #move(event) {
    const point = this.#pointOf(event);
    if (this.#drawing.on) {
      this.#drawing.move(point);
      return;
    }
    const shape = this.#editing.move(point);
    if (shape) this.#redraw(shape);
  }

  /** @param {PointerEvent} event */
  #release(event) {
    if (this.#drawing.on) this.#drawing.release(this.#pointOf(event));
    else this.#editing.release();
  }

  /** @param {Shape} shape of the chosen area, while it is dragged */
  #redraw(shape) {
    const [group, area] = [this.#find(this.#chosen ?? ""), this.#areas.find(({ name }) => name === this.#chosen)];
    if (!group || !area) return;
    const now = { ...area, shape };
    group.replaceChildren(...areaShape(now, true, this.#measures).childNodes);
    this.#showHandles(now);
  }

  /** @param {Drawn | undefined} area */
  #showHandles(area) {
    this.#handles.replaceChildren(...(area ? handlesFor(area, this.#unit) : []));
  }

  /** @param {KeyboardEvent} event */
  #key(event) {
    const act = this.#drawing.on ? this.#drawing.key(event) : this.#editing.key(event);
    if (!act) return;
    event.preventDefault();
    event.stopPropagation();
    act();
  }

  /** @param {Element} target */
  #focused(target) {
    const name = target.closest(".area")?.getAttribute("data-name") ?? null;
    if (name !== null && name !== this.#chosen) this.#emit("choose", { name });
  }

  /** What has the focus here. */
  get #focus() {
    const active = document.activeElement;
    const handle = active?.closest(".handle")?.getAttribute("data-handle");
    const name = typeof handle === "string" ? this.#chosen : active?.closest(".area")?.getAttribute("data-name");
    return typeof name === "string" ? { name, handle: handle ?? undefined } : null;
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
