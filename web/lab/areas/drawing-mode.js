/**
 * With a tool, a drag makes a rectangle or an ellipse; presses make the corners of a polygon, and a press on its first corner, a
 * double press or Enter closes it. With the keyboard, the arrow keys move a crosshair and Enter sets a corner.
 *
 * @typedef {import("./shapes.js").Shape} Shape
 * @typedef {import("./shapes.js").Point} Point
 * @typedef {import("./shapes.js").Size} Size
 * @typedef {import("./drawing.js").Kind} Kind
 */
import { AREAS } from "../texts.js";
import { closed, drawingOf, usual, withCorner } from "./drawing.js";
import { sketchOf } from "./editor-shapes.js";
import { stepOf } from "./keys.js";

export class DrawingMode {
  #sketch;
  #made;
  #leave;
  #say;
  /** @type {import("./drawing.js").Drawing | null} */
  #drawing = null;
  /** @type {Size} */
  #size = { width: 1, height: 1 };
  /** @type {Point} */
  #at = { x: 0, y: 0 };
  /** @type {Point} */
  #pressedAt = { x: 0, y: 0 };
  #usesKeys = false;

  /**
   * @param {{sketch: Element, made: (shape: Shape) => void, leave: () => void, say: (text: string) => void}} options
   *   sketch: shows the shape so far; leave: the tool is put away
   */
  constructor({ sketch, made, leave, say }) {
    this.#sketch = sketch;
    this.#made = made;
    this.#leave = leave;
    this.#say = say;
  }

  get on() {
    return this.#drawing !== null;
  }

  /** @param {Kind | null} kind null: put the tool away @param {Size} size of the stimulus @param {boolean} byKey */
  use(kind, size, byKey) {
    this.#drawing = kind && drawingOf(kind);
    this.#size = size;
    this.#usesKeys = byKey;
    this.#at = { x: size.width / 2, y: size.height / 2 };
    this.#show();
  }

  /** @param {Point} point */
  press(point) {
    if (!this.#drawing) return;
    this.#pressedAt = this.#at = point;
    this.#usesKeys = false;
    if (this.#drawing.kind === "polygon") this.#corner(point);
    else this.#drawing = { kind: this.#drawing.kind, corners: [point] };
    this.#show();
  }

  /** @param {Point} point */
  move(point) {
    if (this.#usesKeys) return;
    this.#at = point;
    this.#show();
  }

  /** @param {Point} point */
  release(point) {
    if (!this.#drawing || this.#drawing.kind === "polygon" || !this.#drawing.corners.length) return;
    const { kind } = this.#drawing;
    const { done } = withCorner(this.#drawing, point, this.#size);
    // A press alone makes a shape as well: a person may not know that one drags.
    this.#made(done ?? usual(kind, this.#pressedAt, this.#size));
  }

  close() {
    const shape = this.#drawing && closed(this.#drawing, this.#size);
    if (shape) this.#made(shape);
  }

  /** @param {KeyboardEvent} event @returns {(() => void) | null} what the key does */
  key(event) {
    const { key } = event;
    const step = stepOf(event, this.#size);
    if (step) return () => this.#moveCrosshair(step);
    if (key === "Enter" || key === " ") return () => (this.#usesKeys ? this.#corner(this.#at) : this.close());
    return key === "Escape" ? this.#leave : null;
  }

  /** @param {Point} step */
  #moveCrosshair({ x, y }) {
    const { width, height } = this.#size;
    this.#usesKeys = true;
    this.#at = { x: Math.max(0, Math.min(width, this.#at.x + x)), y: Math.max(0, Math.min(height, this.#at.y + y)) };
    this.#show();
  }

  /** @param {Point} point */
  #corner(point) {
    if (!this.#drawing) return;
    const before = this.#drawing.corners.length;
    const { drawing, done } = withCorner(this.#drawing, point, this.#size);
    this.#drawing = drawing;
    if (done) {
      this.#made(done);
      return;
    }
    const { kind, corners } = drawing;
    if (corners.length > before) this.#say(AREAS.corner(corners.length, kind === "polygon" && corners.length > 2));
    this.#show();
  }

  #show() {
    this.#sketch.replaceChildren(...(this.#drawing ? sketchOf(this.#drawing, this.#at, this.#size, this.#usesKeys) : []));
  }
}
