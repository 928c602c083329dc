/**
 * Without a tool, a press chooses an area, and a drag moves it or one of its handles. A polygon has a handle at each corner, and a
 * smaller one in the middle of each side: a drag makes it a new corner. Two presses on a corner delete it.
 *
 * With the keyboard, the areas are in the order of Tab. The arrow keys move the one with the focus, with Shift they resize it, Delete
 * deletes it, and C leads to the corners of a polygon. There, the arrow keys move the corner, Delete deletes it, Insert or + adds one
 * after it, and Escape leads back.
 *
 * @typedef {import("./shapes.js").Shape} Shape
 * @typedef {import("./shapes.js").Point} Point
 * @typedef {import("./shapes.js").Size} Size
 * @typedef {import("./editor-shapes.js").Drawn} Drawn
 * @typedef {{areas: readonly Drawn[], chosen: string | null, size: Size}} Shown
 */
import { AREAS } from "../texts.js";
import { middlesOf, withCornerAt, withNewCorner, withoutCorner } from "./corners.js";
import { stepOf } from "./keys.js";
import { dragged, moved, resized } from "./shapes.js";

/** Two presses within this time are a double press, also by touch. */
const DOUBLE_MS = 400;

export class EditingMode {
  #shown;
  #emit;
  #focus;
  /** @type {((to: Point) => Shape) | null} what the pointer does to the chosen area */
  #drag = null;
  /** @type {Shape | null} */
  #dragged = null;
  #pressed = { what: "", ms: -DOUBLE_MS };

  /**
   * @param {{shown: () => Shown, emit: (type: string, detail: object) => void, focus: (name: string, handle?: string) => void}} options
   *   emit: of the editor; focus: gives it to an area or one of its handles, also one that is drawn later
   */
  constructor({ shown, emit, focus }) {
    this.#shown = shown;
    this.#emit = emit;
    this.#focus = focus;
  }

  /** @param {Element} target @param {Point} point @param {number} timeMs @returns {boolean} whether something is held now */
  press(target, point, timeMs) {
    const { chosen, size } = this.#shown();
    const [handle, middle] = [target.getAttribute("data-handle"), target.getAttribute("data-middle")];
    const name = handle ?? middle ? chosen : (target.closest(".area")?.getAttribute("data-name") ?? null);
    if (name !== chosen) this.#emit("choose", { name });
    const area = this.#area(name);
    const what = `${name} ${handle ?? ""}`;
    const twice = what === this.#pressed.what && timeMs - this.#pressed.ms < DOUBLE_MS;
    this.#pressed = { what, ms: timeMs };
    if (!area) return false;
    const { shape } = area;
    if (shape.kind === "polygon" && handle !== null && twice) {
      this.#delete(area.name, shape, Number(handle));
      return false;
    }
    this.#focus(area.name, handle ?? undefined);
    if (shape.kind === "polygon" && middle !== null) {
      this.#drag = (to) => withNewCorner(shape, Number(middle), to, size) ?? shape;
      this.#dragged = this.#drag(point); // a press alone adds the corner
    } else if (handle !== null) this.#drag = (to) => dragged(shape, handle, to, size);
    else this.#drag = (to) => moved(shape, to.x - point.x, to.y - point.y, size);
    return true;
  }

  /** @param {Point} point @returns {Shape | null} the chosen area while it is dragged */
  move(point) {
    this.#dragged = this.#drag && this.#drag(point);
    return this.#dragged;
  }

  release() {
    const { chosen } = this.#shown();
    if (this.#dragged && chosen !== null) this.#emit("shape", { name: chosen, shape: this.#dragged });
    this.stop();
  }

  stop() {
    this.#drag = null;
    this.#dragged = null;
  }

  /** @param {KeyboardEvent} event @returns {(() => void) | null} what the key does */
  key(event) {
    const target = /** @type {Element} */ (event.target);
    const handle = target.getAttribute("data-handle");
    const area = this.#area(handle === null ? (target.closest(".area")?.getAttribute("data-name") ?? null) : this.#shown().chosen);
    if (!area) return null;
    const { name, shape } = area;
    if (handle !== null) return shape.kind === "polygon" ? this.#cornerKey(event, name, shape, Number(handle)) : null;
    const { key, shiftKey, ctrlKey, metaKey } = event;
    const { size } = this.#shown();
    const step = stepOf(event, size);
    if (step) return () => this.#emit("shape", { name, shape: (shiftKey ? resized : moved)(shape, step.x, step.y, size) });
    if (key === "Delete" || key === "Backspace") return () => this.#emit("remove", { name });
    if (key === "d" && (ctrlKey || metaKey)) return () => this.#emit("copy", { name });
    if (key === "c" && !ctrlKey && !metaKey && shape.kind === "polygon") return () => this.#focus(name, "0");
    return key === "Enter" || key === " " ? () => this.#emit("edit", { name }) : null;
  }

  /** @param {KeyboardEvent} event @param {string} name @param {import("./shapes.js").Polygon} shape @param {number} index @returns {(() => void) | null} */
  #cornerKey(event, name, shape, index) {
    const { size } = this.#shown();
    const step = stepOf(event, size);
    const corner = shape.points[index];
    if (step) return () => this.#change(name, withCornerAt(shape, index, { x: corner.x + step.x, y: corner.y + step.y }, size));
    switch (event.key) {
      case "Delete":
      case "Backspace":
        return () => this.#delete(name, shape, index);
      case "Insert":
      case "+":
        return () => {
          this.#focus(name, String(index + 1));
          this.#change(name, withNewCorner(shape, index, middlesOf(shape)[index], size));
        };
      case "Escape":
        return () => this.#focus(name);
    }
    return null;
  }

  /** @param {string} name @param {import("./shapes.js").Polygon} shape @param {number} index of a corner */
  #delete(name, shape, index) {
    const without = withoutCorner(shape, index);
    if (!without) {
      this.#emit("say", { text: AREAS.lastCorners });
      return;
    }
    this.#focus(name, String(Math.min(index, without.points.length - 1)));
    this.#change(name, without);
    this.#emit("say", { text: AREAS.cornerDeleted(without.points.length) });
  }

  /** @param {string} name @param {Shape | null} shape */
  #change(name, shape) {
    if (shape) this.#emit("shape", { name, shape });
  }

  /** @param {string | null} name */
  #area(name) {
    return this.#shown().areas.find((area) => area.name === name);
  }
}
