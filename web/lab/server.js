/**
 * The lab's requests to the server of this page, with the token if one was given. Timelines and pictures are fetched once and kept while the page is open. Emits
 * `progress` {done, all} while the server opens many recordings for an analysis.
 *
 * @typedef {{px: number, deg: number | null, kind: "measured" | "announced" | "predicted"}} Accuracy
 * @typedef {{recording: string, person: string, label: string, note: string, tags: string[], started_ms: number | null,
 *   duration_s: number | null, frames: boolean, size_bytes: number, accuracy: Accuracy | null, lost: number | null,
 *   stimuli: string[], marks: number | null, study: string | null,
 *   run?: {participant: number, complete: boolean} | null}} RecordingInfo run: of a study
 * @typedef {{x: number, y: number, width: number, height: number}} Rect in units of the screen
 * @typedef {{name: string, kind: string, start_ms: number, end_ms: number, rect: Rect, moves: number[][], picture: boolean,
 *   size_px: [number, number]}} Shown a stimulus, each time that it was shown; moves: [t_ms, x, y, width, height]
 * @typedef {{start_ms: number, end_ms: number}} Event
 * @typedef {{recording: string, person: string, label: string, start_ms: number, duration_ms: number,
 *   screen: {width_px: number, height_px: number}, accuracy: Accuracy | null, statuses: string[],
 *   samples: {t_ms: number[], x: (number | null)[], y: (number | null)[], radius_px: (number | null)[], status: number[]},
 *   fixations: (Event & {x: number, y: number})[], saccades: Event[], blinks: Event[], lost: (Event & {status: string})[],
 *   marks: {t_ms: number, label: string}[], areas: {t_ms: number, areas: ({name: string} & Rect)[]}[], stimuli: Shown[],
 *   targets: (Event & {x: number, y: number})[],
 *   quality: Record<string, number | string | null>, problems: string[]}} Timeline
 * @typedef {{name: string, shape: "rectangle" | "ellipse" | "polygon", points: [number, number][],
 *   span_ms?: [number, number | null] | null}} SentArea in units of the stimulus; span_ms: when it counts, from the onset
 * @typedef {{recordings: string[], stimulus: string | null, span_ms: [number, number] | null, areas: SentArea[],
 *   reported_areas: boolean, heat?: {radius: number}}} Question
 * @typedef {{start_ms: number, duration_ms: number, x: number, y: number, area: string | null, certainty: number | null}} Fixation
 *   in units of the stimulus
 * @typedef {{looked: boolean} & Record<string, number | null>} Metrics
 * @typedef {{mean: number | null, low: number | null, high: number | null, n: number}} Estimate
 * @typedef {{recording: string, person: string, label: string, accuracy_px: number | null, shown_ms: number, lost: number | null,
 *   fixations: Fixation[], areas: Record<string, any>, sequence: string[]}} Viewer
 * @typedef {{width: number, height: number, max_ms: number, values: number[], sigma_px: number}} Heat row by row, ms
 * @typedef {{code: string, area: string | null, recording: string | null, text: string}} Warning
 * @typedef {{size_px: [number, number], span_ms: [number, number] | null, areas: ({name: string, reported?: boolean} & Record<string, any>)[],
 *   people: Viewer[], groups: Record<string, Record<string, Estimate>>, transitions: {names: string[], counts: number[][],
 *   shares: number[][]}, heat: Heat | null, warnings: Warning[]}} Analysis
 */
import { askServer } from "../core/http.js";
import { NO_SERVER } from "../core/texts.js";
import { readFile } from "./areas/areas-file.js";
import { PROBLEMS } from "./texts.js";

/** The server gives recordings only with a token, or with another one than was sent. */
export class TokenNeeded extends Error {}

/** The server opens a recording of a minute in some hundredths of a second, and keeps it open. */
const OPENED_AT_ONCE = 10;

export class LabServer extends EventTarget {
  #abort = new AbortController();
  #token;
  /** @type {Map<string, Promise<Timeline>>} */
  #timelines = new Map();
  /** @type {Map<string, Promise<string>>} */
  #pictures = new Map();
  /** Recordings that the server has opened for an analysis. @type {Set<string>} */
  #analysed = new Set();

  /** @param {import("./lab-token.js").LabToken} token */
  constructor(token) {
    super();
    this.#token = token;
  }

  destroy() {
    this.#abort.abort();
    for (const picture of this.#pictures.values()) picture.then(URL.revokeObjectURL, () => {});
  }

  /** @returns {Promise<RecordingInfo[]>} */
  async list() {
    return (await (await this.#ask("recordings")).json()).recordings;
  }

  /** @param {string} recording @param {{label: string, note: string, tags: string[]}} about @returns {Promise<RecordingInfo>} */
  async describe(recording, about) {
    return (await this.#ask(`recordings/${recording}`, "PATCH", about)).json();
  }

  /** @param {string} recording */
  async remove(recording) {
    await this.#ask(`recordings/${recording}`, "DELETE");
    this.#timelines.delete(recording);
  }

  /** @param {string} recording @returns {Promise<Blob>} a zip */
  async zip(recording) {
    return (await this.#ask(`recordings/${recording}`)).blob();
  }

  /** @param {string} recording @returns {Promise<Timeline>} */
  timeline(recording) {
    return kept(this.#timelines, recording, async () => (await this.#ask(`recordings/${recording}/timeline`)).json());
  }

  /** @param {string} recording @param {string} stimulus @returns {Promise<string>} the address of its picture, on this page only */
  picture(recording, stimulus) {
    const path = `recordings/${recording}/stimuli/${encodeURIComponent(stimulus)}`;
    return kept(this.#pictures, path, async () => URL.createObjectURL(await (await this.#ask(path)).blob()));
  }

  /** @param {string} recording @param {string} stimulus @param {File} picture */
  async addPicture(recording, stimulus, picture) {
    await this.#ask(`recordings/${recording}/stimuli/${encodeURIComponent(stimulus)}`, "PUT", picture);
    this.#timelines.delete(recording);
  }

  /** @param {Question} question @param {AbortSignal} signal @returns {Promise<Analysis>} */
  async analyse(question, signal) {
    await this.#openAll(question.recordings, signal);
    return (await this.#ask("analysis", "POST", question, signal)).json();
  }

  /** So that a person sees how far it is. @param {string[]} recordings @param {AbortSignal} signal */
  async #openAll(recordings, signal) {
    const closed = recordings.filter((recording) => !this.#analysed.has(recording));
    const all = recordings.length;
    for (let i = 0; closed.length > OPENED_AT_ONCE && i < closed.length; i += OPENED_AT_ONCE) {
      this.#progress(all - closed.length + i, all);
      const part = closed.slice(i, i + OPENED_AT_ONCE);
      await this.#ask("analysis", "POST", { recordings: part, stimulus: null, span_ms: null, areas: [], reported_areas: false }, signal);
      for (const recording of part) this.#analysed.add(recording);
    }
    if (closed.length > OPENED_AT_ONCE) this.#progress(all, all);
  }

  /** @param {number} done @param {number} all */
  #progress(done, all) {
    this.dispatchEvent(new CustomEvent("progress", { detail: { done, all } }));
  }

  /** @param {Question} question @param {"metrics" | "fixations" | "transitions"} table @returns {Promise<Blob>} */
  async csv(question, table) {
    return (await this.#ask(`analysis.csv?table=${table}`, "POST", question)).blob();
  }

  /** @param {Question} question @returns {Promise<Blob>} HTML */
  async report(question) {
    return (await this.#ask("analysis.html", "POST", question)).blob();
  }

  /** @param {Question} question @returns {Promise<Blob>} a zip of tables, figures, report and areas */
  async files(question) {
    return (await this.#ask("analysis.zip", "POST", question)).blob();
  }

  /** @returns {Promise<import("./areas/areas-file.js").ByStimulus>} all areas that are kept beside the recordings */
  async areas() {
    return readFile(await (await this.#ask("areas")).text());
  }

  /** @param {string | null} stimulus null: the whole screen @param {readonly SentArea[]} areas all that it has */
  async keepAreas(stimulus, areas) {
    await this.#ask("areas", "PUT", { stimulus, areas });
  }

  /** @param {string} path @param {string} [method] @param {object} [content] @param {AbortSignal} [signal] */
  #ask(path, method, content, signal = this.#abort.signal) {
    const body = content instanceof Blob ? content : content && new Blob([JSON.stringify(content)], { type: "application/json" });
    return askServer(`/v1/${path}`, { token: this.#token.value, method, body, signal }).catch((error) => {
      if (error.message === NO_SERVER.reasons.token) throw new TokenNeeded(PROBLEMS.needsToken); // the lab has no session
      const words = withoutPlace(error.message);
      throw words === error.message ? error : new Error(words);
    });
  }
}

/** @param {string} text of a refusal @returns {string} without the place in the request, which a person does not see */
const withoutPlace = (text) => text.replace(/^((analysis|areas): |areas\[\d+\](\.\w+)*(\[\d+\])*: )+/, "");

/**
 * @template T
 * @param {Map<string, Promise<T>>} cache @param {string} key @param {() => Promise<T>} get
 * @returns {Promise<T>} a failure is not kept, so it is tried again
 */
function kept(cache, key, get) {
  const known = cache.get(key);
  if (known) return known;
  const asked = get();
  cache.set(key, asked);
  asked.catch(() => cache.delete(key));
  return asked;
}
