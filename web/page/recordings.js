/**
 * The list of recordings on this machine, with buttons to download and to delete them.
 *
 * @typedef {{recording: string, person: string, started_ms: number | null, duration_s: number | null, frames: boolean,
 *   n_samples: number | null, n_frames: number | null, size_bytes: number}} RecordingInfo
 */
import { askServer } from "../core/http.js";
import { confirmOnClick } from "../ui/confirm-button.js";
import { fill, h, keepFocus } from "../ui/dom.js";
import { download, fileName } from "../ui/download.js";
import { FAILURE, RECORDINGS } from "./texts.js";

/** @param {number} bytes */
export function inWords(bytes) {
  if (bytes < 1e6) return `${Math.max(1, Math.round(bytes / 1e3))} kB`;
  return bytes < 1e9 ? `${(bytes / 1e6).toFixed(bytes < 1e7 ? 1 : 0)} MB` : `${(bytes / 1e9).toFixed(1)} GB`;
}

/** @param {RecordingInfo} info @param {Intl.DateTimeFormat} format @returns {[string, string, string, string]} */
export function describe(info, format) {
  const when = info.started_ms === null ? info.recording : format.format(new Date(info.started_ms));
  const seconds = info.duration_s;
  const { unfinished, seconds: s, minutes, pictures, numbers } = RECORDINGS;
  const long = seconds === null ? unfinished : seconds < 90 ? s(seconds) : minutes(seconds);
  return [when, long, info.frames ? pictures : numbers, inWords(info.size_bytes)];
}

export class RecordingsView {
  #rows;
  #empty;
  #problem;
  #token;
  #announce;
  #next;
  #abort = new AbortController();

  /**
   * @param {{root: HTMLElement, token: () => string, announce: (text: string) => void, next: () => HTMLElement}} options
   *   next: gets the focus of a button that is gone
   */
  constructor({ root, token, announce, next }) {
    this.#rows = /** @type {HTMLElement} */ (root.querySelector("#recordings-list"));
    this.#empty = /** @type {HTMLElement} */ (root.querySelector("#recordings-empty"));
    this.#problem = /** @type {HTMLElement} */ (root.querySelector("#recordings-problem"));
    this.#token = token;
    this.#announce = announce;
    this.#next = next;
  }

  destroy() {
    this.#abort.abort();
  }

  async refresh() {
    try {
      const { recordings } = await (await this.#fetch("")).json();
      this.#show(recordings);
    } catch (error) {
      this.#explain(RECORDINGS.listFailed, error);
      const again = h("button", { type: "button", className: "plain", onclick: () => void this.refresh() }, RECORDINGS.retry);
      this.#problem.append(" ", again);
    }
  }

  /** @param {RecordingInfo[]} infos */
  #show(infos) {
    const format = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "short" });
    keepFocus(this.#problem, () => (this.#problem.hidden = true), this.#next);
    this.#empty.hidden = infos.length > 0;
    const fill = () => this.#rows.replaceChildren(...infos.map((info) => this.#row(info, describe(info, format))));
    keepFocus(this.#rows, fill, this.#next);
  }

  /** @param {RecordingInfo} info @param {string[]} words */
  #row(info, [when, long, what, size]) {
    const of = RECORDINGS.of(when);
    const { signal } = this.#abort;
    const onclick = () => void this.#download(info.recording);
    const take = h("button", { type: "button", className: "quiet small", ariaLabel: `${RECORDINGS.download} ${of}`, onclick }, RECORDINGS.download);
    const remove = h("button", { type: "button", className: "plain" }, RECORDINGS.delete);
    confirmOnClick(remove, { question: RECORDINGS.confirmDelete, of, action: () => void this.#delete(info.recording), signal });
    const about = [long, what, size].join(" · ");
    const text = h("div", {}, h("strong", {}, when), h("span", {}, about));
    const lab = h("a", { className: "quiet small", href: `lab/#recordings=${info.recording}`, ariaLabel: `${RECORDINGS.open} ${of}` }, RECORDINGS.open);
    return h("li", { "data-recording": info.recording }, text, lab, take, remove);
  }

  /** @param {string} recording */
  async #download(recording) {
    try {
      download(await (await this.#fetch(`/${recording}`)).blob(), fileName("recording", stampOf(recording), "zip"));
      this.#announce(RECORDINGS.downloaded);
    } catch (error) {
      this.#explain(RECORDINGS.downloadFailed, error);
    }
  }

  /** @param {string} recording */
  async #delete(recording) {
    try {
      await this.#fetch(`/${recording}`, "DELETE");
      this.#announce(RECORDINGS.deleted);
      await this.refresh();
    } catch (error) {
      this.#explain(RECORDINGS.deleteFailed, error);
    }
  }

  /** @param {string} path @param {string} [method] */
  #fetch(path, method) {
    return askServer(`/v1/recordings${path}`, { token: this.#token(), method, signal: this.#abort.signal });
  }

  /** @param {string} what @param {unknown} error */
  #explain(what, error) {
    if (this.#abort.signal.aborted) return;
    const words = FAILURE(what, /** @type {Error} */ (error).message);
    fill(this.#problem, words);
    this.#announce(words);
  }
}

/** `r_20261124_160000_0a1b2c` has the time of its start. @param {string} recording */
function stampOf(recording) {
  return recording.replace(/^r_/, "").replaceAll("_", "-");
}
