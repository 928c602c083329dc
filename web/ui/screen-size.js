/**
 * The physical size of the screen, which the server needs for centimetres and degrees. The person types the diagonal, or
 * measures with a bank card. The newer value counts, and is remembered on this machine. A measurement is valid only for
 * the screen on which it was made.
 */
import { recall, remember } from "../core/memory.js";
import { CARD_MM, CardOutline } from "./card-outline.js";
import { SCREEN } from "./texts.js";

const DIAGONAL = "sightline.diagonal";
const MEASURED = "sightline.mm-per-px";
const MM_PER_INCH = 25.4;
/** From a telephone to a wall. */
const [FEWEST_INCHES, MOST_INCHES] = [4, 120];

/** @typedef {{width: number, height: number}} Size */
/** @typedef {{widthMm: number, heightMm: number}} PhysicalSize */

/** @param {number} inches @param {Size} px @returns {PhysicalSize} */
export function physicalSize(inches, px) {
  return sizeFrom((inches * MM_PER_INCH) / Math.hypot(px.width, px.height), px);
}

/**
 * @param {number} longSidePx of the card, in px of the page
 * @param {number} scale screen px in a page px: a zoomed page draws larger pixels
 * @returns {number} mm in a px of the screen
 */
export function mmPerPx(longSidePx, scale) {
  return CARD_MM.long / (longSidePx * scale);
}

/** @param {number} mmPerPx @param {Size} px @returns {PhysicalSize} */
export function sizeFrom(mmPerPx, px) {
  const round = (/** @type {number} */ value) => Math.round(value * 10) / 10;
  return { widthMm: round(px.width * mmPerPx), heightMm: round(px.height * mmPerPx) };
}

/** @param {PhysicalSize} size */
export function describeSize({ widthMm, heightMm }) {
  const cm = (/** @type {number} */ mm) => (mm / 10).toFixed(1);
  const inches = (Math.hypot(widthMm, heightMm) / MM_PER_INCH).toFixed(1);
  return SCREEN.size({ widthCm: cm(widthMm), heightCm: cm(heightMm), inches });
}

/**
 * @param {unknown} stored
 * @param {Size} px @returns {number | null} mm in a px; null unless it was measured on a screen of this many pixels
 */
export function measuredOn(stored, { width, height }) {
  const { screen, mm } = /** @type {{screen?: unknown, mm?: unknown}} */ (stored ?? {});
  return screen === `${width}x${height}` && typeof mm === "number" && mm > 0 && Number.isFinite(mm) ? mm : null;
}

/** The size of the screen that the window is on, as entered earlier. It is applied again when the window moves. */
export class ScreenSize {
  #geometry;

  /** @param {{geometry: import("../core/geometry.js").ScreenGeometry, signal: AbortSignal}} options */
  constructor({ geometry, signal }) {
    this.#geometry = geometry;
    geometry.addEventListener("change", () => this.#apply(), { signal }); // the window may be on another screen
    this.#apply();
  }

  /** The typed diagonal; empty without one. */
  get diagonal() {
    return recall(DIAGONAL);
  }

  /** The card's long side in px of the page, as measured earlier. @returns {number | null} */
  get #cardPx() {
    const mm = this.#measured();
    return mm === null ? null : CARD_MM.long / (mm * this.#geometry.layout.scale);
  }

  /** @param {number} longSidePx @returns {string} the screen's size as text, if the card has this length */
  #describe(longSidePx) {
    const { layout } = this.#geometry;
    return describeSize(sizeFrom(mmPerPx(longSidePx, layout.scale), layout));
  }

  /** The known size as text; empty without one. */
  get words() {
    const size = this.#size();
    if (!size) return "";
    return this.#measured() === null ? SCREEN.known(describeSize(size)) : SCREEN.measured(describeSize(size));
  }

  /**
   * The dialog for the measurement.
   * @param {{measured: () => void, signal: AbortSignal}} options
   * @returns {{element: HTMLDialogElement, open: () => void}}
   */
  cardDialog({ measured, signal }) {
    const outline = new CardOutline({
      describe: (longSidePx) => this.#describe(longSidePx),
      done: (longSidePx) => {
        this.#setCard(longSidePx);
        measured();
      },
      signal,
    });
    return { element: outline.element, open: () => outline.open(this.#cardPx) };
  }

  /** @param {number} longSidePx of the card */
  #setCard(longSidePx) {
    const { width, height, scale } = this.#geometry.layout;
    remember(MEASURED, JSON.stringify({ screen: `${width}x${height}`, mm: mmPerPx(longSidePx, scale) }));
    remember(DIAGONAL, "");
    this.#apply();
  }

  /** @param {string} inches as typed */
  setDiagonal(inches) {
    remember(DIAGONAL, inches);
    remember(MEASURED, "");
    this.#apply();
  }

  #apply() {
    this.#geometry.setPhysicalSize(this.#size());
  }

  #measured() {
    return measuredOn(JSON.parse(recall(MEASURED) || "null"), this.#geometry.layout);
  }

  #size() {
    const mm = this.#measured();
    if (mm !== null) return sizeFrom(mm, this.#geometry.layout);
    const inches = Number(this.diagonal);
    return inches >= FEWEST_INCHES && inches <= MOST_INCHES ? physicalSize(inches, this.#geometry.layout) : null;
  }
}
