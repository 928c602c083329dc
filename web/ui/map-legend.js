/** The symbols of the accuracy map, and the lines that explain them. Sizes are px of the page. */
import { ACCURACY } from "./texts.js";

/** @typedef {{width: number, draw: (x: number, y: number) => void}} Part a symbol, a text, or both */
const GAP = 14;

/**
 * Puts parts beside each other; a part that does not fit begins a line.
 * @template {{width: number}} T @param {T[]} parts @param {number} widest @returns {{at: number, part: T}[][]} at: px from the left
 */
export function inLines(parts, widest) {
  /** @type {{at: number, part: T}[][]} */
  const lines = [];
  let at = Infinity;
  for (const part of parts) {
    if (at + part.width > widest) {
      lines.push([]);
      at = 0;
    }
    lines[lines.length - 1].push({ at, part });
    at += part.width + GAP;
  }
  return lines;
}

/** @param {CanvasRenderingContext2D} context with the font of the text @param {string} text @param {string} ink @returns {Part} */
export function wordsOf(context, text, ink) {
  const draw = (/** @type {number} */ x, /** @type {number} */ y) => {
    context.fillStyle = ink;
    context.fillText(text, x, y);
  };
  return { width: context.measureText(text).width, draw };
}

/**
 * What each symbol and each colour means.
 * @param {CanvasRenderingContext2D} context with the legend's font @param {{look: any, worst: number, when: string,
 *   colour: (share: number) => string}} options  colour: of the scale, at a share of it
 * @returns {Part[]}
 */
export function legendOf(context, { look, worst, when, colour }) {
  const { legend } = ACCURACY;
  const words = (/** @type {string} */ text) => wordsOf(context, text, look.muted);
  const after = (/** @type {number} */ width, /** @type {Part["draw"]} */ draw, /** @type {string} */ text) => {
    const part = words(text);
    return {
      width: width + part.width,
      draw: (/** @type {number} */ x, /** @type {number} */ y) => {
        draw(x, y);
        part.draw(x + width, y);
      },
    };
  };
  const symbol = (/** @type {string} */ text, /** @type {Part["draw"]} */ draw) => after(16, (x, y) => draw(x + 6, y - 4), text);
  const bar = 90;
  const best = context.measureText(ACCURACY.mapBest).width + 6;
  const drawScale = (/** @type {number} */ x, /** @type {number} */ y) => {
    words(ACCURACY.mapBest).draw(x, y);
    for (let i = 0; i < bar; i += 1) {
      context.fillStyle = colour(i / (bar - 1));
      context.fillRect(x + best + i, y - 9, 1.2, 10);
    }
  };
  return [
    symbol(legend.dot, (x, y) => ring(context, x, y, 4, look.ink)),
    symbol(legend.good, (x, y) => gazeMark(context, x, y, 5.5, look.good)),
    symbol(legend.fair, (x, y) => disc(context, x, y, look.fair)),
    symbol(legend.poor, (x, y) => disc(context, x, y, look.poor)),
    symbol(legend.missing, (x, y) => cross(context, x, y, 3, look.ink)),
    after(best + bar + 6, drawScale, ACCURACY.mapWorst(worst)),
    words(ACCURACY.mapUnmeasured),
    words(ACCURACY.mapNote(when)),
    words(ACCURACY.mapDots),
  ];
}

/** @param {CanvasRenderingContext2D} context @param {number} x @param {number} y @param {number} radius @param {string} ink */
export function ring(context, x, y, radius, ink) {
  context.strokeStyle = ink;
  context.lineWidth = 1.25;
  context.beginPath();
  context.arc(x, y, radius, 0, 2 * Math.PI);
  context.stroke();
}

/** @param {CanvasRenderingContext2D} context @param {number} x @param {number} y @param {string} ink */
function disc(context, x, y, ink) {
  context.fillStyle = ink;
  context.beginPath();
  context.arc(x, y, 3, 0, 2 * Math.PI);
  context.fill();
}

/** The mean gaze, with a thin ring as wide as its spread. @param {CanvasRenderingContext2D} context @param {number} x @param {number} y @param {number} spread @param {string} ink */
export function gazeMark(context, x, y, spread, ink) {
  disc(context, x, y, ink);
  context.strokeStyle = ink;
  context.lineWidth = 0.75;
  context.beginPath();
  context.arc(x, y, Math.max(4.5, spread), 0, 2 * Math.PI);
  context.stroke();
}

/** @param {CanvasRenderingContext2D} context @param {number} x @param {number} y @param {number} half @param {string} ink */
export function cross(context, x, y, half, ink) {
  context.strokeStyle = ink;
  context.lineWidth = 1.75;
  context.beginPath();
  for (const side of [half, -half]) {
    context.moveTo(x - side, y - half);
    context.lineTo(x + side, y + half);
  }
  context.stroke();
}
