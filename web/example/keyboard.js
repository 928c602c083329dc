/**
 * A keyboard for the eyes. The error of a webcam is far larger than a usual key. So there are twelve large keys, a letter
 * takes two looks (its group, then the letter), and whole words are offered.
 *
 * It does not depend on gaze: `areas` has the places of its keys, and the caller reports with `rest` and `select` which key
 * the gaze is on. Clicks and the Tab key work as well.
 */
import { KEYBOARD } from "./texts.js";
import { complete, completions } from "./words.js";

const GROUPS = ["ABCDE", "FGHIJ", "KLMNO", "PQRST", "UVWXYZ", ".,?!'"];
const WORD_KEYS = 3;
/** The places of the groups on the board (4 x 3, row by row), and of the letters of an open group. */
const GROUP_PLACES = [4, 5, 6, 8, 9, 10];

/** @typedef {{label: string, name: string, kind: "word" | "group" | "letter" | "act" | "delete" | "none", act: () => void}} Key */

export class Keyboard extends EventTarget {
  #board;
  #output;
  /** @type {HTMLButtonElement[]} */
  #buttons;
  /** @type {Key[]} */
  #keys = [];
  /** @type {number | null} the open group */
  #group = null;
  #text = "";

  /**
   * Emits `change` (detail: the text) and `keys` when the keys have changed.
   * @param {{board: HTMLElement, output: HTMLElement}} options
   */
  constructor({ board, output }) {
    super();
    this.#board = board;
    this.#output = output;
    this.#buttons = Array.from({ length: 12 }, (_, index) => {
      const button = Object.assign(document.createElement("button"), { type: "button", className: "key" });
      button.append(document.createElement("span"));
      button.addEventListener("click", () => this.select(index));
      return button;
    });
    board.replaceChildren(...this.#buttons);
    this.#show();
  }

  get text() {
    return this.#text;
  }

  /** @param {number} dwellMs */
  areas(dwellMs) {
    return this.#buttons.flatMap((element, index) =>
      this.#keys[index].kind === "none" ? [] : [{ element, id: `key-${index}`, dwellMs, repeat: this.#keys[index].kind === "delete" }],
    );
  }

  /** Shows how much of a key's dwell time is over. @param {string | null} id @param {number} progress 0 to 1 */
  rest(id, progress) {
    this.#buttons.forEach((button, index) => {
      const here = id === `key-${index}`;
      button.classList.toggle("is-looked-at", here);
      button.style.setProperty("--progress", here ? progress.toFixed(3) : "0");
    });
  }

  /** @param {number} index */
  select(index) {
    const button = this.#buttons[index];
    button.classList.remove("is-chosen");
    void button.offsetWidth; // restarts the flash
    button.classList.add("is-chosen");
    this.#keys[index].act();
  }

  clear() {
    this.#write("");
  }

  /** @param {string} text */
  #write(text) {
    this.#text = text;
    this.#group = null;
    this.#show();
    this.dispatchEvent(new CustomEvent("change", { detail: text }));
  }

  /** @param {number | null} group */
  #open(group) {
    this.#group = group;
    this.#show();
  }

  #show() {
    this.#output.textContent = this.#text;
    this.#keys = this.#group === null ? this.#outer() : this.#inner(this.#group);
    this.#board.dataset.level = this.#group === null ? "groups" : "letters";
    this.#keys.forEach(({ label, name, kind }, index) => {
      const button = this.#buttons[index];
      /** @type {HTMLElement} */ (button.firstElementChild).textContent = label;
      button.ariaLabel = name;
      button.dataset.kind = kind;
      button.disabled = kind === "none";
    });
    this.rest(null, 0);
    this.dispatchEvent(new Event("keys"));
  }

  /** @returns {Key[]} */
  #outer() {
    const offered = completions(this.#text, WORD_KEYS);
    const keys = Array.from({ length: 12 }, () => NONE);
    offered.forEach((word, index) => {
      keys[index] = { label: word, name: KEYBOARD.word(word), kind: "word", act: () => this.#write(complete(this.#text, word)) };
    });
    GROUPS.forEach((letters, index) => {
      const label = [...letters].join(" ");
      keys[GROUP_PLACES[index]] = { label, name: KEYBOARD.group(label), kind: "group", act: () => this.#open(index) };
    });
    keys[3] = { ...KEYBOARD.delete, kind: "delete", act: () => this.#write(this.#text.slice(0, -1)) };
    keys[7] = { ...KEYBOARD.space, kind: "act", act: () => this.#write(`${this.#text} `) };
    keys[11] = { ...KEYBOARD.clear, kind: "act", act: () => this.clear() };
    return keys;
  }

  /** @param {number} group @returns {Key[]} */
  #inner(group) {
    const keys = Array.from({ length: 12 }, () => NONE);
    const back = { ...KEYBOARD.back, kind: /** @type {const} */ ("act"), act: () => this.#open(null) };
    // The gaze still rests on the group's place. No letter is put there, because it would be typed at once.
    const places = [...GROUP_PLACES, 1, 2].filter((place) => place !== GROUP_PLACES[group]);
    [...GROUPS[group]].forEach((letter, index) => {
      keys[places[index]] = { label: letter, name: KEYBOARD.letter(letter), kind: "letter", act: () => this.#write(this.#with(letter)) };
    });
    keys[0] = back;
    return keys;
  }

  /** Capital letters at the start of a sentence only; a punctuation mark follows the word without a blank. @param {string} letter */
  #with(letter) {
    if (/[.,?!]/.test(letter)) return `${this.#text.trimEnd()}${letter} `;
    return this.#text + (/(^|[.?!] *)$/.test(this.#text) ? letter : letter.toLowerCase());
  }
}

/** @type {Key} */
const NONE = Object.freeze({ label: "", name: "", kind: "none", act: () => {} });
