/**
 * The results below the areas: a table of metrics, bars of one metric, and the transitions between areas.
 *
 * @typedef {import("../server.js").Analysis} Analysis
 * @typedef {import("../people.js").Person} Person
 * @typedef {{analysis: Analysis, people: readonly Person[], colourOf: (area: string) => string}} Shown
 */
import { h } from "../../ui/dom.js";
import { METRICS, TRANSITIONS } from "../texts.js";
import { barsOf, intervalOf, LISTED, written } from "./metrics.js";

/** @param {Shown} shown @param {string} whose a recording, or empty for the mean of all @returns {HTMLElement} */
export function metricsTable({ analysis, colourOf }, whose) {
  const person = analysis.people.find(({ recording }) => recording === whose) ?? (analysis.people.length === 1 ? analysis.people[0] : undefined);
  const head = LISTED.map(({ name }) => h("th", { scope: "col", title: METRICS.about[name] }, METRICS.names[name]));
  const rows = analysis.areas.map(({ name: area }) => {
    const cells = LISTED.map(({ name, unit }) => {
      if (person) return h("td", {}, written(person.areas[area]?.[name], unit));
      const estimate = analysis.groups[area]?.[name];
      const interval = intervalOf(estimate, unit);
      return h("td", {}, written(estimate?.mean, unit), ...(interval ? [h("span", { className: "interval" }, interval)] : []));
    });
    return h("tr", {}, h("th", { scope: "row" }, chip(area, colourOf), area), ...cells);
  });
  return h("table", { className: "metrics" }, h("caption", { className: "unseen" }, METRICS.title), h("thead", {}, h("tr", {}, h("th", { scope: "col" }, METRICS.area), ...head)), h("tbody", {}, ...rows));
}

/** @param {Shown} shown @param {string} name of a metric @returns {HTMLElement} */
export function barPlot({ analysis, people, colourOf }, name) {
  const metric = LISTED.find((it) => it.name === name) ?? LISTED[0];
  const { most, rows } = barsOf(analysis, metric);
  const percent = (/** @type {number} */ value) => `${(100 * Math.min(1, value / most)).toFixed(2)}%`;
  const several = analysis.people.length > 1;
  const bars = rows.map(({ area, mean, low, high, people: values }) => {
    const fill = h("span", { className: "fill" });
    fill.style.width = percent(mean ?? 0);
    fill.style.background = colourOf(area);
    const track = h("span", { className: "track", "aria-hidden": "true" }, fill);
    if (several && low !== null && high !== null) {
      const whisker = h("span", { className: "whisker" });
      whisker.style.left = percent(low);
      whisker.style.width = `calc(${percent(high)} - ${percent(low)})`;
      track.append(whisker);
    }
    if (several) {
      track.append(...values.map(({ recording, value }) => {
        const dot = h("span", { className: "person-dot" });
        dot.style.left = percent(value);
        dot.style.background = people.find((it) => it.recording === recording)?.colour ?? "";
        return dot;
      }));
    }
    const estimate = analysis.groups[area]?.[metric.name];
    return h("li", {}, h("span", { className: "name" }, area), track, h("span", { className: "value" }, written(mean, metric.unit), h("span", { className: "interval" }, intervalOf(estimate, metric.unit))));
  });
  return h("ul", { className: "bars" }, ...bars);
}

/** @param {Shown} shown @returns {HTMLElement} */
export function transitionTable({ analysis: { transitions }, colourOf }) {
  const { names, counts, shares } = transitions;
  const shownName = (/** @type {string} */ name, /** @type {number} */ i) => (i === names.length - 1 && name === "elsewhere" ? TRANSITIONS.elsewhere : name);
  const head = names.map((name, i) => h("th", { scope: "col" }, shownName(name, i)));
  const rows = names.map((name, i) => {
    const cells = names.map((_, j) => {
      const cell = h("td", { title: TRANSITIONS.cell(shownName(name, i), shownName(names[j], j), counts[i][j], Math.round(100 * shares[i][j])) }, counts[i][j] ? String(counts[i][j]) : TRANSITIONS.none);
      cell.style.setProperty("--share", String(shares[i][j]));
      return cell;
    });
    return h("tr", {}, h("th", { scope: "row" }, chip(name, colourOf), shownName(name, i)), ...cells);
  });
  return h("table", { className: "matrix" }, h("caption", {}, TRANSITIONS.hint), h("thead", {}, h("tr", {}, h("td", {}), ...head)), h("tbody", {}, ...rows));
}

/** @param {Shown} shown the order in which each person visited the areas @returns {HTMLElement} */
export function sequenceList({ analysis, people, colourOf }) {
  const rows = analysis.people.map(({ recording, sequence }) => {
    const name = people.find((it) => it.recording === recording)?.name ?? recording;
    const visits = sequence.map((area) => h("li", {}, chip(area, colourOf), area));
    return h("div", {}, h("dt", {}, name), h("dd", {}, visits.length ? h("ol", {}, ...visits) : METRICS.none));
  });
  return h("dl", { className: "sequences" }, ...rows);
}

/** @param {string} area @param {(area: string) => string} colourOf */
function chip(area, colourOf) {
  const element = h("span", { className: "chip-colour", "aria-hidden": "true" });
  element.style.background = colourOf(area);
  return element;
}
