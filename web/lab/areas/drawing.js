/**
 * A shape while it is drawn: with the pointer, or corner by corner with a crosshair that the arrow keys move. Pure.
 *
 * @typedef {import("./shapes.js").Point} Point
 * @typedef {import("./shapes.js").Shape} Shape
 * @typedef {import("./shapes.js").Size} Size
 * @typedef {Shape["kind"]} Kind
 * @typedef {{kind: Kind, corners: readonly Point[]}} Drawing
 */
import { between, distance, placed, polygonOf } from "./shapes.js";

/** A press without a drag makes a shape of this share of the shorter side. */
const USUAL_SHARE = 0.2;
/** A press this near to the first corner closes a polygon, as a share of the width. */
const NEAR_SHARE = 0.02;

/** @param {Kind} kind @returns {Drawing} */
export const drawingOf = (kind) => ({ kind, corners: [] });

/**
 * @param {Drawing} drawing @param {Point} point @param {Size} size
 * @returns {{drawing: Drawing, done: Shape | null}} done: the shape, when this corner was its last
 */
export function withCorner(drawing, point, size) {
  const { kind, corners } = drawing;
  const corner = placed(point, size);
  if (kind === "polygon") {
    const closes = corners.some((other) => distance(other, corner) <= NEAR_SHARE * size.width);
    if (!closes) return { drawing: { kind, corners: [...corners, corner] }, done: null };
    const done = polygonOf(corners, size);
    return { drawing: done ? drawingOf(kind) : drawing, done };
  }
  if (!corners.length) return { drawing: { kind, corners: [corner] }, done: null };
  const done = between(kind, corners[0], corner, size);
  return { drawing: done ? drawingOf(kind) : drawing, done };
}

/** @param {Drawing} drawing @param {Size} size @returns {Shape | null} closes a polygon */
export function closed({ kind, corners }, size) {
  return kind === "polygon" ? polygonOf(corners, size) : null;
}

/** @param {Drawing} drawing @param {Point} point of the pointer or the crosshair @param {Size} size @returns {readonly Point[]} the outline so far */
export function outline({ kind, corners }, point, size) {
  const at = placed(point, size);
  if (!corners.length) return [];
  if (kind === "polygon") return [...corners, at];
  const [{ x, y }] = corners;
  return [{ x, y }, { x: at.x, y }, at, { x, y: at.y }, { x, y }];
}

/** @param {Kind} kind @param {Point} middle @param {Size} size @returns {Shape} of a usual size, inside the stimulus */
export function usual(kind, middle, size) {
  const side = USUAL_SHARE * Math.min(size.width, size.height);
  const x = Math.max(0, Math.min(size.width - side, middle.x - side / 2));
  const y = Math.max(0, Math.min(size.height - side, middle.y - side / 2));
  return /** @type {Shape} */ (between(kind === "polygon" ? "rectangle" : kind, { x, y }, { x: x + side, y: y + side }, size));
}
