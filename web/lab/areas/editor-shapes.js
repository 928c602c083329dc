/**
 * What the editor draws, as SVG in px of the stimulus.
 *
 * @typedef {import("./shapes.js").Shape} Shape
 * @typedef {import("./shapes.js").Point} Point
 * @typedef {{name: string, shape: Shape, colour: string}} Drawn
 * @typedef {{unit: number, height: number}} Scale unit: px of the stimulus in a CSS px; height: of the stimulus
 */
import { svg } from "../../ui/dom.js";
import { AREAS } from "../texts.js";
import { middlesOf } from "./corners.js";
import { outline, withCorner } from "./drawing.js";
import { boundsOf, handlesOf, labelPlace, pathOf } from "./shapes.js";

/** Handles of sides need this much room between them, and those of opposite corners half of it, CSS px. */
const ROOM_PX = 52;
/** The height of a line of a label, CSS px. */
const LABEL_PX = 24;

/** @param {Drawn} area @param {boolean} chosen @param {Scale} scale */
export function areaShape({ name, shape, colour }, chosen, scale) {
  return svg(
    "g",
    {
      class: `area${chosen ? " is-chosen" : ""}`, "data-name": name, tabindex: 0, role: "button", "aria-pressed": String(chosen),
      "aria-label": AREAS.describe(name, AREAS.shapes[shape.kind]),
    },
    svg("path", { d: pathOf(shape), fill: colour, stroke: colour }),
    label(name, shape, scale),
  );
}

/** Those of the chosen area. A polygon's corners can have the focus. @param {Drawn} area @param {number} unit px of the stimulus in a CSS px */
export function handlesFor({ name, shape }, unit) {
  if (shape.kind === "polygon") return [...middles(shape, unit), ...corners(name, shape)];
  const { width, height } = boundsOf(shape);
  const room = Math.min(width, height) / unit / ROOM_PX;
  const shown = handlesOf(shape).filter(({ name: handle }) => room >= 1 || (room >= 0.5 ? handle.length === 2 : handle === "se"));
  return shown.map(({ name: handle, x, y }) => svg("circle", { class: `handle handle-${handle}`, "data-handle": handle, cx: x, cy: y }));
}

/** @param {string} name @param {import("./shapes.js").Polygon} shape */
function corners(name, shape) {
  const all = handlesOf(shape);
  return all.map(({ name: handle, x, y }, i) =>
    svg("circle", { class: "handle corner", "data-handle": handle, cx: x, cy: y, tabindex: 0, role: "button", "aria-label": AREAS.cornerOf(i + 1, all.length, name) }));
}

/** @param {import("./shapes.js").Polygon} shape @param {number} unit */
function middles(shape, unit) {
  return middlesOf(shape).flatMap(({ x, y, lengthPx }, i) =>
    lengthPx / unit < ROOM_PX ? [] : [svg("circle", { class: "handle middle", "data-middle": i, cx: x, cy: y, "aria-hidden": "true" })]);
}

/** @param {Drawn} area that a page reported: it can't be changed @param {Scale} scale */
export function reportedShape({ name, shape, colour }, scale) {
  return svg("g", { "data-reported": name }, svg("path", { d: pathOf(shape), stroke: colour }), label(name, shape, scale));
}

/**
 * @param {import("./drawing.js").Drawing} drawing @param {Point} at the pointer or the crosshair
 * @param {import("./shapes.js").Size} size @param {boolean} crosshair @returns {Element[]}
 */
export function sketchOf(drawing, at, size, crosshair) {
  const points = outline(drawing, at, size);
  const ellipse = drawing.kind === "ellipse" ? withCorner(drawing, at, size).done : null;
  const d = drawing.kind === "ellipse" ? ellipse && pathOf(ellipse) : points.length && `M${points.map(({ x, y }) => `${x} ${y}`).join("L")}`;
  const corners = drawing.kind === "polygon" ? drawing.corners : [];
  return [
    ...(d ? [svg("path", { d })] : []),
    ...corners.map(({ x, y }) => svg("circle", { cx: x, cy: y, class: "handle" })),
    ...(crosshair ? [svg("path", { class: "crosshair", d: `M${at.x} 0V${size.height}M0 ${at.y}H${size.width}` })] : []),
  ];
}

/** Inside the shape; below one that is too low for it, or above that at the lower edge. @param {string} name @param {Shape} shape @param {Scale} scale */
function label(name, shape, { unit, height: whole }) {
  const { y, height } = boundsOf(shape);
  const place = labelPlace(shape);
  const beside = y + height + LABEL_PX * unit > whole ? y - 0.6 * LABEL_PX * unit : y + height + 0.6 * LABEL_PX * unit;
  const text = svg("text", { x: place.x, y: height < ROOM_PX * unit * 0.75 ? beside : place.y, class: "label" });
  text.textContent = name;
  return text;
}
