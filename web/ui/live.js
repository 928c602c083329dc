/**
 * Texts for screen readers. Every live region is written here and nowhere else: a text that changes faster than it is read
 * can't be followed. So no visible text is a live region; its owner also calls `say`.
 *
 * 1. A text waits SETTLE_MS, so a state of a moment, such as a blink, is not read.
 * 2. A region changes at most once in LEAST_MS. Of the texts that come meanwhile, the newest is written.
 */
export const LEAST_MS = 3100;
const SETTLE_MS = 500;

export class LiveText {
  #element;
  #next = "";
  #timer = 0;
  #writtenAt = -Infinity;

  /** @param {HTMLElement} element a live region; empty at first, otherwise its first text would not be read */
  constructor(element) {
    this.#element = element;
  }

  /** @param {string} text an empty one takes back what is not written yet */
  say = (text) => {
    this.#next = text;
    window.clearTimeout(this.#timer);
    const waitMs = Math.max(SETTLE_MS, this.#writtenAt + LEAST_MS - performance.now());
    this.#timer = window.setTimeout(() => this.#write(), waitMs);
  };

  #write() {
    if (!this.#next || this.#next === this.#element.textContent) return;
    this.#element.textContent = this.#next;
    this.#writtenAt = performance.now();
  }
}
