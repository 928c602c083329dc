/**
 * The layers of a picture as SVG, in px of the stimulus: scan paths, gaze points, and maps of the time of fixation.
 *
 * @typedef {import("../people.js").Person} Person
 * @typedef {import("../server.js").Heat} Heat
 * @typedef {{width: number, height: number}} Size
 * @typedef {{person: Person, fixations: readonly import("./scan-path.js").Fixation[]}} Path
 */
import { svg } from "../../ui/dom.js";
import { shapeOf } from "../areas/areas-file.js";
import { boundsOf, pathOf } from "../areas/shapes.js";
import { colourOfArea } from "../people.js";
import { enlarged, focusPixels, heatPixels } from "./heat.js";
import { circlesOf, linesOf, longestOf } from "./scan-path.js";

/** A coarse map is made this many times larger. */
const FINER = 4;
/** Numbers smaller than this share of the width can't be read. */
const LEAST_NUMBER_SHARE = 0.006;

/** @param {readonly Path[]} paths @param {Size} size @param {{circles: number, numbers: boolean, lines: boolean}} options */
export function pathLayer(paths, size, { circles: scale, numbers, lines }) {
  const longestMs = Math.max(0, ...paths.map(({ fixations }) => longestOf(fixations)));
  const thin = size.width / 400;
  return svg(
    "g",
    {},
    ...paths.map(({ person, fixations }) => {
      const circles = circlesOf(fixations, { ...size, size: scale, longestMs });
      const d = linesOf(circles).map(({ x1, y1, x2, y2 }) => `M${tenth(x1)} ${tenth(y1)}L${tenth(x2)} ${tenth(y2)}`).join("");
      const drawn = lines
        ? [svg("path", { d, stroke: "#fff", "stroke-width": 2.2 * thin, "stroke-opacity": 0.85 }), svg("path", { d, stroke: person.colour, "stroke-width": thin })]
        : [];
      return svg("g", { fill: "none", "stroke-linecap": "round" }, ...drawn, ...circles.map((circle) => disc(circle, person, thin, numbers && 0.9 * circle.radius > LEAST_NUMBER_SHARE * size.width)));
    }),
  );
}

/** @param {import("./scan-path.js").Circle} circle @param {Person} person @param {number} thin @param {boolean} numbered */
function disc({ x, y, radius, number }, person, thin, numbered) {
  const circle = svg("circle", { cx: tenth(x), cy: tenth(y), r: tenth(radius), fill: person.colour, "fill-opacity": 0.72, stroke: "#fff", "stroke-width": thin });
  if (!numbered) return circle;
  const text = svg("text", { x: tenth(x), y: tenth(y), fill: person.ink, stroke: "none", "font-size": tenth(0.95 * radius), "font-weight": 700, "text-anchor": "middle", "dominant-baseline": "central" });
  text.textContent = String(number);
  return svg("g", {}, circle, text);
}

/** @param {readonly {person: Person, points: readonly {x: number, y: number}[]}[]} people px @param {Size} size @param {{dots: number}} options */
export function gazeLayer(people, size, { dots }) {
  return svg(
    "g",
    { fill: "none", "stroke-linecap": "round" },
    ...people.flatMap(({ person, points }) => {
      // A line of no length with round ends is a dot; one path for all is fast.
      const d = points.map(({ x, y }) => `M${tenth(x)} ${tenth(y)}h0`).join("");
      const wide = (dots * size.width) / 130;
      return [
        svg("path", { d, stroke: "#fff", "stroke-width": tenth(1.5 * wide), "stroke-opacity": 0.35 }),
        svg("path", { d, stroke: person.colour, "stroke-width": tenth(wide), "stroke-opacity": 0.7 }),
      ];
    }),
  );
}

/** @param {Heat} heat @param {Size} size @param {{scale: string, opacity: number, endMs: number}} options */
export function heatLayer(heat, size, options) {
  const finer = enlarged(heat, FINER);
  return imageOf(heatPixels(finer, options), finer, size);
}

/** @param {Heat} heat @param {Size} size @param {{opacity: number, endMs: number}} options */
export function focusLayer(heat, size, options) {
  const finer = enlarged(heat, FINER);
  return imageOf(focusPixels(finer, options), finer, size);
}

/** @param {Uint8ClampedArray} pixels @param {Heat} map @param {Size} size */
function imageOf(pixels, { width, height }, size) {
  const canvas = Object.assign(document.createElement("canvas"), { width, height });
  /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d")).putImageData(new ImageData(/** @type {any} */ (pixels), width, height), 0, 0);
  return svg("image", { href: canvas.toDataURL(), ...size, preserveAspectRatio: "none" });
}

/** The outlines of areas of interest, with their names. @param {readonly import("../server.js").SentArea[]} areas @param {Size} size */
export function areaLayer(areas, size) {
  const thin = size.width / 400;
  const type = size.width / 55;
  const drawn = areas.map((area, i) => {
    const shape = shapeOf(area, size);
    const { x, y } = boundsOf(shape);
    const d = pathOf(shape);
    const name = svg("text", { x: tenth(Math.max(x, 0) + 0.4 * type), y: tenth(Math.max(y, 0) + 1.2 * type), "font-size": tenth(type), "font-weight": 650, fill: "#111", stroke: "#fff", "stroke-width": tenth(type / 4), "paint-order": "stroke", "stroke-linejoin": "round" });
    name.textContent = area.name;
    return svg("g", {}, svg("path", { d, stroke: "#fff", "stroke-width": 2 * thin, fill: "none" }), svg("path", { d, stroke: colourOfArea(i), "stroke-width": thin, fill: "none" }), name);
  });
  return svg("g", {}, ...drawn);
}

const tenth = (/** @type {number} */ value) => Math.round(value * 10) / 10;
