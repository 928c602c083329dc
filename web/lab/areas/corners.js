/**
 * The corners of a polygon: moved, added, deleted. Pure. A change that leaves no polygon with a surface returns null.
 *
 * @typedef {import("./shapes.js").Polygon} Polygon
 * @typedef {import("./shapes.js").Point} Point
 * @typedef {import("./shapes.js").Size} Size
 */
import { MOST_CORNERS } from "./areas-file.js";
import { LEAST_PX, placed, surfaceOf, tenth } from "./shapes.js";

const LEAST_CORNERS = 3;

/** @param {Polygon} polygon @param {number} index @param {Point} to @param {Size} size @returns {Polygon | null} */
export function withCornerAt({ points }, index, to, size) {
  return checked(points.map((point, i) => (i === index ? onTenths(placed(to, size)) : point)));
}

/** @param {Polygon} polygon @param {number} after the corner before the new one @param {Point} at @param {Size} size @returns {Polygon | null} */
export function withNewCorner({ points }, after, at, size) {
  if (points.length >= MOST_CORNERS) return null;
  return checked([...points.slice(0, after + 1), onTenths(placed(at, size)), ...points.slice(after + 1)]);
}

/** @param {Polygon} polygon @param {number} index @returns {Polygon | null} */
export function withoutCorner({ points }, index) {
  return points.length <= LEAST_CORNERS ? null : checked(points.filter((_, i) => i !== index));
}

/** @param {Polygon} polygon @returns {(Point & {lengthPx: number})[]} the middle of each side, from each corner to the next */
export function middlesOf({ points }) {
  return points.map((a, i) => {
    const b = points[(i + 1) % points.length];
    return { x: (a.x + b.x) / 2, y: (a.y + b.y) / 2, lengthPx: Math.hypot(b.x - a.x, b.y - a.y) };
  });
}

/** @param {Point} point */
const onTenths = ({ x, y }) => ({ x: tenth(x), y: tenth(y) });

/** @param {readonly Point[]} points @returns {Polygon | null} */
function checked(points) {
  const polygon = /** @type {Polygon} */ ({ kind: "polygon", points });
  return surfaceOf(polygon) >= LEAST_PX ** 2 ? polygon : null;
}
