/**
 * A dialog with the outline of a bank card. The person makes it as large as a card that they hold to the screen, which gives
 * the pixels per millimetre. The slider, arrow keys, buttons and dragging change its size; its upper left corner stays.
 */
import { listen } from "../core/events.js";
import { h, icon } from "./dom.js";
import { SCREEN } from "./texts.js";

/** ISO/IEC 7810 ID-1: bank cards, driving licences, most identity cards. */
export const CARD_MM = { long: 85.6, short: 53.98 };

/** A television has 1.5 px in a millimetre, a telephone 7 (CSS px). */
const [FEWEST_PX_PER_MM, MOST_PX_PER_MM] = [1.5, 8];
/** The value of CSS. The outline starts with it if the size of the screen is unknown. */
const CSS_PX_PER_MM = 96 / 25.4;
/** In a window narrower than this, the card is upright, because its long side would not fit. */
const UPRIGHT_BELOW_PX = 640;
const STEP_PX = 1;

/** @param {number} longSidePx @returns {number} within what screens can have, in whole steps */
export function within(longSidePx) {
  const low = Math.ceil(FEWEST_PX_PER_MM * CARD_MM.long);
  const high = Math.floor(MOST_PX_PER_MM * CARD_MM.long);
  return Math.min(Math.max(Math.round(longSidePx / STEP_PX) * STEP_PX, low), high);
}

/**
 * The long side after a drag by (dx, dy): the corner follows the pointer along the outline's diagonal.
 * @param {number} longSidePx before the drag @param {{dx: number, dy: number}} by @param {boolean} upright
 */
export function dragged(longSidePx, { dx, dy }, upright) {
  const shortSidePx = (longSidePx * CARD_MM.short) / CARD_MM.long;
  const [width, height] = upright ? [shortSidePx, longSidePx] : [longSidePx, shortSidePx];
  return within(longSidePx * (1 + (dx * width + dy * height) / (width * width + height * height)));
}

export class CardOutline {
  #card = h("div", { className: "card-outline", ariaHidden: "true" });
  #slider = h("input", {
    type: "range", min: within(0), max: within(Infinity), step: STEP_PX, ariaLabel: SCREEN.outline,
  });
  #output = h("p", { className: "card-words" });
  #describe;
  /** @type {{x: number, y: number, longSidePx: number} | null} */
  #grip = null;

  /**
   * @param {{describe: (longSidePx: number) => string, done: (longSidePx: number) => void, signal: AbortSignal}} options
   *   describe: the size of the screen as text, if the outline is as large as the card
   */
  constructor({ describe, done, signal }) {
    this.#describe = describe;
    const button = (/** @type {string} */ act, /** @type {object} */ look, /** @type {() => void} */ onclick, /** @type {(Node | string)[]} */ ...content) =>
      h("button", { type: "button", className: act === "done" ? "primary" : "quiet", "data-act": act, onclick, ...look }, ...content);
    const step = (/** @type {number} */ px) => () => this.#set(this.#longSidePx + px);
    const accept = () => {
      this.element.close();
      done(this.#longSidePx);
    };
    this.element = h(
      "dialog",
      { id: "card-dialog", "aria-labelledby": "card-title" },
      h(
        "form",
        { method: "dialog" },
        h("h2", { id: "card-title" }, SCREEN.cardTitle),
        h("p", { className: "hint" }, SCREEN.cardHint),
        this.#card,
        h(
          "div",
          { className: "card-size" },
          button("smaller", { ariaLabel: SCREEN.smaller }, step(-STEP_PX), "\u2212"),
          this.#slider,
          button("larger", { ariaLabel: SCREEN.larger }, step(STEP_PX), "+"),
        ),
        this.#output,
        h(
          "div",
          { className: "actions" },
          button("done", {}, accept, icon("good"), SCREEN.matches),
          button("cancel", {}, () => this.element.close(), SCREEN.cancel),
        ),
      ),
    );
    // Its keys do not reach the page: Escape closes only this dialog.
    listen(this.element, "keydown", (_, event) => event.stopPropagation(), signal);
    listen(this.#slider, "input", () => this.#show(), signal);
    listen(this.#card, "pointerdown", (_, event) => this.#take(event), signal);
    listen(this.#card, "pointermove", (_, event) => this.#drag(event), signal);
    for (const type of ["pointerup", "pointercancel"]) listen(this.#card, type, () => (this.#grip = null), signal);
    listen(window, "resize", () => this.#show(), signal);
    signal.addEventListener("abort", () => this.element.close());
  }

  /** @param {number | null} longSidePx as measured before */
  open(longSidePx) {
    this.#set(longSidePx ?? CSS_PX_PER_MM * CARD_MM.long);
    this.element.showModal();
    this.#slider.focus();
  }

  get #longSidePx() {
    return this.#slider.valueAsNumber;
  }

  get #upright() {
    return window.innerWidth < UPRIGHT_BELOW_PX;
  }

  /** @param {number} longSidePx */
  #set(longSidePx) {
    this.#slider.value = String(within(longSidePx));
    this.#show();
  }

  #show() {
    this.#card.classList.toggle("upright", this.#upright);
    this.#card.style.setProperty("--long", `${this.#longSidePx}px`);
    const words = this.#describe(this.#longSidePx);
    this.#output.textContent = SCREEN.wouldBe(words);
    this.#slider.setAttribute("aria-valuetext", SCREEN.outlineValue(this.#longSidePx, words));
  }

  /** @param {PointerEvent} event */
  #take(event) {
    if (event.button !== 0) return;
    this.#card.setPointerCapture(event.pointerId);
    this.#grip = { x: event.clientX, y: event.clientY, longSidePx: this.#longSidePx };
    event.preventDefault(); // the focus stays on the slider, so that arrow keys can change the last pixels
  }

  /** @param {PointerEvent} event */
  #drag(event) {
    if (!this.#grip) return;
    const by = { dx: event.clientX - this.#grip.x, dy: event.clientY - this.#grip.y };
    this.#set(dragged(this.#grip.longSidePx, by, this.#upright));
  }
}
