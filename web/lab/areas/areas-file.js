/**
 * Areas as the server and the file areas.json have them, in units of the stimulus, and as they are drawn, in px. Pure.
 *
 * The file is what `sightline analyse --areas` reads; its first member has the areas of the whole screen:
 *
 *     {"areas": [], "stimuli": {"cat": {"areas": [{"name": "face", "shape": "rectangle", "points": [[0.1, 0.2], [0.4, 0.6]],
 *       "span_ms": [500, null]}]}}}
 *
 * An area with `span_ms` counts from and until then, ms from the onset of the stimulus; null: until its end.
 *
 * @typedef {import("../server.js").SentArea} SentArea
 * @typedef {import("./shapes.js").Shape} Shape
 * @typedef {import("./shapes.js").Size} Size
 * @typedef {Record<string, readonly SentArea[]>} ByStimulus
 */
import { isLabel } from "../../core/names.js";
import { AREAS, PICTURES } from "../texts.js";

/** The key of the areas of the whole screen; a stimulus has a name. */
export const SCREEN = "";
/** In the transitions it stands for no area, so no area can have this name. */
const ELSEWHERE = "elsewhere";
/** The server's limits. */
export const MOST_AREAS = 64;
export const MOST_NAME_CHARS = 64;
export const MOST_SPAN_MS = 4 * 3_600_000;
export const MOST_CORNERS = 200;
/** Of the stimulus, by which a copy is moved. */
const COPY_SHARE = 0.03;
const CORNERS = { rectangle: [2, 2], ellipse: [2, 2], polygon: [3, MOST_CORNERS] };

/** @param {SentArea} area @param {Size} size of the stimulus, px @returns {Shape} */
export function shapeOf({ shape, points }, { width, height }) {
  const placed = points.map(([x, y]) => ({ x: x * width, y: y * height }));
  if (shape === "polygon") return { kind: "polygon", points: placed };
  const [a, b] = placed;
  return { kind: shape, x: Math.min(a.x, b.x), y: Math.min(a.y, b.y), width: Math.abs(a.x - b.x), height: Math.abs(a.y - b.y) };
}

/** @param {string} name @param {Shape} shape px @param {Size} size @returns {SentArea} */
export function areaOf(name, shape, { width, height }) {
  const corners = shape.kind === "polygon" ? shape.points : [shape, { x: shape.x + shape.width, y: shape.y + shape.height }];
  const points = corners.map(({ x, y }) => /** @type {[number, number]} */ ([unit(x / width), unit(y / height)]));
  return { name, shape: shape.kind, points };
}

const unit = (/** @type {number} */ value) => Math.round(1e5 * Math.max(0, Math.min(1, value))) / 1e5;

/** @param {string} typed or pasted @returns {string} a name that the server takes: printable, with plain spaces; empty if nothing is left */
export function nameFrom(typed) {
  const printable = typed.replace(/[\s\p{Z}]+/gu, " ").replace(/(?![\u200c\u200d])\p{C}/gu, "");
  return printable.trim().slice(0, MOST_NAME_CHARS).trim();
}

/** @param {string} name wanted @param {readonly SentArea[]} areas @returns {string} the name, with a number if it is taken */
export function freeName(name, areas) {
  const taken = new Set([ELSEWHERE, ...areas.map((area) => area.name)]);
  if (!taken.has(name)) return name;
  const stem = name.replace(/ \d+$/, "").slice(0, MOST_NAME_CHARS - 4);
  let n = 2;
  while (taken.has(`${stem} ${n}`)) n += 1;
  return `${stem} ${n}`;
}

/**
 * A copy beside an area, or over it where there is no place.
 * @param {SentArea} area @param {string} name @param {readonly [number, number][]} times when a page reported it; a copy can have one
 * @returns {SentArea}
 */
export function copyOf(area, name, times) {
  const step = (/** @type {number[]} */ values) => [COPY_SHARE, -COPY_SHARE].find((by) => values.every((value) => value + by >= 0 && value + by <= 1)) ?? 0;
  const [dx, dy] = [step(area.points.map(([x]) => x)), step(area.points.map(([, y]) => y))];
  const points = area.points.map(([x, y]) => /** @type {[number, number]} */ ([unit(x + dx), unit(y + dy)]));
  const span = times.length === 1 ? /** @type {[number, number]} */ (times[0].map(Math.round)) : (area.span_ms ?? null);
  return withSpan({ name, shape: area.shape, points }, span);
}

/** @param {ByStimulus} all of a file @param {string} stimulus that is shown, or SCREEN @returns {string} for people */
export function contentsOf(all, stimulus) {
  const others = Object.keys(all).filter((name) => all[name].length && name !== stimulus);
  return AREAS.imported(all[stimulus]?.length ?? 0, others.map((name) => (name === SCREEN ? PICTURES.screen : `“${name}”`)));
}

/** @param {ByStimulus} all @returns {string} */
export function fileOf(all) {
  const named = Object.entries(all).filter(([stimulus, areas]) => stimulus !== SCREEN && areas.length);
  const stimuli = Object.fromEntries(named.map(([stimulus, areas]) => [stimulus, { areas }]));
  return `${JSON.stringify({ areas: all[SCREEN] ?? [], stimuli }, null, 1)}\n`;
}

/** Without the whole screen if the file has no areas for it. @param {string} text of a file @returns {ByStimulus} @throws {Error} with a text for people, that names the area */
export function readFile(text) {
  const content = parsed(text);
  if (!Array.isArray(content?.areas) && !isObject(content?.stimuli)) throw new Error(AREAS.file.noAreas);
  const onScreen = content.areas === undefined || content.areas?.length === 0 ? [] : [[SCREEN, content.areas]];
  const lists = [...onScreen, ...Object.entries(content.stimuli ?? {}).map(([stimulus, member]) => [stimulus, member?.areas])];
  return Object.fromEntries(lists.map(([stimulus, list]) => [stimulus, checkedList(list)]));
}

const isObject = (/** @type {unknown} */ value) => typeof value === "object" && value !== null && !Array.isArray(value);

/** @param {any} list @returns {SentArea[]} */
function checkedList(list) {
  if (!Array.isArray(list)) throw new Error(AREAS.file.noAreas);
  if (list.length > MOST_AREAS) throw new Error(AREAS.file.tooMany(MOST_AREAS));
  const areas = list.map(checked);
  const double = areas.find(({ name }, i) => areas.findIndex((other) => other.name === name) < i);
  if (double) throw new Error(AREAS.file.double(double.name));
  return areas;
}

/** @param {string} text @returns {any} */
function parsed(text) {
  try {
    return JSON.parse(text);
  } catch {
    throw new Error(AREAS.file.noJson);
  }
}

/** @param {any} area @param {number} index @returns {SentArea} */
function checked(area, index) {
  const place = index + 1;
  const name = area?.name;
  if (!isLabel(name) || !name.trim() || name.length > MOST_NAME_CHARS) throw new Error(AREAS.file.name(place, MOST_NAME_CHARS));
  if (name === ELSEWHERE) throw new Error(AREAS.file.elsewhere(name));
  const corners = CORNERS[/** @type {keyof typeof CORNERS} */ (area.shape)];
  if (!corners) throw new Error(AREAS.file.shape(name));
  const isPoint = (/** @type {any} */ point) => Array.isArray(point) && point.length === 2 && point.every((value) => typeof value === "number" && Math.abs(value) <= 10);
  const { points } = area;
  if (!Array.isArray(points) || points.length < corners[0] || points.length > corners[1] || !points.every(isPoint)) throw new Error(AREAS.file.points(name));
  if ([0, 1].some((axis) => points.every((point) => point[axis] >= 1) || points.every((point) => point[axis] <= 0))) throw new Error(AREAS.file.outside(name));
  const span = area.span_ms ?? null;
  if (span !== null && !isSpan(span)) throw new Error(AREAS.file.span(name));
  return withSpan({ name, shape: area.shape, points }, span);
}

/** @param {SentArea} area @param {[number, number | null] | null} span null: it counts always @returns {SentArea} */
export function withSpan({ name, shape, points }, span) {
  return { name, shape, points, ...(span && { span_ms: span }) };
}

/** @param {any} span */
function isSpan(span) {
  if (!Array.isArray(span) || span.length !== 2) return false;
  const [from, to] = span;
  const isTime = (/** @type {any} */ value) => typeof value === "number" && value >= 0 && value <= MOST_SPAN_MS;
  return isTime(from) && (to === null || (isTime(to) && from < to));
}

/**
 * @param {string} from @param {string} to seconds as typed, or empty
 * @returns {[number, number | null] | null | undefined} null: always; undefined: the time would end before it begins
 */
export function spanOf(from, to) {
  if (from.trim() === "" && to.trim() === "") return null;
  const ms = (/** @type {string} */ text) => Math.round(1000 * Number(text.replace(",", ".")));
  const span = /** @type {[number, number | null]} */ ([ms(from), to.trim() === "" ? null : ms(to)]);
  return isSpan(span) ? span : undefined;
}
