/**
 * The accuracy map: the screen, each dot with the mean gaze estimated for it, and the error between the dots as a
 * colour. Drawn on a canvas in fixed colours, so that the saved picture looks the same everywhere.
 *
 * @typedef {import("./grading.js").ValidationResult} ValidationResult
 */
import { figures } from "./grading.js";
import { ACCURACY } from "./texts.js";

/** The map of an upright screen is narrower, so that its texts have the same size beside it. */
const WIDTH = 1200;
const UPRIGHT_WIDTH = 720;
const MARGIN = 36;
const HEADER = 92;
const FOOTER = 54;
const NOTE_LINE = 30;
const CELL = 12;
/** Errors are smoothed over about this share of the screen's diagonal: six dots give no finer information. */
const SMOOTHING = 0.2;
/** The colour scale ends at this share of the diagonal. */
const WORST_SHARE = 0.12;
const THEMES = {
  light: { ground: "#ffffff", ink: "#15181e", muted: "#575d67", line: "#c9c4b8", dot: "#15181e", gaze: "#ffffff" },
  dark: { ground: "#181c22", ink: "#eef0f3", muted: "#a4acb8", line: "#3a424e", dot: "#eef0f3", gaze: "#0f1216" },
};
/** From small to large errors: blue-green to orange, which colour-blind people can distinguish. */
const SCALE = /** @type {[number, number, number][]} */ ([
  [27, 122, 122], [92, 168, 140], [196, 202, 120], [236, 178, 82], [226, 85, 26],
]);

/** @param {number} share 0..1 @param {number} alpha */
export function colour(share, alpha = 1) {
  const at = Math.min(0.9999, Math.max(0, share)) * (SCALE.length - 1);
  const [a, b] = [SCALE[Math.floor(at)], SCALE[Math.floor(at) + 1]];
  const mixed = a.map((value, i) => Math.round(value + (at % 1) * (b[i] - value)));
  return `rgb(${mixed.join(" ")} / ${alpha})`;
}

/**
 * The expected error at a place: the dots' errors, weighted by their nearness.
 * @param {ValidationResult} result @param {number} x @param {number} y 0..1 @param {{width: number, height: number}} screen
 */
export function errorAt(result, x, y, screen) {
  const spread = SMOOTHING * Math.hypot(screen.width, screen.height);
  let [sum, weights] = [0, 0];
  for (const point of result.points) {
    if (point.accuracy_px === null) continue;
    const distance = Math.hypot((point.target.x - x) * screen.width, (point.target.y - y) * screen.height);
    const weight = Math.exp(-0.5 * (distance / spread) ** 2) + 1e-6;
    sum += weight * point.accuracy_px;
    weights += weight;
  }
  return weights > 0 ? sum / weights : null;
}

/**
 * @param {HTMLCanvasElement} canvas @param {ValidationResult} result
 * @param {{screen: {width: number, height: number}, theme?: "light" | "dark", when: string}} options
 */
export function drawAccuracyMap(canvas, result, { screen, theme = "light", when }) {
  const upright = screen.height > screen.width;
  const width = upright ? UPRIGHT_WIDTH : WIDTH;
  const inner = width - 2 * MARGIN;
  const height = (inner * screen.height) / screen.width;
  canvas.width = width;
  // The note gets a line of its own if it would cover the scale.
  canvas.height = Math.round(HEADER + height + FOOTER + (upright ? NOTE_LINE : 0));
  const context = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));
  const look = THEMES[theme];
  const font = (/** @type {number} */ px, weight = 400) => `${weight} ${px}px system-ui, "Segoe UI", sans-serif`;
  context.fillStyle = look.ground;
  context.fillRect(0, 0, canvas.width, canvas.height);

  const { px, cm, deg } = figures(result);
  context.fillStyle = look.ink;
  context.font = font(34, 700);
  const title = result.accuracy ? ACCURACY.average(px) : ACCURACY.incomplete;
  context.fillText(title, MARGIN, 48);
  context.font = font(19);
  context.fillStyle = look.muted;
  const loss = ACCURACY.mapLoss(100 * result.data_loss);
  const spread = result.precision.sd_px === null ? "" : ACCURACY.mapSpread(result.precision.sd_px);
  context.fillText([cm, deg, spread, loss].filter(Boolean).join("  ·  "), MARGIN, 76);

  context.save();
  context.translate(MARGIN, HEADER);
  const scale = inner / screen.width;
  const worst = WORST_SHARE * Math.hypot(screen.width, screen.height);
  context.beginPath();
  context.roundRect(0, 0, inner, height, 14);
  context.strokeStyle = look.line;
  context.lineWidth = 2;
  context.save();
  context.clip();
  for (let y = 0; y < height; y += CELL) {
    for (let x = 0; x < inner; x += CELL) {
      const error = errorAt(result, (x + CELL / 2) / inner, (y + CELL / 2) / height, screen);
      context.fillStyle = error === null ? look.line : colour(error / worst, theme === "dark" ? 0.62 : 0.5);
      context.fillRect(x, y, CELL, CELL);
    }
  }
  context.restore();
  context.stroke();
  // A gaze far outside the screen is drawn at the map's margin, so that it does not cover the texts.
  context.beginPath();
  context.rect(-MARGIN, -10, width, height + 20);
  context.clip();
  for (const point of result.points) drawPoint(context, point, { inner, height, scale, look, font });
  context.restore();

  const footY = HEADER + height + FOOTER - 20;
  context.font = font(17);
  context.fillStyle = look.muted;
  context.fillText(ACCURACY.mapBest, MARGIN, footY);
  for (let i = 0; i < 120; i += 1) {
    context.fillStyle = colour(i / 119);
    context.fillRect(MARGIN + 56 + i * 1.5, footY - 13, 2, 14);
  }
  context.fillStyle = look.muted;
  context.fillText(ACCURACY.mapWorst(worst), MARGIN + 248, footY);
  const note = ACCURACY.mapNote(when);
  if (upright) context.fillText(note, MARGIN, footY + NOTE_LINE);
  else context.fillText(note, canvas.width - MARGIN - context.measureText(note).width, footY);
}

/** @param {CanvasRenderingContext2D} context @param {import("./grading.js").PointResult} point @param {any} at */
function drawPoint(context, point, { inner, height, scale, look, font }) {
  const [x, y] = [point.target.x * inner, point.target.y * height];
  context.fillStyle = look.dot;
  context.strokeStyle = look.dot;
  context.font = font(19, 600);
  if (!point.offset_px || point.accuracy_px === null) {
    context.lineWidth = 4;
    context.beginPath();
    for (const [a, b] of [[-9, -9], [9, -9]]) {
      context.moveTo(x + a, y + b);
      context.lineTo(x - a, y - b);
    }
    context.stroke();
    label(context, ACCURACY.frames(point.n_valid, point.n_total), x, y, inner);
    return;
  }
  const [gx, gy] = [x + point.offset_px.dx * scale, y + point.offset_px.dy * scale];
  context.lineWidth = 2.5;
  context.beginPath();
  context.moveTo(x, y);
  context.lineTo(gx, gy);
  context.stroke();
  context.beginPath();
  context.arc(x, y, 7, 0, 2 * Math.PI);
  context.fill();
  // The gaze: a ring as wide as its spread.
  context.beginPath();
  context.arc(gx, gy, Math.max(8, (point.sd_px ?? 0) * scale), 0, 2 * Math.PI);
  context.fillStyle = look.gaze;
  context.globalAlpha = 0.55;
  context.fill();
  context.globalAlpha = 1;
  context.stroke();
  context.fillStyle = look.dot;
  label(context, `${Math.round(point.accuracy_px)} px`, x, y, inner);
}

/** Writes a text beside the dot, on the side that has space. @param {CanvasRenderingContext2D} context @param {string} text @param {number} x @param {number} y @param {number} inner */
function label(context, text, x, y, inner) {
  const width = context.measureText(text).width;
  context.fillText(text, x + 16 + width < inner ? x + 16 : x - 16 - width, y - 12 > 20 ? y - 12 : y + 28);
}
