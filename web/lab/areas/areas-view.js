/**
 * Areas of interest of the chosen stimulus, and what the server finds for them. It connects the store of areas, the editor, the
 * list and the results.
 *
 * @typedef {import("../workplace.js").Subject} Subject
 * @typedef {import("../server.js").Analysis} Analysis
 * @typedef {import("../server.js").SentArea} SentArea
 * @typedef {import("./area-store.js").AreaStore} AreaStore
 */
import { listen } from "../../core/events.js";
import { fill, h } from "../../ui/dom.js";
import { sentence } from "../describe.js";
import { colourOfArea } from "../people.js";
import { Stage } from "../stage.js";
import { AREAS, METRICS, PROBLEMS, UNITS } from "../texts.js";
import { AreaList } from "./area-list.js";
import { AreaFiles } from "./area-files.js";
import { areaOf, contentsOf, copyOf, freeName, MOST_AREAS, SCREEN, shapeOf, spanOf, withSpan } from "./areas-file.js";
import { AreaEditor } from "./editor.js";
import { LISTED } from "./metrics.js";
import { reportedOf } from "./reported.js";
import { barPlot, metricsTable, sequenceList, transitionTable } from "./results.js";
import { AreaTools } from "./tools.js";

/** A drag ends in many changes; only the last one is asked for. */
const WAIT_MS = 250;

export class AreasView {
  #part;
  #server;
  #announce;
  #store;
  #sync;
  #editor;
  #list;
  #stage;
  #tools;
  /** @type {Subject | null} */
  #subject = null;
  /** @type {Analysis | null} */
  #analysis = null;
  /** @type {string | null} */
  #chosen = null;
  #request = new AbortController();
  #timer = 0;
  /** About the last change, for the person. */
  #note = "";

  /**
   * @param {{part: (id: string) => HTMLElement, server: import("../server.js").LabServer, store: AreaStore, sync: import("./area-sync.js").AreaSync,
   *   announce: (text: string) => void, signal: AbortSignal}} options
   */
  constructor({ part, server, store, sync, announce, signal }) {
    this.#part = part;
    this.#server = server;
    this.#store = store;
    this.#sync = sync;
    this.#announce = announce;
    this.#editor = new AreaEditor({ signal });
    this.#list = new AreaList({ root: part("area-list"), next: () => part("tool-rectangle") });
    this.#stage = new Stage({ root: part("area-stage"), overlay: this.#editor.element, resized: (width) => width && (this.#editor.shownWidthPx = width) });
    store.addEventListener("change", () => this.#subject && this.#changed(), { signal });
    listen(sync, "state", ({ problem }) => fill(part("areas-kept"), problem && PROBLEMS.because(AREAS.here, problem)), signal);
    listen(this.#editor, "shape", ({ name, shape }) => this.#replace(name, areaOf(name, shape, this.#size)), signal);
    listen(this.#editor, "made", ({ shape }) => this.#add(areaOf(freeName(AREAS.first, this.#store.areas), shape, this.#size)), signal);
    listen(this.#editor, "say", ({ text }) => this.#announce(text), signal);
    listen(this.#editor, "edit", ({ name }) => this.#list.edit(name), signal);
    for (const source of [this.#editor, this.#list]) {
      listen(source, "choose", ({ name }) => this.#choose(name), signal);
      listen(source, "remove", ({ name }) => this.#store.set(this.#store.areas.filter((area) => area.name !== name)), signal);
      listen(source, "copy", ({ name }) => this.#copy(name), signal);
    }
    listen(this.#list, "rename", ({ name, to, done }) => this.#rename(name, to, done), signal);
    listen(this.#list, "span", ({ name, from, to }) => this.#setSpan(name, spanOf(from, to)), signal);
    this.#tools = new AreaTools({ part, editor: this.#editor, store: this.#store, signal });
    const stimuli = () => this.#subject?.opened.flatMap(({ timeline }) => timeline.stimuli.map(({ name }) => name)) ?? [];
    new AreaFiles({
      part, server, announce, signal, areas: () => this.#store.of(stimuli()), take: (all) => this.#take(all), question: () => this.#question,
      problem: (words) => this.#problem(words),
    });
    for (const id of ["whose", "metric"]) part(id).addEventListener("change", () => this.#showResults(), { signal });
    part("metric").replaceChildren(...LISTED.map(({ name }) => h("option", { value: name, selected: name === "dwell_ms" }, METRICS.names[name])));
  }

  destroy() {
    this.#stage.destroy();
  }

  hide() {
    this.#request.abort();
    window.clearTimeout(this.#timer);
  }

  /** @param {Subject} subject */
  show(subject) {
    const { stimulus, owner, people } = subject;
    if (stimulus !== this.#subject?.stimulus) this.#chosen = null;
    this.#subject = subject;
    this.#analysis = null;
    this.#store.open(stimulus);
    void this.#sync.save(stimulus === null ? [] : [stimulus]);
    this.#editor.use(null);
    this.#stage.size = this.#size;
    this.#stage.show(null);
    if (stimulus !== null && owner !== null) this.#server.picture(owner, stimulus).then((address) => this.#subject === subject && this.#stage.show(address, stimulus), () => {});
    const whose = this.#part("whose");
    whose.replaceChildren(h("option", { value: "" }, METRICS.mean(people.length)), ...people.map(({ recording, name }) => h("option", { value: recording }, name)));
    /** @type {HTMLElement} */ (whose.parentElement).hidden = people.length < 2;
    this.#draw();
    void this.#ask();
  }

  /** @returns {{width: number, height: number}} of the stimulus, px */
  get #size() {
    const { opened, stimulus } = /** @type {Subject} */ (this.#subject);
    const shown = opened.flatMap(({ timeline }) => timeline.stimuli).find(({ name }) => name === stimulus);
    const { width_px: width, height_px: height } = opened[0].timeline.screen;
    return shown ? { width: shown.size_px[0], height: shown.size_px[1] } : { width, height };
  }

  /** Of the showings. */
  get #longestMs() {
    const { opened, stimulus } = /** @type {Subject} */ (this.#subject);
    const shown = opened.flatMap(({ timeline }) => timeline.stimuli).filter(({ name }) => name === stimulus);
    return Math.max(0, ...(stimulus === null ? opened.map(({ timeline }) => timeline.duration_ms) : shown.map(({ start_ms, end_ms }) => end_ms - start_ms)));
  }

  get #reported() {
    const { opened, stimulus } = /** @type {Subject} */ (this.#subject);
    return reportedOf(opened.map(({ timeline }) => timeline), stimulus);
  }

  #changed() {
    this.#note = "";
    this.#draw();
    window.clearTimeout(this.#timer);
    this.#timer = window.setTimeout(() => void this.#ask(), WAIT_MS);
  }

  #draw() {
    const { areas } = this.#store;
    if (this.#chosen !== null && !areas.some(({ name }) => name === this.#chosen)) this.#chosen = null;
    const size = this.#size;
    const drawn = areas.map((area, i) => ({ name: area.name, shape: shapeOf(area, size), colour: colourOfArea(i) }));
    const reported = this.#reported.map((area, i) => ({ name: area.name, shape: shapeOf(area, size), colour: colourOfArea(areas.length + i) }));
    this.#editor.show({ size, areas: drawn, reported, chosen: this.#chosen });
    const rows = [
      ...areas.map(({ name, shape, span_ms: span = null }, i) => ({ name, kind: shape, colour: colourOfArea(i), reported: false, span, times: [] })),
      ...this.#reported.map(({ name, times }, i) => ({ name, kind: /** @type {const} */ ("rectangle"), colour: colourOfArea(areas.length + i), reported: true, span: null, times })),
    ];
    this.#list.show(rows, this.#chosen, this.#analysis?.warnings ?? []);
    this.#part("area-hint").textContent = this.#note || (rows.length ? "" : AREAS.none);
    this.#part("area-hint").hidden = rows.length > 0 && !this.#note;
    this.#tools.show(rows.find(({ name }) => name === this.#chosen)?.kind ?? null, areas.length === 0);
    /** @type {HTMLButtonElement} */ (this.#part("export-areas")).disabled = areas.length === 0;
  }

  async #ask() {
    this.#request.abort();
    this.#request = new AbortController();
    const { signal } = this.#request;
    this.#problem("");
    const wanted = this.#store.areas.length + this.#reported.length > 0;
    this.#part("results").hidden = !wanted;
    if (!wanted) return;
    try {
      const analysis = await this.#server.analyse(this.#question, signal);
      if (signal.aborted) return;
      this.#analysis = analysis;
      this.#draw();
      this.#showResults();
    } catch (error) {
      if (signal.aborted) return;
      this.#part("results").hidden = true; // they are those of other areas
      this.#problem(PROBLEMS.because(AREAS.failed, /** @type {Error} */ (error).message));
    }
  }

  /** @returns {import("../server.js").Question} */
  get #question() {
    const { people, stimulus } = /** @type {Subject} */ (this.#subject);
    return { recordings: people.map(({ recording }) => recording), stimulus, span_ms: null, areas: [...this.#store.areas], reported_areas: this.#reported.length > 0 };
  }

  #showResults() {
    const [analysis, subject] = [this.#analysis, this.#subject];
    if (!analysis || !subject) return;
    const order = [...this.#store.areas, ...this.#reported].map(({ name }) => name);
    const colourOf = (/** @type {string} */ name) => (order.includes(name) ? colourOfArea(order.indexOf(name)) : "var(--line)");
    const shown = { analysis, people: subject.people, colourOf };
    const value = (/** @type {string} */ id) => /** @type {HTMLSelectElement} */ (this.#part(id)).value;
    this.#part("metrics").replaceChildren(metricsTable(shown, value("whose")));
    this.#part("bars").replaceChildren(barPlot(shown, value("metric")));
    this.#part("transitions").replaceChildren(transitionTable(shown));
    this.#part("sequences").replaceChildren(sequenceList(shown));
    const general = analysis.warnings.filter(({ area }) => area === null);
    fill(this.#part("area-warnings"), ...general.map(({ text }) => h("li", {}, sentence(text))));
  }

  /** Those of a file. @param {import("./areas-file.js").ByStimulus} all */
  #take(all) {
    this.#store.take(all);
    this.#note = contentsOf(all, /** @type {Subject} */ (this.#subject).stimulus ?? SCREEN);
    this.#draw();
    this.#announce(this.#note);
  }

  /** @param {SentArea} area */
  #add(area) {
    if (this.#store.areas.length >= MOST_AREAS) return this.#problem(AREAS.file.tooMany(MOST_AREAS));
    this.#chosen = area.name;
    this.#store.set([...this.#store.areas, area]);
    this.#announce(AREAS.made(area.name));
    return this.#list.edit(area.name);
  }

  /** @param {string} name @param {SentArea} area */
  #replace(name, area) {
    this.#store.set(this.#store.areas.map((other) => (other.name === name ? { ...other, ...area } : other)));
  }

  /** @param {string} name @param {[number, number | null] | null | undefined} span */
  #setSpan(name, span) {
    if (span === undefined) return this.#problem(AREAS.time.order(name));
    const longestMs = this.#longestMs;
    if (span !== null && span[0] >= longestMs) return this.#problem(AREAS.time.late(name, UNITS.shortTime(longestMs)));
    this.#problem("");
    return this.#store.set(this.#store.areas.map((area) => (area.name === name ? withSpan(area, span) : area)));
  }

  /** @param {string} name @param {string} to @param {boolean} done the focus goes to the area, so that the keys move it */
  #rename(name, to, done) {
    if (!this.#store.areas.some((area) => area.name === name)) return; // a field that is no longer there
    const others = [...this.#store.areas.filter((area) => area.name !== name), ...this.#reported];
    const free = freeName(to, others);
    const note = free === to ? "" : AREAS.taken(to, free);
    if (this.#chosen === name) this.#chosen = free;
    this.#store.set(this.#store.areas.map((area) => (area.name === name ? { ...area, name: free } : area)));
    this.#note = note;
    this.#draw();
    if (note) this.#announce(note);
    if (done) this.#editor.focus(free);
  }

  /** A copy beside the area; of an area that a page reported, one that can be changed. @param {string} name */
  #copy(name) {
    const all = [...this.#store.areas, ...this.#reported];
    const area = all.find((other) => other.name === name);
    if (!area) return;
    const times = this.#reported.find((other) => other.name === name)?.times ?? [];
    this.#add(copyOf(area, freeName(name, all), times));
  }

  /** @param {string | null} name */
  #choose(name) {
    if (name === this.#chosen) return;
    this.#chosen = name;
    this.#draw();
  }

  /** @param {string} words */
  #problem(words) {
    fill(this.#part("area-problem"), words);
    if (words) this.#announce(words);
  }
}
