/**
 * Pictures of one or many recordings. The server computes fixations and the map of their time; this view draws them.
 *
 * @typedef {import("../workplace.js").Subject} Subject
 * @typedef {import("../server.js").Analysis} Analysis
 */
import { listen } from "../../core/events.js";
import { fill, h, svg } from "../../ui/dom.js";
import { download, fileName } from "../../ui/download.js";
import { SCREEN } from "../areas/areas-file.js";
import { trackOf } from "../replay/track.js";
import { PICTURES, PROBLEMS, UNITS } from "../texts.js";
import { sentence } from "../describe.js";
import { captionOf, spanOf } from "./caption.js";
import { colourAt } from "./heat.js";
import { areaLayer, focusLayer, gazeLayer, heatLayer, pathLayer } from "./layers.js";
import { PictureOptions } from "./options.js";
import { asPng, asSvg, MOST_LISTED, pictureOf, withCaption } from "./picture.js";

/** So many points of one person are drawn at most; of longer recordings, every nth. */
const MOST_POINTS = 6000;
/** A slider that is moved changes many times; only the last value is asked for. */
const WAIT_MS = 200;

export class PicturesView {
  #part;
  #server;
  #store;
  #announce;
  #options;
  #stage;
  /** @type {Subject | null} */
  #subject = null;
  /** @type {Analysis | null} */
  #analysis = null;
  /** @type {string | null} */
  #address = null;
  /** @type {SVGSVGElement | null} */
  #picture = null;
  #request = new AbortController();
  #timer = 0;

  /**
   * @param {{part: (id: string) => HTMLElement, server: import("../server.js").LabServer, store: import("../areas/area-store.js").AreaStore,
   *   announce: (text: string) => void, signal: AbortSignal}} options store: of the areas of interest
   */
  constructor({ part, server, store, announce, signal }) {
    this.#part = part;
    this.#server = server;
    this.#store = store;
    this.#announce = announce;
    this.#options = new PictureOptions({ form: /** @type {HTMLFormElement} */ (part("picture-options")), signal });
    this.#stage = part("picture-stage");
    listen(this.#options, "change", ({ asks }) => this.#changed(asks), signal);
    part("save-png").addEventListener("click", () => void this.#save("png"), { signal });
    part("save-svg").addEventListener("click", () => void this.#save("svg"), { signal });
  }

  hide() {
    this.#request.abort();
  }

  /** @param {Subject} subject */
  show(subject) {
    const other = subject.stimulus !== this.#subject?.stimulus;
    this.#subject = subject;
    if (other) this.#options.resetSpan();
    void this.#ask();
  }

  /** @param {boolean} asks the change needs another answer of the server */
  #changed(asks) {
    window.clearTimeout(this.#timer);
    if (asks) this.#timer = window.setTimeout(() => void this.#ask(), WAIT_MS);
    else this.#draw();
  }

  async #ask() {
    const subject = this.#subject;
    if (!subject) return;
    this.#request.abort();
    this.#request = new AbortController();
    const { signal } = this.#request;
    this.#stage.setAttribute("aria-busy", "true");
    try {
      if (!this.#options.isSpanInOrder) throw new Error(PICTURES.order);
      const [analysis, address] = await Promise.all([
        this.#server.analyse(this.#question(subject), signal),
        subject.owner === null || subject.stimulus === null ? null : this.#server.picture(subject.owner, subject.stimulus),
      ]);
      if (signal.aborted) return;
      [this.#analysis, this.#address] = [analysis, address];
      this.#problem("");
      this.#draw();
    } catch (error) {
      if (signal.aborted) return;
      [this.#analysis, this.#picture] = [null, null]; // the picture would be that of another question
      this.#stage.replaceChildren();
      for (const id of ["picture-caption", "picture-legend"]) this.#part(id).replaceChildren();
      fill(this.#part("picture-warnings"));
      this.#problem(PROBLEMS.because(PICTURES.failed, /** @type {Error} */ (error).message));
    } finally {
      if (!signal.aborted) this.#stage.removeAttribute("aria-busy");
    }
  }

  /** @param {Subject} subject @returns {import("../server.js").Question} */
  #question({ people, stimulus }) {
    const { radius, spanMs } = this.#options;
    const recordings = people.map(({ recording }) => recording);
    return { recordings, stimulus, span_ms: spanMs, areas: [], reported_areas: false, ...(radius !== null && { heat: { radius } }) };
  }

  #draw() {
    const [subject, analysis] = [this.#subject, this.#analysis];
    if (!subject || !analysis) return;
    const size = { width: analysis.size_px[0], height: analysis.size_px[1] };
    const areas = this.#store.areasOf(subject.stimulus ?? SCREEN);
    this.#options.hasAreas = areas.length > 0;
    const layer = svg("g", {}, this.#layer(subject, analysis, size), ...(this.#options.checked("areas") ? [areaLayer(areas, size)] : []));
    this.#picture = pictureOf({ size, address: this.#address, grey: this.#options.checked("grey"), layer });
    const caption = captionOf({ kind: this.#options.kind, analysis, people: this.#drawn(subject), stimulus: subject.stimulus, when: new Date() });
    const sheet = h("div", { className: "sheet" });
    this.#picture.setAttribute("role", "img");
    this.#picture.setAttribute("aria-label", caption.slice(0, 2).join(". "));
    this.#picture.classList.add("overlay");
    sheet.append(this.#picture);
    this.#stage.style.setProperty("--ratio", String(size.width / size.height));
    this.#stage.classList.toggle("is-tall", size.height / size.width > 1.25);
    this.#stage.replaceChildren(sheet);
    this.#part("picture-caption").replaceChildren(h("strong", {}, caption[0]), " ", caption[1]);
    this.#part("picture-legend").replaceChildren(this.#shownLegend(subject, analysis));
    this.#showWarnings(analysis);
    this.#options.longestMs = spanOf(analysis)[1];
  }

  /** @param {Subject} subject @param {Analysis} analysis @param {{width: number, height: number}} size */
  #layer(subject, analysis, size) {
    const kind = this.#options.kind;
    if (kind === "path") {
      const paths = analysis.people.flatMap(({ recording, fixations }) => {
        const person = subject.people.find((it) => it.recording === recording);
        const placed = fixations.map(({ x, y, start_ms, duration_ms }) => ({ x: x * size.width, y: y * size.height, start: start_ms, end: start_ms + duration_ms }));
        return person ? [{ person, fixations: placed }] : [];
      });
      return pathLayer(paths, size, { circles: this.#options.number("circles") / 100, numbers: this.#options.checked("numbers"), lines: this.#options.checked("lines") });
    }
    if (kind === "gaze") return gazeLayer(this.#points(subject, analysis, size), size, { dots: this.#options.number("dots") / 100 });
    if (!analysis.heat) return document.createElementNS("http://www.w3.org/2000/svg", "g");
    const options = { scale: this.#options.text("scale"), opacity: this.#options.number("opacity") / 100, endMs: this.#endMs(analysis) };
    return kind === "heat" ? heatLayer(analysis.heat, size, options) : focusLayer(analysis.heat, size, options);
  }

  /** @param {Subject} subject @param {Analysis} analysis @param {{width: number, height: number}} size */
  #points({ opened, stimulus }, analysis, size) {
    const [from, to] = spanOf(analysis);
    return opened.flatMap(({ person, timeline }) => {
      const track = trackOf(timeline, stimulus);
      if (!track) return [];
      const every = Math.ceil(track.times.length / MOST_POINTS);
      const points = [];
      for (let i = 0; i < track.times.length; i += every) {
        const known = !Number.isNaN(track.x[i]) && track.times[i] >= from && track.times[i] <= to;
        if (known) points.push({ x: track.x[i] * size.width, y: track.y[i] * size.height });
      }
      return [{ person, points }];
    });
  }

  /** The end of the scale: the longest time, unless the person has set another. @param {Analysis} analysis */
  #endMs({ heat }) {
    const own = this.#options.text("end");
    return own === "" ? (heat?.max_ms ?? 0) : Math.max(1, 1000 * Number(own));
  }

  /** @param {Subject} subject @param {Analysis} analysis @returns {import("./picture.js").Legend} */
  #legend(subject, analysis) {
    if (this.#options.kind === "path" || this.#options.kind === "gaze") return { people: this.#drawn(subject) };
    const end = UNITS.shortTime(this.#endMs(analysis));
    const opacity = this.#options.number("opacity") / 100;
    const steps = Array.from({ length: 9 }, (_, i) => i / 8);
    const stops = /** @type {[number, string][]} */ (
      steps.map((share) => [share, this.#options.kind === "heat" ? `rgb(${colourAt(this.#options.text("scale"), share).join(" ")})` : grey(255 * (1 - opacity * (1 - Math.sqrt(share))))])
    );
    return { stops, from: UNITS.shortTime(0), to: end, words: PICTURES.scaleWords(analysis.people.length) };
  }

  /** The people whose gaze is in the picture: points are of opened recordings only. @param {Subject} subject */
  #drawn({ people, opened }) {
    return this.#options.kind === "gaze" ? opened.map(({ person }) => person) : people;
  }

  /** @param {Subject} subject @param {Analysis} analysis */
  #shownLegend(subject, analysis) {
    const legend = this.#legend(subject, analysis);
    if ("stops" in legend) {
      const bar = h("span", { className: "scale-bar", "aria-hidden": "true" });
      bar.style.background = `linear-gradient(to right, ${legend.stops.map(([, colour]) => colour).join(", ")})`;
      return h("span", { className: "scale" }, legend.from, bar, legend.to, h("span", { className: "fine" }, legend.words));
    }
    const more = legend.people.length - MOST_LISTED;
    const rest = more > 0 ? [PICTURES.more(more)] : [];
    const listed = legend.people.slice(0, MOST_LISTED).map((person) => {
      const number = h("span", { className: "number" }, String(person.number));
      Object.assign(number.style, { background: person.colour, color: person.ink });
      return h("span", { className: "person" }, number, person.name);
    });
    return h("span", { className: "scale" }, ...listed, ...rest);
  }

  /** @param {Analysis} analysis */
  #showWarnings({ warnings }) {
    const shown = warnings.filter(({ code }) => code !== "few_people"); // a picture has no intervals
    fill(this.#part("picture-warnings"), ...shown.map(({ text }) => h("li", {}, sentence(text))));
  }

  /** @param {"png" | "svg"} ending */
  async #save(ending) {
    const [subject, analysis, picture] = [this.#subject, this.#analysis, this.#picture];
    if (!subject || !analysis || !picture) return;
    const when = new Date();
    const caption = captionOf({ kind: this.#options.kind, analysis, people: this.#drawn(subject), stimulus: subject.stimulus, when });
    const size = { width: analysis.size_px[0], height: analysis.size_px[1] };
    const whole = withCaption(picture, size, this.#legend(subject, analysis), caption);
    try {
      download(await (ending === "png" ? asPng(whole) : asSvg(whole)), fileName(PICTURES.files[this.#options.kind], when, ending));
      this.#announce(PICTURES.saved);
    } catch (error) {
      this.#problem(PROBLEMS.because(PROBLEMS.download, /** @type {Error} */ (error).message));
    }
  }

  /** @param {string} words */
  #problem(words) {
    fill(this.#part("picture-problem"), words);
    for (const id of ["save-png", "save-svg"]) /** @type {HTMLButtonElement} */ (this.#part(id)).disabled = words !== "" && !this.#picture;
    if (words) this.#announce(words);
  }
}

/** @param {number} level 0..255 */
const grey = (level) => `rgb(${Array(3).fill(Math.round(level)).join(" ")})`;
