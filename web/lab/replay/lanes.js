/**
 * What the time line shows, row by row: for one person a lane for each kind of event, for several a row for each person. Pure.
 *
 * @typedef {import("./track.js").Track} Track
 * @typedef {import("../people.js").Person} Person
 * @typedef {import("./spans.js").Span} Span
 * @typedef {{spans: readonly Span[], look: "fixation" | "saccade" | "blink" | "lost" | "shown", colour?: string}} Bars
 * @typedef {{time: number, label: string}} Mark
 * @typedef {{name: string, person?: Person, bars: Bars[], marks: Mark[]}} Lane
 */
import { REPLAY } from "../texts.js";

/** @param {readonly {person: Person, track: Track}[]} people @returns {Lane[]} */
export function lanesOf(people) {
  if (people.length === 1) return lanesOfOne(people[0].track);
  return people.map(({ person, track }) => ({
    name: person.name,
    person,
    bars: [{ spans: track.fixations, look: "fixation", colour: person.colour }, { spans: track.lost, look: "lost" }],
    marks: track.marks,
  }));
}

/** @param {Track} track @returns {Lane[]} without those that would be empty for any recording of its kind */
function lanesOfOne(track) {
  const { shown, fixations, saccades, blinks, lost, marks } = REPLAY.lanes;
  /** @type {(name: string, spans: readonly Span[], look: Bars["look"]) => Lane} */
  const lane = (name, spans, look) => ({ name, bars: [{ spans, look }], marks: [] });
  return [
    ...(track.shown.length ? [lane(shown, track.shown, "shown")] : []),
    lane(fixations, track.fixations, "fixation"),
    lane(saccades, track.saccades, "saccade"),
    lane(blinks, track.blinks, "blink"),
    lane(lost, track.lost, "lost"),
    ...(track.marks.length ? [{ name: marks, bars: [], marks: track.marks }] : []),
  ];
}
