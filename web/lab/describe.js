/**
 * Recordings in words. Pure.
 *
 * @typedef {import("./server.js").RecordingInfo} RecordingInfo
 * @typedef {import("./server.js").Accuracy} Accuracy
 */
import { LIBRARY, UNITS } from "./texts.js";

const DATE = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "short" });

/** @param {RecordingInfo} info @returns {string} */
export function nameOf(info) {
  return info.label || info.person || (info.run ? LIBRARY.participant(info.run.participant) : dateOf(info));
}

/** @param {RecordingInfo} info @returns {string} */
export function dateOf(info) {
  return info.started_ms === null ? info.recording : DATE.format(new Date(info.started_ms));
}

/** @param {number | null} seconds @returns {string} */
export function lengthOf(seconds) {
  if (seconds === null) return UNITS.unfinished;
  return seconds < 90 ? UNITS.seconds(seconds) : UNITS.minutes(seconds);
}

/** @param {Accuracy | null | undefined} accuracy @returns {string} */
export function accuracyOf(accuracy) {
  return accuracy ? LIBRARY.accuracy[accuracy.kind](String(Math.round(accuracy.px))) : LIBRARY.accuracy.unknown;
}

/** @param {RecordingInfo} info @returns {string[][]} two lines: how long it is, and how good */
export function factsOf(info) {
  const lost = info.lost === null || info.lost === undefined ? [] : [LIBRARY.lost(UNITS.percent(info.lost))];
  const stopped = info.run && !info.run.complete ? [LIBRARY.interrupted] : [];
  return [[lengthOf(info.duration_s), ...stopped], [accuracyOf(info.accuracy), ...lost]];
}

/** @param {number} ms @returns {string} as 1:02.3 */
export function clock(ms) {
  const tenths = Math.floor(ms / 100 + 1e-6);
  return `${Math.floor(tenths / 600)}:${String(Math.floor((tenths % 600) / 10)).padStart(2, "0")}.${tenths % 10}`;
}

/** @param {string} wanted @param {RecordingInfo} info @returns {boolean} whether each word is in a text of the recording */
export function fits(wanted, info) {
  const texts = [info.label, info.person, info.note, dateOf(info), info.study ?? "", ...(info.tags ?? []), ...(info.stimuli ?? [])];
  const all = texts.join("\n").toLocaleLowerCase();
  return wanted.toLocaleLowerCase().split(/\s+/).every((word) => all.includes(word));
}

/** @param {string} text of the server @returns {string} with a capital letter, but for the name of a file */
export function sentence(text) {
  if (/^[\w./-]+\.\w+:/.test(text)) return text;
  return text.charAt(0).toLocaleUpperCase() + text.slice(1);
}
