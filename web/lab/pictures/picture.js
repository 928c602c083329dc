/**
 * A picture as one SVG: the stimulus, a layer over it, and below it what it shows. The page shows the upper part; a saved file has
 * all of it, with the stimulus inside, so it needs no server.
 *
 * @typedef {{width: number, height: number}} Size
 * @typedef {{stops: [number, string][], from: string, to: string, words: string} | {people: readonly import("../people.js").Person[]}} Legend
 */
import { svg } from "../../ui/dom.js";
import { PICTURES } from "../texts.js";
import { wrapped } from "./caption.js";

const NEAREST_WIDTH = 1600;
/** Of more people, a legend says how many they are. */
export const MOST_LISTED = 12;
const FONT = 'system-ui, "Segoe UI", sans-serif';
const INK = "#15181e";
const MUTED = "#575d67";

/**
 * @param {{size: Size, address: string | null, grey: boolean, layer: SVGElement | Element}} options address: of the stimulus;
 *   null: a plain screen @returns {SVGSVGElement}
 */
export function pictureOf({ size, address, grey, layer }) {
  const { width, height } = size;
  const ground = svg("rect", { width, height, fill: "#ffffff" });
  const stimulus = address === null ? gridOf(size) : svg("image", { href: address, width, height, preserveAspectRatio: "none", class: "stimulus", ...(grey && { filter: "url(#grey)" }) });
  const matrix = svg("feColorMatrix", { type: "saturate", values: "0" });
  const filter = svg("filter", { id: "grey", x: 0, y: 0, width: 1, height: 1 }, matrix);
  const clip = svg("clipPath", { id: "stimulus" }, svg("rect", { width, height }));
  const over = svg("g", { "clip-path": "url(#stimulus)" }, layer);
  return /** @type {SVGSVGElement} */ (svg("svg", { xmlns: "http://www.w3.org/2000/svg", viewBox: `0 0 ${width} ${height}`, "font-family": FONT }, svg("defs", {}, filter, clip), ground, stimulus, over));
}

/** @param {Size} size a plain screen, with lines so that places can be compared */
function gridOf({ width, height }) {
  const lines = Array.from({ length: 9 }, (_, i) => `M${((i + 1) * width) / 10} 0v${height}M0 ${((i + 1) * height) / 10}h${width}`);
  return svg("path", { d: lines.join(""), stroke: "#e4e1da", "stroke-width": width / 1600, fill: "none" });
}

/**
 * The same picture with its legend and its caption below.
 * @param {SVGSVGElement} picture @param {Size} size @param {Legend} legend @param {readonly string[]} caption @returns {SVGSVGElement}
 */
export function withCaption(picture, size, legend, caption) {
  const unit = Math.max(size.width, size.height * 0.8) / 70;
  const measure = measureIn(unit);
  const most = size.width - 2 * unit;
  const [title, ...rest] = caption;
  const titleLines = wrapped(title, most / 1.25, measure);
  const lines = rest.flatMap((text) => wrapped(text, most, measure));
  const bottom = svg("g", { transform: `translate(${unit} ${size.height})` });
  let y = 2 * unit;
  const write = (/** @type {string} */ text, /** @type {number} */ scale, /** @type {Record<string, string | number>} */ look) => {
    const element = svg("text", { x: 0, y, "font-size": scale * unit, ...look });
    element.textContent = text;
    bottom.append(element);
    y += 1.5 * scale * unit;
  };
  for (const line of titleLines) write(line, 1.25, { fill: INK, "font-weight": 650 });
  const { element, height } = legendOf(legend, unit, most, measure);
  element.setAttribute("transform", `translate(0 ${y - 0.6 * unit})`);
  bottom.append(element);
  y += height + 0.9 * unit;
  for (const line of lines) write(line, 1, { fill: MUTED });
  const whole = size.height + y;
  const copy = /** @type {SVGSVGElement} */ (picture.cloneNode(true));
  copy.setAttribute("viewBox", `0 0 ${size.width} ${whole}`);
  copy.setAttribute("width", String(size.width));
  copy.setAttribute("height", String(whole));
  copy.insertBefore(svg("rect", { y: size.height, width: size.width, height: y, fill: "#ffffff" }), copy.querySelector("defs")?.nextSibling ?? null);
  copy.append(bottom);
  return copy;
}

/** @param {Legend} legend @param {number} unit @param {number} most @param {(text: string) => number} measure */
function legendOf(legend, unit, most, measure) {
  const group = svg("g", {});
  const write = (/** @type {string} */ text, /** @type {number} */ x, /** @type {number} */ y) => {
    const element = svg("text", { x, y: y + 0.85 * unit, "font-size": unit, fill: INK });
    element.textContent = text;
    group.append(element);
  };
  if ("stops" in legend) {
    const wide = Math.min(16 * unit, 0.4 * most);
    const gradient = svg("linearGradient", { id: "scale" }, ...legend.stops.map(([offset, colour]) => svg("stop", { offset, "stop-color": colour })));
    const start = measure(legend.from) + 0.6 * unit;
    write(legend.from, 0, 0);
    group.append(svg("defs", {}, gradient), svg("rect", { x: start, width: wide, height: unit, rx: 0.2 * unit, fill: "url(#scale)", stroke: "#d9d5cb", "stroke-width": unit / 16 }));
    write(legend.to, start + wide + 0.6 * unit, 0);
    const lines = wrapped(legend.words, most, measure);
    lines.forEach((line, i) => write(line, 0, 1.5 * unit * (i + 1)));
    return { element: group, height: 1.5 * unit * (lines.length + 1) };
  }
  let [x, y] = [0, 0];
  for (const person of legend.people.slice(0, MOST_LISTED)) {
    const wide = measure(person.name) + 2.6 * unit;
    if (x > 0 && x + wide > most) [x, y] = [0, y + 1.6 * unit];
    group.append(svg("circle", { cx: x + 0.5 * unit, cy: y + 0.5 * unit, r: 0.5 * unit, fill: person.colour }));
    write(person.name, x + 1.4 * unit, y);
    x += wide;
  }
  const more = legend.people.length - MOST_LISTED;
  if (more > 0) write(PICTURES.more(more), x, y);
  return { element: group, height: y + 1.5 * unit };
}

/** @param {number} unit the size of the type @returns {(text: string) => number} */
function measureIn(unit) {
  const context = /** @type {CanvasRenderingContext2D} */ (document.createElement("canvas").getContext("2d"));
  context.font = `100px ${FONT}`;
  return (text) => (context.measureText(text).width * unit) / 100;
}

/** @param {SVGSVGElement} picture @returns {Promise<Blob>} with the stimulus inside */
export async function asSvg(picture) {
  const copy = /** @type {SVGSVGElement} */ (picture.cloneNode(true));
  for (const image of copy.querySelectorAll("image")) {
    const href = image.getAttribute("href") ?? "";
    if (!href.startsWith("data:")) image.setAttribute("href", await dataOf(href));
  }
  return new Blob([new XMLSerializer().serializeToString(copy)], { type: "image/svg+xml" });
}

/** @param {SVGSVGElement} picture with width and height @returns {Promise<Blob>} */
export async function asPng(picture) {
  const [width, height] = [Number(picture.getAttribute("width")), Number(picture.getAttribute("height"))];
  const scale = Math.max(1, NEAREST_WIDTH / width);
  const address = URL.createObjectURL(await asSvg(picture));
  try {
    const image = new Image(Math.round(width * scale), Math.round(height * scale));
    image.src = address;
    await image.decode();
    const canvas = Object.assign(document.createElement("canvas"), { width: image.width, height: image.height });
    /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d")).drawImage(image, 0, 0, image.width, image.height);
    return await new Promise((resolve, reject) => canvas.toBlob((blob) => (blob ? resolve(blob) : reject(new Error("no picture"))), "image/png"));
  } finally {
    URL.revokeObjectURL(address);
  }
}

/** @param {string} address of this page @returns {Promise<string>} a data: address */
async function dataOf(address) {
  const blob = await (await fetch(address)).blob();
  return new Promise((resolve) => {
    const reader = new FileReader();
    reader.addEventListener("load", () => resolve(/** @type {string} */ (reader.result)));
    reader.readAsDataURL(blob);
  });
}
