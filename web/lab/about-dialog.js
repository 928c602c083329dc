/**
 * What belongs to one recording: its name, tags and note, which a person may change; what was measured; download and delete.
 *
 * @typedef {import("./server.js").RecordingInfo} RecordingInfo
 */
import { confirmOnClick } from "../ui/confirm-button.js";
import { fill, h } from "../ui/dom.js";
import { download, fileName } from "../ui/download.js";
import { accuracyOf, dateOf, lengthOf, nameOf } from "./describe.js";
import { ABOUT, LIBRARY, PROBLEMS, UNITS } from "./texts.js";

/** The server's limits. */
const MOST = { label: 64, note: 2000 };

export class AboutDialog {
  #dialog;
  #server;
  #beforeZip;
  #changed;
  #removed;
  #announce;
  #abort = new AbortController();

  /**
   * @param {{dialog: HTMLDialogElement, server: import("./server.js").LabServer, beforeZip: (info: RecordingInfo) => Promise<void>,
   *   changed: () => void, removed: (recording: string) => void, announce: (text: string) => void}} options beforeZip: the server may
   *   lack what belongs into a download; changed: the list is no longer as it was; removed: comes before it
   */
  constructor({ dialog, server, beforeZip, changed, removed, announce }) {
    this.#beforeZip = beforeZip;
    this.#dialog = dialog;
    this.#server = server;
    this.#changed = changed;
    this.#removed = removed;
    this.#announce = announce;
    dialog.addEventListener("close", () => this.#abort.abort());
  }

  /** @param {RecordingInfo} info */
  open(info) {
    this.#abort = new AbortController();
    const name = nameOf(info);
    const label = h("input", { value: info.label ?? "", maxLength: MOST.label, placeholder: info.person || dateOf(info), autofocus: true });
    const tags = h("input", { value: (info.tags ?? []).join(", ") });
    const note = h("textarea", { value: info.note ?? "", maxLength: MOST.note, rows: 3 });
    const problem = h("p", { className: "problem-bar", hidden: true });
    const explain = (/** @type {string} */ what) => (/** @type {Error} */ error) => {
      const words = PROBLEMS.because(what, error.message);
      fill(problem, words);
      this.#announce(words);
    };
    const save = async () => {
      const list = tags.value.split(",").map((tag) => tag.trim()).filter(Boolean);
      await this.#server.describe(info.recording, { label: label.value.trim(), note: note.value.trim(), tags: [...new Set(list)] });
      this.#done(ABOUT.saved);
    };
    const take = async () => {
      await this.#beforeZip(info);
      download(await this.#server.zip(info.recording), fileName("recording", info.recording.replace(/^r_/, "").replaceAll("_", "-"), "zip"));
    };
    const remove = async () => {
      await this.#server.remove(info.recording);
      this.#removed(info.recording);
      this.#done(ABOUT.removed);
    };
    const form = h(
      "form",
      { method: "dialog", onsubmit: (/** @type {Event} */ event) => (event.preventDefault(), void save().catch(explain(PROBLEMS.save))) },
      h("h2", { id: "about-title" }, ABOUT.title(name)),
      field(ABOUT.label, label),
      field(ABOUT.tags, tags),
      field(ABOUT.note, note),
      this.#facts(info),
      problem,
    );
    const removeButton = h("button", { type: "button", className: "plain" }, ABOUT.remove);
    confirmOnClick(removeButton, {
      question: ABOUT.confirm, of: LIBRARY.of(name), action: () => void remove().catch(explain(PROBLEMS.remove)), signal: this.#abort.signal,
    });
    form.append(
      h(
        "div",
        { className: "actions" },
        h("button", { type: "submit", className: "primary small" }, ABOUT.save),
        h("button", { type: "button", className: "quiet small", onclick: () => void take().catch(explain(PROBLEMS.download)) }, ABOUT.download),
        removeButton,
        h("button", { type: "button", className: "quiet small close", onclick: () => this.#dialog.close() }, ABOUT.close),
      ),
    );
    this.#dialog.replaceChildren(form);
    this.#dialog.showModal();
  }

  /** @param {RecordingInfo} info */
  #facts(info) {
    const rows = [
      [ABOUT.person, info.person],
      [ABOUT.started, dateOf(info)],
      [ABOUT.length, lengthOf(info.duration_s)],
      [ABOUT.holds, info.frames ? ABOUT.pictures : ABOUT.numbers],
      [ABOUT.size, `${(info.size_bytes / 1e6).toFixed(1)} MB`],
      [ABOUT.study, info.study ?? ""],
      [ABOUT.measured, [accuracyOf(info.accuracy), info.lost === null ? "" : LIBRARY.lost(UNITS.percent(info.lost ?? 0))].filter(Boolean).join(" · ")],
    ];
    const known = rows.filter(([, value]) => value);
    return h("dl", { className: "facts" }, ...known.map(([name, value]) => h("div", {}, h("dt", {}, name), h("dd", {}, value))));
  }

  /** @param {string} words */
  #done(words) {
    this.#dialog.close();
    this.#announce(words);
    this.#changed();
  }
}

/** @param {string} name @param {HTMLElement} control */
function field(name, control) {
  return h("label", { className: "field" }, h("span", {}, name), control);
}
