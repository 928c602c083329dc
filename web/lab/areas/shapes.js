/**
 * The shapes of areas of interest: rectangles, ellipses and polygons on a stimulus. Pure. Lengths are px of the stimulus.
 *
 * @typedef {{x: number, y: number}} Point
 * @typedef {{x: number, y: number, width: number, height: number}} Box
 * @typedef {{kind: "rectangle" | "ellipse"} & Box} Boxed
 * @typedef {{kind: "polygon", points: readonly Point[]}} Polygon
 * @typedef {Boxed | Polygon} Shape
 * @typedef {{width: number, height: number}} Size
 * @typedef {{name: string} & Point} Handle
 */

/** The smallest side; a smaller one can't be taken hold of again. */
export const LEAST_PX = 4;

/** @param {Shape} shape @returns {Box} */
export function boundsOf(shape) {
  if (shape.kind !== "polygon") return { x: shape.x, y: shape.y, width: shape.width, height: shape.height };
  const [xs, ys] = [shape.points.map(({ x }) => x), shape.points.map(({ y }) => y)];
  const [x, y] = [Math.min(...xs), Math.min(...ys)];
  return { x, y, width: Math.max(...xs) - x, height: Math.max(...ys) - y };
}

/** @param {Shape} shape @param {Point} point @returns {boolean} */
export function contains(shape, { x, y }) {
  if (shape.kind === "polygon") return insidePolygon(shape.points, x, y);
  const [across, down] = [(x - shape.x) / shape.width, (y - shape.y) / shape.height];
  if (shape.kind === "rectangle") return across >= 0 && across <= 1 && down >= 0 && down <= 1;
  return Math.hypot(2 * across - 1, 2 * down - 1) <= 1;
}

/** By the number of sides that a ray to the right crosses. @param {readonly Point[]} points @param {number} x @param {number} y */
function insidePolygon(points, x, y) {
  let inside = false;
  points.forEach((a, i) => {
    const b = points[(i + 1) % points.length];
    if (a.y > y !== b.y > y && x < a.x + ((y - a.y) * (b.x - a.x)) / (b.y - a.y)) inside = !inside;
  });
  return inside;
}

/** @param {Shape} shape @returns {number} px² */
export function surfaceOf(shape) {
  if (shape.kind === "rectangle") return shape.width * shape.height;
  if (shape.kind === "ellipse") return (Math.PI / 4) * shape.width * shape.height;
  const { points } = /** @type {Polygon} */ (shape);
  const twice = points.reduce((sum, a, i) => {
    const b = points[(i + 1) % points.length];
    return sum + a.x * b.y - b.x * a.y;
  }, 0);
  return Math.abs(twice) / 2;
}

/** @param {Shape} shape @param {number} dx @param {number} dy @param {Size} size of the stimulus, which it does not leave @returns {Shape} */
export function moved(shape, dx, dy, size) {
  const box = boundsOf(shape);
  const x = clamped(box.x + dx, 0, size.width - box.width);
  const y = clamped(box.y + dy, 0, size.height - box.height);
  return fitted(shape, { ...box, x, y });
}

/** @param {Shape} shape @param {Box} box @returns {Shape} the same shape with these bounds */
export function fitted(shape, box) {
  if (shape.kind !== "polygon") return { kind: shape.kind, ...rounded(box) };
  const from = boundsOf(shape);
  const along = (/** @type {number} */ value, /** @type {number} */ start, /** @type {number} */ length, /** @type {number} */ to, /** @type {number} */ long) =>
    length > 0 ? to + ((value - start) / length) * long : to;
  const points = shape.points.map(({ x, y }) => ({
    x: tenth(along(x, from.x, from.width, box.x, box.width)),
    y: tenth(along(y, from.y, from.height, box.y, box.height)),
  }));
  return { kind: "polygon", points };
}

/**
 * Grows or shrinks at the right and the lower edge.
 * @param {Shape} shape @param {number} dx @param {number} dy @param {Size} size @returns {Shape}
 */
export function resized(shape, dx, dy, size) {
  const box = boundsOf(shape);
  const width = clamped(box.width + dx, LEAST_PX, size.width - box.x);
  const height = clamped(box.height + dy, LEAST_PX, size.height - box.y);
  return fitted(shape, { ...box, width, height });
}

/** @param {"rectangle" | "ellipse"} kind @param {Point} a @param {Point} b opposite corners @param {Size} size @returns {Boxed | null} null if it is too small */
export function between(kind, a, b, size) {
  const [p, q] = [placed(a, size), placed(b, size)];
  const box = { x: Math.min(p.x, q.x), y: Math.min(p.y, q.y), width: Math.abs(p.x - q.x), height: Math.abs(p.y - q.y) };
  return box.width < LEAST_PX || box.height < LEAST_PX ? null : { kind, ...rounded(box) };
}

/** @param {readonly Point[]} points @param {Size} size @returns {Polygon | null} null without a surface */
export function polygonOf(points, size) {
  const corners = points.map((point) => placed(point, size)).map(({ x, y }) => ({ x: tenth(x), y: tenth(y) }));
  const different = corners.filter((point, i) => i === 0 || distance(point, corners[i - 1]) > 0);
  const polygon = /** @type {Polygon} */ ({ kind: "polygon", points: different });
  return different.length >= 3 && surfaceOf(polygon) >= LEAST_PX ** 2 ? polygon : null;
}

/** Names as on a compass: the side or corner that the handle moves. */
const COMPASS = /** @type {[string, number, number][]} */ ([
  ["nw", 0, 0], ["n", 0.5, 0], ["ne", 1, 0], ["e", 1, 0.5], ["se", 1, 1], ["s", 0.5, 1], ["sw", 0, 1], ["w", 0, 0.5],
]);

/** @param {Shape} shape @returns {Handle[]} a polygon has one at each corner */
export function handlesOf(shape) {
  if (shape.kind === "polygon") return shape.points.map((point, i) => ({ name: String(i), ...point }));
  return COMPASS.map(([name, across, down]) => ({ name, x: shape.x + across * shape.width, y: shape.y + down * shape.height }));
}

/** @param {Shape} shape @param {string} handle @param {Point} to @param {Size} size @returns {Shape} */
export function dragged(shape, handle, to, size) {
  const { x, y } = placed(to, size);
  if (shape.kind === "polygon") {
    const points = shape.points.map((point, i) => (String(i) === handle ? { x: tenth(x), y: tenth(y) } : point));
    return surfaceOf({ kind: "polygon", points }) < LEAST_PX ** 2 ? shape : { kind: "polygon", points };
  }
  let [left, top, right, bottom] = [shape.x, shape.y, shape.x + shape.width, shape.y + shape.height];
  if (handle.includes("w")) left = Math.min(x, right - LEAST_PX);
  if (handle.includes("e")) right = Math.max(x, left + LEAST_PX);
  if (handle.includes("n")) top = Math.min(y, bottom - LEAST_PX);
  if (handle.includes("s")) bottom = Math.max(y, top + LEAST_PX);
  return { kind: shape.kind, ...rounded({ x: left, y: top, width: right - left, height: bottom - top }) };
}

/** @param {Shape} shape @returns {string} the path `d` of an SVG */
export function pathOf(shape) {
  if (shape.kind === "polygon") return `M${shape.points.map(({ x, y }) => `${x} ${y}`).join("L")}Z`;
  const { x, y, width, height } = shape;
  if (shape.kind === "rectangle") return `M${x} ${y}h${width}v${height}h${-width}Z`;
  const [rx, ry] = [width / 2, height / 2];
  return `M${x} ${y + ry}a${rx} ${ry} 0 1 0 ${width} 0a${rx} ${ry} 0 1 0 ${-width} 0Z`;
}

/** @param {Shape} shape @returns {Point} where its name is written: inside it */
export function labelPlace(shape) {
  const { x, y, width, height } = boundsOf(shape);
  const middle = { x: x + width / 2, y: y + height / 2 };
  if (shape.kind !== "polygon" || contains(shape, middle)) return middle;
  // The middle of a bent polygon may lie outside it. The widest part of the line at its height does not.
  const crossings = shape.points
    .flatMap((a, i) => {
      const b = shape.points[(i + 1) % shape.points.length];
      return a.y > middle.y !== b.y > middle.y ? [a.x + ((middle.y - a.y) * (b.x - a.x)) / (b.y - a.y)] : [];
    })
    .sort((a, b) => a - b);
  const parts = crossings.filter((_, i) => i % 2 === 0).map((start, i) => [start, crossings[2 * i + 1]]);
  const [start, end] = parts.reduce((best, part) => (part[1] - part[0] > best[1] - best[0] ? part : best), parts[0] ?? [x, x + width]);
  return { x: (start + end) / 2, y: middle.y };
}

/** @param {Point} point @param {Size} size @returns {Point} the nearest one on the stimulus */
export function placed({ x, y }, { width, height }) {
  return { x: clamped(x, 0, width), y: clamped(y, 0, height) };
}

/** @param {Point} a @param {Point} b */
export const distance = (a, b) => Math.hypot(a.x - b.x, a.y - b.y);

const clamped = (/** @type {number} */ value, /** @type {number} */ least, /** @type {number} */ most) =>
  Math.max(least, Math.min(Math.max(least, most), value));
export const tenth = (/** @type {number} */ value) => Math.round(value * 10) / 10;
/** @param {Box} box @returns {Box} */
const rounded = ({ x, y, width, height }) => ({ x: tenth(x), y: tenth(y), width: tenth(width), height: tenth(height) });
