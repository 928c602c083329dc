/**
 * The list of recordings. A press on one chooses it alone; its box chooses it beside the others.
 *
 * @typedef {import("./server.js").RecordingInfo} RecordingInfo
 */
import { h, keepFocus, svg } from "../ui/dom.js";
import { dateOf, factsOf, fits, nameOf } from "./describe.js";
import { inOneLine } from "./facts.js";
import { peopleOf } from "./people.js";
import { LIBRARY } from "./texts.js";

export class LibraryView {
  #list;
  #filter;
  #all;
  #allWords;
  #none;
  #choice;
  #about;
  /** @type {RecordingInfo[]} */
  #infos = [];

  /**
   * @param {{part: (id: string) => HTMLElement, choice: import("./choice.js").Choice, about: (info: RecordingInfo) => void,
   *   signal: AbortSignal}} options about: a person wants to read or change what belongs to a recording
   */
  constructor({ part, choice, about, signal }) {
    this.#list = part("library-list");
    this.#none = part("library-none");
    this.#allWords = part("choose-words");
    this.#filter = /** @type {HTMLInputElement} */ (part("filter"));
    this.#all = /** @type {HTMLInputElement} */ (part("choose-all"));
    this.#choice = choice;
    this.#about = about;
    this.#filter.addEventListener("input", () => this.#narrow(), { signal });
    this.#all.addEventListener("change", () => this.#chooseAll(), { signal });
    choice.addEventListener("change", () => this.#mark(), { signal });
  }

  /** @param {RecordingInfo[]} infos newest first */
  show(infos) {
    this.#infos = infos;
    const tools = /** @type {HTMLElement} */ (this.#filter.parentElement);
    tools.hidden = infos.length === 0;
    keepFocus(this.#list, () => this.#list.replaceChildren(...infos.map((info) => this.#row(info))), () => this.#filter);
    this.#narrow();
  }

  /** @param {RecordingInfo} info */
  #row(info) {
    const name = nameOf(info);
    const { recording } = info;
    const box = h("input", { type: "checkbox", ariaLabel: LIBRARY.choose(name), onchange: () => this.#toggle(recording, box.checked) });
    const pick = h("label", { className: "pick" }, box, h("span", { className: "number", "aria-hidden": "true" }));
    const lines = [...(name === dateOf(info) ? [] : [[dateOf(info)]]), ...factsOf(info)];
    const open = h(
      "button",
      { type: "button", className: "open", onclick: () => this.#choice.set({ recordings: [recording] }) },
      h("strong", {}, name),
      ...lines.map((facts) => h("span", {}, ...inOneLine(facts))),
    );
    if (info.note) open.append(h("span", { className: "note" }, info.note));
    if (info.tags?.length) open.append(h("span", { className: "tags" }, ...info.tags.map((tag) => h("span", { className: "tag" }, tag))));
    const more = h("button", { type: "button", className: "tool", ariaLabel: LIBRARY.more(name), title: LIBRARY.more(name), onclick: () => this.#about(info) });
    more.append(svg("svg", { class: "icon", "aria-hidden": "true" }, svg("use", { href: "#i-more" })));
    return h("li", { "data-recording": recording }, pick, open, more);
  }

  /** @param {string} recording @param {boolean} chosen */
  #toggle(recording, chosen) {
    const others = this.#choice.now.recordings.filter((other) => other !== recording);
    this.#choice.set({ recordings: chosen ? [...others, recording] : others });
  }

  #chooseAll() {
    const seen = this.#seen().map(({ recording }) => recording);
    this.#choice.set({ recordings: this.#all.checked ? [...new Set([...this.#choice.now.recordings, ...seen])] : [] });
  }

  #seen() {
    return this.#infos.filter((info) => fits(this.#filter.value, info));
  }

  #narrow() {
    const seen = new Set(this.#seen().map(({ recording }) => recording));
    for (const row of this.#rows()) row.hidden = !seen.has(row.dataset.recording ?? "");
    this.#none.hidden = seen.size > 0 || this.#infos.length === 0;
    this.#mark();
  }

  #mark() {
    const here = new Set(this.#infos.map(({ recording }) => recording));
    const chosen = this.#choice.now.recordings.filter((recording) => here.has(recording));
    const people = new Map(peopleOf(chosen, () => "").map((person) => [person.recording, person]));
    for (const row of this.#rows()) {
      const person = people.get(row.dataset.recording ?? "");
      /** @type {HTMLInputElement} */ (row.querySelector("input")).checked = person !== undefined;
      row.classList.toggle("is-chosen", person !== undefined);
      const number = /** @type {HTMLElement} */ (row.querySelector(".number"));
      number.textContent = person ? String(person.number) : "";
      number.style.background = person?.colour ?? "";
      number.style.color = person?.ink ?? "";
      const open = /** @type {HTMLElement} */ (row.querySelector(".open"));
      if (person && chosen.length === 1) open.setAttribute("aria-current", "true");
      else open.removeAttribute("aria-current");
    }
    this.#all.checked = chosen.length > 0 && chosen.length === this.#infos.length;
    this.#all.indeterminate = chosen.length > 0 && !this.#all.checked;
    this.#allWords.textContent = LIBRARY.chosen(chosen.length, this.#infos.length);
  }

  #rows() {
    return /** @type {HTMLElement[]} */ ([...this.#list.children]);
  }
}
