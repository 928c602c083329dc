/**
 * The right side: what is chosen, in the chosen view. It opens the recordings, and says what can't be opened.
 *
 * @typedef {import("./server.js").RecordingInfo} RecordingInfo
 * @typedef {import("./server.js").Timeline} Timeline
 * @typedef {import("./people.js").Person} Person
 * @typedef {{person: Person, timeline: Timeline}} Opened
 * @typedef {{people: readonly Person[], opened: readonly Opened[], stimulus: string | null, owner: string | null}} Subject what the
 *   views show; opened: at most the first MOST_OPENED people; owner: a recording that has the picture of the stimulus
 */
import { listen } from "../core/events.js";
import { fill, h } from "../ui/dom.js";
import { dateOf, factsOf, nameOf, sentence } from "./describe.js";
import { inOneLine } from "./facts.js";
import { peopleOf } from "./people.js";
import { AreasView } from "./areas/areas-view.js";
import { PicturesView } from "./pictures/pictures-view.js";
import { ReplayView } from "./replay/replay-view.js";
import { shownOf, stimuliOf } from "./stimulus-strip.js";
import { PROBLEMS, STIMULI, WORK } from "./texts.js";

/** The replay of more people can't be followed. Pictures and areas take all. */
const MOST_OPENED = 8;
/** More are a number. */
const MOST_NAMES = 4;

export class Workplace {
  #part;
  #server;
  #choice;
  #strip;
  #tabs;
  #announce;
  #views;
  /** @type {Map<string, RecordingInfo>} */
  #infos = new Map();
  /** @type {string | null} that is shown */
  #stimulus = null;
  /** Counts what is shown; an answer that comes too late is not shown. */
  #turn = 0;

  /**
   * @param {{part: (id: string) => HTMLElement, server: import("./server.js").LabServer, choice: import("./choice.js").Choice,
   *   strip: import("./stimulus-strip.js").StimulusStrip, tabs: import("./tabs.js").Tabs, store: import("./areas/area-store.js").AreaStore,
   *   sync: import("./areas/area-sync.js").AreaSync, announce: (text: string) => void, signal: AbortSignal}} options
   */
  constructor({ part, server, choice, strip, tabs, store, sync, announce, signal }) {
    this.#part = part;
    this.#server = server;
    this.#choice = choice;
    this.#strip = strip;
    this.#tabs = tabs;
    this.#announce = announce;
    this.#views = { replay: new ReplayView({ part, server, signal }), pictures: new PicturesView({ part, server, store, announce, signal }), areas: new AreasView({ part, server, store, sync, announce, signal }) };
    choice.addEventListener("change", () => void this.#update(), { signal });
    listen(server, "progress", ({ done, all }) => this.#progress(done, all), signal);
    part("add-picture").addEventListener("change", (event) => void this.#addPicture(/** @type {HTMLInputElement} */ (event.target)), { signal });
  }

  /** @param {RecordingInfo[]} infos */
  show(infos) {
    this.#infos = new Map(infos.map((info) => [info.recording, info]));
    return this.#update();
  }

  async #update() {
    const turn = (this.#turn += 1);
    const known = this.#choice.now.recordings.filter((recording) => this.#infos.has(recording));
    this.#part("empty").hidden = this.#infos.size > 0;
    this.#part("choose").hidden = this.#infos.size === 0 || known.length > 0;
    this.#part("choose-gone").hidden = this.#choice.now.recordings.length === 0;
    this.#part("work").hidden = known.length === 0;
    if (!known.length) return this.#leave(null);
    const people = peopleOf(known, (recording) => nameOf(/** @type {RecordingInfo} */ (this.#infos.get(recording))));
    this.#title(people, [WORK.opening]);
    const opened = await this.#open(people.slice(0, MOST_OPENED));
    if (turn !== this.#turn) return undefined;
    this.#title(people, this.#facts(people, opened));
    const stimuli = stimuliOf(opened.map(({ timeline }) => timeline));
    const stimulus = (this.#stimulus = shownOf(stimuli, this.#choice.now.stimulus));
    const found = stimuli.find(({ name }) => name === stimulus) ?? null;
    this.#strip.show(opened.map(({ timeline }) => timeline), stimulus);
    this.#notes(opened, people.length);
    this.#part("no-picture").hidden = found === null || found.owner !== null;
    if (found) /** @type {HTMLElement} */ (this.#part("no-picture").querySelector("p")).textContent = STIMULI.none(found.name);
    this.#tabs.show(this.#choice.now.view);
    this.#leave(this.#choice.now.view);
    this.#part("work").hidden = opened.length === 0; // what can't be opened is named above
    const isEmpty = opened.every(({ timeline }) => timeline.samples.t_ms.length === 0); // and what is missing
    this.#part("no-gaze").hidden = !isEmpty;
    this.#part("work").classList.toggle("is-empty", isEmpty);
    if (!isEmpty) this.#views[this.#choice.now.view].show({ people, opened, stimulus, owner: found?.owner ?? null });
    return undefined;
  }

  /** @param {number} done @param {number} all recordings */
  #progress(done, all) {
    this.#part("progress").hidden = done === all;
    this.#part("progress").textContent = WORK.progress(done, all);
    this.#announce(done === all ? "" : WORK.progress(done, all));
  }

  /** The picture of the chosen stimulus, for all chosen recordings that were shown it. @param {HTMLInputElement} input */
  async #addPicture(input) {
    const [file] = input.files ?? [];
    const [{ recordings }, stimulus] = [this.#choice.now, this.#stimulus];
    input.value = "";
    if (!file || stimulus === null) return;
    const shown = recordings.filter((recording) => this.#infos.get(recording)?.stimuli.includes(stimulus));
    try {
      for (const recording of shown) await this.#server.addPicture(recording, stimulus, file);
      await this.#update();
    } catch (error) {
      this.#explain(PROBLEMS.because(STIMULI.addFailed, /** @type {Error} */ (error).message));
    }
  }

  /** @param {string} words */
  #explain(words) {
    fill(this.#part("problem"), words);
    this.#announce(words);
  }

  /** @param {string | null} shown */
  #leave(shown) {
    for (const [name, view] of Object.entries(this.#views)) if (name !== shown) view.hide();
  }

  /** @param {readonly Person[]} people @returns {Promise<Opened[]>} those that can be opened */
  async #open(people) {
    this.#part("work").setAttribute("aria-busy", "true");
    this.#part("problem").hidden = true;
    const opened = await Promise.all(
      people.map(async (person) => {
        try {
          return [{ person, timeline: await this.#server.timeline(person.recording) }];
        } catch (error) {
          this.#explain(PROBLEMS.because(PROBLEMS.open(person.name), /** @type {Error} */ (error).message));
          return [];
        }
      }),
    );
    this.#part("work").removeAttribute("aria-busy");
    return opened.flat();
  }

  /** @param {readonly Person[]} people @param {string[]} facts */
  #title(people, facts) {
    const names = people.map(({ name }) => name);
    this.#part("work-title").textContent = names.length > MOST_NAMES ? WORK.people(names.length) : names.join(", ");
    this.#part("work-facts").replaceChildren(...inOneLine(facts));
  }

  /** @param {readonly Person[]} people @param {readonly Opened[]} opened @returns {string[]} */
  #facts(people, opened) {
    if (people.length > MOST_NAMES) return [WORK.some(people.slice(0, MOST_NAMES).map(({ name }) => name).join(", "), people.length - MOST_NAMES)];
    if (people.length > 1) return [WORK.people(people.length)];
    const info = /** @type {RecordingInfo} */ (this.#infos.get(people[0].recording));
    const rate = opened[0]?.timeline.quality.effective_hz;
    return [dateOf(info), ...factsOf(info).flat(), ...(typeof rate === "number" ? [WORK.hz(rate)] : [])];
  }

  /** What could not be read, and what is not shown. @param {readonly Opened[]} opened @param {number} all */
  #notes(opened, all) {
    const problems = opened.flatMap(({ person, timeline }) => timeline.problems.map((text) => (all > 1 ? `${person.name}: ${text}` : sentence(text))));
    this.#part("limit").hidden = all <= MOST_OPENED || this.#choice.now.view !== "replay";
    this.#part("limit").textContent = WORK.first(MOST_OPENED, all);
    const notes = this.#part("notes");
    notes.hidden = problems.length === 0;
    /** @type {HTMLDetailsElement} */ (notes).open = opened.every(({ timeline }) => timeline.samples.t_ms.length === 0); // then they are all there is
    /** @type {HTMLElement} */ (notes.querySelector("summary")).textContent = WORK.problems(problems.length);
    /** @type {HTMLElement} */ (notes.querySelector("ul")).replaceChildren(...problems.map((text) => h("li", {}, text)));
  }
}
