/**
 * The metrics of areas as people read them. The server computes them. Pure.
 *
 * @typedef {import("../server.js").Analysis} Analysis
 * @typedef {import("../server.js").Estimate} Estimate
 * @typedef {"share" | "time" | "count"} Unit
 * @typedef {{name: string, unit: Unit}} Metric
 */
import { METRICS } from "../texts.js";

/** In the order in which a person asks: whether, when, how long, how often. */
export const LISTED = /** @type {const} */ ([
  { name: "looked", unit: "share" },
  { name: "time_to_first_fixation_ms", unit: "time" },
  { name: "first_fixation_duration_ms", unit: "time" },
  { name: "fixation_count", unit: "count" },
  { name: "mean_fixation_ms", unit: "time" },
  { name: "dwell_ms", unit: "time" },
  { name: "mean_dwell_ms", unit: "time" },
  { name: "visits", unit: "count" },
  { name: "revisits", unit: "count" },
  { name: "share", unit: "share" },
  { name: "certainty", unit: "share" },
]);

/** @param {number | boolean | null | undefined} value @param {Unit} unit @returns {string} */
export function written(value, unit) {
  if (value === null || value === undefined) return METRICS.none;
  if (typeof value === "boolean") return value ? METRICS.yes : METRICS.no;
  return plain(value, unit) + METRICS.units[unit];
}

/** @param {number} value @param {Unit} unit @returns {string} without its unit */
function plain(value, unit) {
  if (unit === "share") return String(Math.round(100 * value));
  if (unit === "time") return (value / 1000).toFixed(2);
  return Number.isInteger(value) ? String(value) : value.toFixed(1);
}

/** @param {Estimate | undefined} estimate @param {Unit} unit @returns {string} the interval, empty where there is none */
export function intervalOf(estimate, unit) {
  if (!estimate || estimate.low === null || estimate.high === null) return "";
  const low = unit === "share" ? Math.max(0, estimate.low) : estimate.low;
  const high = unit === "share" ? Math.min(1, estimate.high) : estimate.high;
  return METRICS.interval(plain(Math.max(0, low), unit), plain(high, unit));
}

/**
 * The bars of one metric.
 * @param {Analysis} analysis @param {Metric} metric
 * @returns {{most: number, rows: {area: string, mean: number | null, low: number | null, high: number | null,
 *   people: {recording: string, value: number}[]}[]}} most: the end of the scale
 */
export function barsOf(analysis, { name, unit }) {
  const rows = analysis.areas.map(({ name: area }) => {
    const { mean, low, high } = analysis.groups[area]?.[name] ?? { mean: null, low: null, high: null };
    const people = analysis.people.flatMap((person) => {
      const value = person.areas[area]?.[name];
      return typeof value === "number" ? [{ recording: person.recording, value }] : typeof value === "boolean" ? [{ recording: person.recording, value: Number(value) }] : [];
    });
    return { area, mean, low: low === null ? null : Math.max(0, low), high, people };
  });
  const values = rows.flatMap(({ mean, high, people }) => [mean ?? 0, high ?? 0, ...people.map(({ value }) => value)]);
  return { most: unit === "share" ? 1 : niceEnd(Math.max(0, ...values)), rows };
}

/** @param {number} value @returns {number} a round number at or above it */
export function niceEnd(value) {
  if (value <= 0) return 1;
  const power = 10 ** Math.floor(Math.log10(value));
  const step = [1, 2, 2.5, 5, 10].find((it) => it * power >= value * 0.9999) ?? 10;
  return step * power;
}
