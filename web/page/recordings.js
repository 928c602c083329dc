/**
 * What was recorded on this machine: a list to download from and to delete from.
 *
 * @typedef {{recording: string, person: string, started_ms: number | null, duration_s: number | null, frames: boolean,
 *   n_samples: number | null, n_frames: number | null, size_bytes: number}} RecordingInfo
 */
import { askServer } from "../core/http.js";
import { confirmOnClick } from "../ui/confirm-button.js";
import { h } from "../ui/dom.js";
import { download } from "../ui/download.js";

/** @param {number} bytes */
export function inWords(bytes) {
  if (bytes < 1e6) return `${Math.max(1, Math.round(bytes / 1e3))} kB`;
  return bytes < 1e9 ? `${(bytes / 1e6).toFixed(bytes < 1e7 ? 1 : 0)} MB` : `${(bytes / 1e9).toFixed(1)} GB`;
}

/** @param {RecordingInfo} info @param {Intl.DateTimeFormat} format @returns {[string, string, string, string]} */
export function describe(info, format) {
  const when = info.started_ms === null ? info.recording : format.format(new Date(info.started_ms));
  const seconds = info.duration_s;
  const long = seconds === null ? "not finished" : seconds < 90 ? `${Math.round(seconds)} s` : `${Math.round(seconds / 60)} min`;
  return [when, long, info.frames ? "pictures and numbers" : "numbers", inWords(info.size_bytes)];
}

export class RecordingsView {
  #rows;
  #empty;
  #problem;
  #token;
  #announce;
  #abort = new AbortController();

  /** @param {{root: HTMLElement, token: () => string, announce: (text: string) => void}} options */
  constructor({ root, token, announce }) {
    this.#rows = /** @type {HTMLElement} */ (root.querySelector("#recordings-list"));
    this.#empty = /** @type {HTMLElement} */ (root.querySelector("#recordings-empty"));
    this.#problem = /** @type {HTMLElement} */ (root.querySelector("#recordings-problem"));
    this.#token = token;
    this.#announce = announce;
  }

  destroy() {
    this.#abort.abort();
  }

  async refresh() {
    try {
      const { recordings } = await (await this.#fetch("")).json();
      this.#show(recordings);
    } catch (error) {
      this.#explain("The list could not be read", error);
    }
  }

  /** @param {RecordingInfo[]} infos */
  #show(infos) {
    const format = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "short" });
    this.#problem.hidden = true;
    this.#empty.hidden = infos.length > 0;
    this.#rows.replaceChildren(...infos.map((info) => this.#row(info, describe(info, format))));
  }

  /** @param {RecordingInfo} info @param {string[]} words */
  #row(info, [when, long, what, size]) {
    const of = `the recording of ${when}`;
    const { signal } = this.#abort;
    const onclick = () => void this.#download(info.recording);
    const take = h("button", { type: "button", className: "quiet small", ariaLabel: `Download ${of}`, onclick }, "Download");
    const remove = h("button", { type: "button", className: "plain" }, "Delete");
    confirmOnClick(remove, { question: "Really delete?", of, action: () => void this.#delete(info.recording), signal });
    const about = [long, what, size].join(" · ");
    const text = h("div", {}, h("strong", {}, when), h("span", {}, about));
    return h("li", { "data-recording": info.recording }, text, take, remove);
  }

  /** @param {string} recording */
  async #download(recording) {
    try {
      download(await (await this.#fetch(`/${recording}`)).blob(), `${recording}.zip`);
      this.#announce("The recording is downloaded");
    } catch (error) {
      this.#explain("It could not be downloaded", error);
    }
  }

  /** @param {string} recording */
  async #delete(recording) {
    try {
      await this.#fetch(`/${recording}`, "DELETE");
      this.#announce("The recording is deleted");
      await this.refresh();
    } catch (error) {
      this.#explain("It could not be deleted", error);
    }
  }

  /** @param {string} path @param {string} [method] */
  #fetch(path, method) {
    return askServer(`/v1/recordings${path}`, { token: this.#token(), method, signal: this.#abort.signal });
  }

  /** @param {string} what @param {unknown} error */
  #explain(what, error) {
    if (this.#abort.signal.aborted) return;
    this.#problem.textContent = `${what}: ${/** @type {Error} */ (error).message}.`;
    this.#problem.hidden = false;
  }
}
