/**
 * The list of areas beside the stimulus: names to change, warnings, copy and delete.
 *
 * @typedef {import("../server.js").Warning} Warning
 * @typedef {{name: string, kind: "rectangle" | "ellipse" | "polygon", colour: string, reported: boolean,
 *   span: [number, number | null] | null, times: readonly [number, number][]}} Row span: when it counts, ms from the onset; times: when a
 *   page reported it, empty for always
 */
import { h, keepFocus, svg } from "../../ui/dom.js";
import { clock, sentence } from "../describe.js";
import { AREAS } from "../texts.js";
import { MOST_NAME_CHARS, nameFrom } from "./areas-file.js";

export class AreaList extends EventTarget {
  #root;
  #next;

  /** Emits `rename` {name, to, done}, `span` {name, from, to} as typed, `choose`, `remove` and `copy` {name}; done: with Enter, so the focus should go to the area. @param {{root: HTMLElement, next: () => HTMLElement}} options */
  constructor({ root, next }) {
    super();
    this.#root = root;
    this.#next = next;
  }

  /** @param {readonly Row[]} rows @param {string | null} chosen @param {readonly Warning[]} warnings */
  show(rows, chosen, warnings) {
    // Rows that are the same stay: an answer of the server must not take the text that a person is typing.
    const before = new Map([...this.#root.children].map((row) => [/** @type {HTMLElement} */ (row).dataset.key, row]));
    const elements = rows.map((row) => /** @type {HTMLElement} */ (before.get(keyOf(row)) ?? this.#row(row)));
    if (elements.length !== this.#root.children.length || elements.some((element, i) => element !== this.#root.children[i])) {
      const active = /** @type {HTMLElement | null} */ (document.activeElement);
      const name = active?.closest("[data-area]")?.getAttribute("data-area");
      const role = active?.dataset.role;
      keepFocus(this.#root, () => this.#root.replaceChildren(...elements), () => this.#of(name ?? "", role ?? "") ?? this.#next());
    }
    /** @type {HTMLElement | null} */
    let changed = null;
    elements.forEach((element, i) => {
      showTime(element, rows[i].span);
      const isChosen = rows[i].name === chosen;
      const before = element.querySelectorAll(".area-warning").length;
      const own = warnings.filter(({ area }) => area === rows[i].name);
      if (isChosen && (!element.classList.contains("is-chosen") || own.length > before)) changed = element;
      element.classList.toggle("is-chosen", isChosen);
      for (const old of element.querySelectorAll(".area-warning")) old.remove();
      element.append(...own.map(({ text }) => h("p", { className: "area-warning" }, sentence(text))));
    });
    if (changed) this.#reveal(changed);
  }

  /** Scrolls the list, not the page. @param {HTMLElement} row */
  #reveal(row) {
    const [list, { top, bottom }] = [this.#root.getBoundingClientRect(), row.getBoundingClientRect()];
    if (bottom > list.bottom || top < list.top) this.#root.scrollTop += top < list.top ? top - list.top : bottom - list.bottom;
  }

  /** Puts the cursor into the name of an area. @param {string} name */
  edit(name) {
    const input = /** @type {HTMLInputElement | null} */ (this.#of(name, "name"));
    input?.focus();
    input?.select();
  }

  /** @param {string} name @param {string} role @returns {HTMLElement | null} */
  #of(name, role) {
    return this.#root.querySelector(`[data-area="${CSS.escape(name)}"] [data-role="${role}"]`);
  }

  /** @param {Row} row */
  #row(row) {
    const { name, kind, colour, reported, times } = row;
    const swatch = h("span", { className: `swatch ${kind}`, title: AREAS.shapes[kind] });
    swatch.style.setProperty("--colour", colour);
    const title = reported
      ? h("span", { className: "reported-name" }, name, h("span", { className: "fine" }, AREAS.reported(times.map(([from, to]) => AREAS.span(clock(from), clock(to))))))
      : h("input", { value: name, maxLength: MOST_NAME_CHARS, ariaLabel: AREAS.nameOf(name), "data-role": "name", onchange: (/** @type {any} */ event) => this.#rename(name, event.target, false), onkeydown: (/** @type {any} */ event) => void (event.key === "Enter" && this.#rename(name, event.target, true)), onfocus: () => this.#emit("choose", { name }) });
    const tools = reported
      ? [tool("copy", AREAS.own(name), "i-copy", () => this.#emit("copy", { name }))]
      : [tool("copy", AREAS.copy(name), "i-copy", () => this.#emit("copy", { name })), tool("remove", AREAS.remove(name), "i-clear", () => this.#emit("remove", { name }))];
    return h("li", { "data-area": name, "data-key": keyOf(row) }, swatch, title, ...tools, ...(reported ? [] : [this.#time(name)]));
  }

  /** When the area counts: two fields, which are empty for the start and the end of the stimulus. @param {string} name */
  #time(name) {
    const field = (/** @type {"from" | "to"} */ role, /** @type {string} */ placeholder) =>
      h("input", { type: "number", min: "0", step: "0.1", inputMode: "decimal", placeholder, ariaLabel: AREAS.time[role](name), "data-role": role, onchange: send, onfocus: () => this.#emit("choose", { name }) });
    const send = () => this.#emit("span", { name, from: from.value, to: to.value });
    const [from, to] = [field("from", AREAS.time.start), field("to", AREAS.time.end)];
    return h("div", { className: "area-time", title: AREAS.time.hint }, h("span", {}, AREAS.time.counts), from, h("span", {}, AREAS.time.until), to, h("span", {}, AREAS.time.unit));
  }

  /** @param {string} name @param {HTMLInputElement} input @param {boolean} done */
  #rename(name, input, done) {
    const to = nameFrom(input.value) || name;
    input.value = to;
    if (done || to !== name) this.#emit("rename", { name, to, done });
  }

  /** @param {string} type @param {object} detail */
  #emit(type, detail) {
    this.dispatchEvent(new CustomEvent(type, { detail }));
  }
}

/** What a row shows, but for its time: a new one must not take the field in which the next number is typed. @param {Row} row */
const keyOf = ({ span: _, ...row }) => JSON.stringify(row);

/** @param {HTMLElement} element of a row @param {[number, number | null] | null} span */
function showTime(element, span) {
  const [fields, shown] = [element.querySelectorAll(".area-time input"), JSON.stringify(span)];
  if (element.dataset.span === shown || !fields.length) return; // what is typed and not accepted stays
  element.dataset.span = shown;
  element.classList.toggle("has-time", span !== null);
  const [from, to] = /** @type {NodeListOf<HTMLInputElement>} */ (fields);
  from.value = span?.[0] ? String(span[0] / 1000) : "";
  to.value = typeof span?.[1] === "number" ? String(span[1] / 1000) : "";
}

/** @param {string} role @param {string} words @param {string} symbol @param {() => void} onclick */
function tool(role, words, symbol, onclick) {
  const button = h("button", { type: "button", className: "tool", ariaLabel: words, title: words, "data-role": role, onclick });
  button.append(svg("svg", { class: "icon", "aria-hidden": "true" }, svg("use", { href: `#${symbol}` })));
  return button;
}
