/**
 * The screen's true size for the server, without which nobody may speak of centimetres or degrees. Two ways to it:
 * the diagonal as its box says, typed; or a bank card held to the screen. What was told last counts, and is remembered
 * on this machine. A measurement holds for the screen that the card was held to, and for no other.
 */
import { CardOutline, CARD_MM } from "./card-outline.js";

const DIAGONAL = "sightline.diagonal";
const MEASURED = "sightline.mm-per-px";
const MM_PER_INCH = 25.4;

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
  return `${cm(widthMm)} × ${cm(heightMm)} cm, ${(Math.hypot(widthMm, heightMm) / MM_PER_INCH).toFixed(1)} inches`;
}

/**
 * @param {unknown} told what storage holds
 * @param {Size} px @returns {number | null} mm in a px; null unless it was measured on a screen of this many pixels
 */
export function measuredOn(told, { width, height }) {
  const { screen, mm } = /** @type {{screen?: unknown, mm?: unknown}} */ (told ?? {});
  return screen === `${width}x${height}` && typeof mm === "number" && mm > 0 && Number.isFinite(mm) ? mm : null;
}

/**
 * @param {{
 *   part: (id: string) => HTMLElement, geometry: import("./geometry.js").ScreenGeometry,
 *   announce: (text: string) => void, signal: AbortSignal,
 * }} options
 */
export function bindScreenSize({ part, geometry, announce, signal }) {
  const field = /** @type {HTMLInputElement} */ (part("diagonal"));
  const words = part("screen-size");
  const fromCard = () => measuredOn(JSON.parse(recall(MEASURED) || "null"), geometry.layout);
  const fromField = () => {
    const inches = field.valueAsNumber;
    return field.validity.valid && Number.isFinite(inches) ? physicalSize(inches, geometry.layout) : null;
  };
  let shown = "";
  const apply = () => {
    const card = fromCard();
    const size = card === null ? fromField() : sizeFrom(card, geometry.layout);
    geometry.setPhysicalSize(size);
    const text = size ? `Your screen: ${describeSize(size)}${card === null ? "" : ", measured with a card"}.` : "";
    if (text === shown) return; // written only when new, as geometry changes with every move of the window
    shown = text;
    words.textContent = text;
    words.hidden = text === "";
  };
  const outline = new CardOutline({
    root: /** @type {HTMLDialogElement} */ (part("card-dialog")),
    describe: (longSidePx) => describeSize(sizeFrom(mmPerPx(longSidePx, geometry.layout.scale), geometry.layout)),
    done: (longSidePx) => {
      const { width, height, scale } = geometry.layout;
      keep(MEASURED, JSON.stringify({ screen: `${width}x${height}`, mm: mmPerPx(longSidePx, scale) }));
      field.value = "";
      keep(DIAGONAL, "");
      apply();
      announce(words.textContent ?? "");
    },
    signal,
  });
  part("measure-screen").addEventListener(
    "click",
    () => {
      const mm = fromCard();
      outline.open(mm === null ? null : CARD_MM.long / (mm * geometry.layout.scale));
    },
    { signal },
  );
  field.value = recall(DIAGONAL);
  field.addEventListener(
    "change",
    () => {
      keep(DIAGONAL, field.value);
      keep(MEASURED, "");
      apply();
    },
    { signal },
  );
  geometry.addEventListener("change", apply, { signal }); // the window may have gone to another screen
  apply();
}

/** @type {Map<string, string>} what was told while storage is switched off: then it holds until the page goes */
const here = new Map();

/** @param {string} key */
function recall(key) {
  try {
    return here.get(key) ?? localStorage.getItem(key) ?? "";
  } catch {
    return "";
  }
}

/** @param {string} key @param {string} value */
function keep(key, value) {
  here.set(key, value);
  try {
    localStorage.setItem(key, value);
  } catch {
    // As above.
  }
}
