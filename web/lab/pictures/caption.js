/**
 * What a picture shows, in words, so that a saved picture can be understood alone. Pure.
 *
 * @typedef {import("../server.js").Analysis} Analysis
 * @typedef {{kind: Kind, analysis: Analysis, people: readonly import("../people.js").Person[], stimulus: string | null, when: Date}} Subject
 * @typedef {"heat" | "focus" | "path" | "gaze"} Kind
 */
import { clock } from "../describe.js";
import { PICTURES, UNITS } from "../texts.js";

/** More names than this are a number. */
const MOST_NAMES = 6;

/** @param {Subject} subject @returns {string[]} what is shown, of which people and time, how accurate */
export function captionOf({ kind, analysis: { people: viewers, span_ms: span }, people, stimulus, when }) {
  const seen = viewers.filter(({ recording }) => people.some((person) => person.recording === recording));
  const names = people.filter(({ recording }) => seen.some((viewer) => viewer.recording === recording)).map(({ name }) => name);
  const analysis = { people: seen, span_ms: span };
  const [from, to] = spanOf(analysis);
  const who = names.length > MOST_NAMES ? PICTURES.people(names.length) : names.join(", ");
  return [
    PICTURES.shows(PICTURES.kinds[kind], stimulus === null ? PICTURES.screen : `“${stimulus}”`),
    [who, PICTURES.span(clock(from), clock(to)), ...accuracyOf(analysis), ...lostOf(analysis)].join(" · "),
    PICTURES.source(when.toLocaleDateString(undefined, { dateStyle: "medium" })),
  ];
}

/** @param {Pick<Analysis, "people" | "span_ms">} analysis @returns {[number, number]} ms from the onset: what was asked for, at most what was shown */
export function spanOf({ span_ms: span, people }) {
  const longest = Math.max(0, ...people.map(({ shown_ms }) => shown_ms));
  return span ? [span[0], Math.min(span[1], span[0] + longest)] : [0, longest];
}

/** @param {Pick<Analysis, "people">} analysis */
function accuracyOf({ people }) {
  const errors = people.flatMap(({ accuracy_px: px }) => (px === null ? [] : [Math.round(px)]));
  if (!errors.length) return people.length ? [PICTURES.accuracyUnknown] : [];
  const [least, most] = [Math.min(...errors), Math.max(...errors)];
  return [least === most ? PICTURES.accuracy(String(least)) : PICTURES.accuracyRange(String(least), String(most))];
}

/** @param {Pick<Analysis, "people">} analysis */
function lostOf({ people }) {
  const shares = people.map(({ lost }) => lost).filter((lost) => typeof lost === "number");
  return shares.length ? [PICTURES.lost(UNITS.percent(shares.reduce((a, b) => a + b, 0) / shares.length))] : [];
}

/**
 * @param {string} text @param {number} most width of a line @param {(text: string) => number} measure
 * @returns {string[]} lines; a word that is wider alone stays whole
 */
export function wrapped(text, most, measure) {
  /** @type {string[]} */
  const lines = [];
  for (const word of text.split(" ")) {
    const longer = `${lines.at(-1) ?? ""} ${word}`.trim();
    if (lines.length && measure(longer) <= most) lines[lines.length - 1] = longer;
    else lines.push(word);
  }
  return lines;
}
