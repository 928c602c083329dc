/** The stimuli of the chosen recordings, to choose one. Hidden when there are none. */
import { h, svg } from "../ui/dom.js";
import { STIMULI } from "./texts.js";

/** @typedef {import("./server.js").Timeline} Timeline */

export class StimulusStrip {
  #root;
  #row;
  #choice;
  #server;
  #shown = "";

  /** @param {{root: HTMLElement, choice: import("./choice.js").Choice, server: import("./server.js").LabServer}} options */
  constructor({ root, choice, server }) {
    this.#root = root;
    this.#row = /** @type {HTMLElement} */ (root.querySelector("div"));
    this.#choice = choice;
    this.#server = server;
  }

  /** @param {readonly Timeline[]} timelines @param {string | null} chosen */
  show(timelines, chosen) {
    const stimuli = stimuliOf(timelines);
    this.#root.hidden = stimuli.length === 0;
    const key = JSON.stringify(stimuli.map(({ name, owner }) => [name, owner]));
    if (key !== this.#shown) {
      this.#shown = key;
      this.#row.replaceChildren(this.#choose(null, null), ...stimuli.map(({ name, owner }) => this.#choose(name, owner)));
    }
    for (const input of this.#row.querySelectorAll("input")) {
      input.checked = (input.dataset.whole ? null : input.value) === chosen;
    }
  }

  /** @param {string | null} stimulus @param {string | null} owner a recording that has its picture */
  #choose(stimulus, owner) {
    const onchange = () => this.#choice.set({ stimulus });
    const input = h("input", { type: "radio", name: "stimulus", value: stimulus ?? "", onchange });
    if (stimulus === null) input.dataset.whole = "yes";
    const thumb = h("span", { className: "thumb", "aria-hidden": "true" });
    if (owner !== null && stimulus !== null) {
      this.#server.picture(owner, stimulus).then((src) => thumb.append(h("img", { src, alt: "" })), () => {});
    } else thumb.append(svg("svg", { class: "icon" }, svg("use", { href: "#i-screen" })));
    return h("label", {}, input, thumb, h("span", { className: "name" }, stimulus ?? STIMULI.whole));
  }
}

/**
 * The stimulus to show: the one that was chosen, where the recordings have it; otherwise the first one with a picture, or the whole
 * recording.
 * @param {readonly {name: string, owner: string | null}[]} stimuli @param {string | null | undefined} chosen @returns {string | null}
 */
export function shownOf(stimuli, chosen) {
  if (chosen === null || stimuli.some(({ name }) => name === chosen)) return chosen ?? null;
  return stimuli.find(({ owner }) => owner !== null)?.name ?? null;
}

/**
 * @param {readonly Timeline[]} timelines
 * @returns {{name: string, owner: string | null}[]} in the order of their first showing; owner: a recording that has the picture
 */
export function stimuliOf(timelines) {
  /** @type {Map<string, string | null>} */
  const found = new Map();
  for (const { recording, stimuli } of timelines) {
    for (const { name, picture } of stimuli) found.set(name, found.get(name) ?? (picture ? recording : null));
  }
  return [...found].map(([name, owner]) => ({ name, owner }));
}
