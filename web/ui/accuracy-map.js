/**
 * The accuracy map: the screen, each dot with the mean gaze estimated for it, and the error around the dots as a colour that
 * fades away from them. Drawn on a canvas in fixed colours, so that the saved picture looks the same everywhere. The symbols
 * are those of the result card; a line below the map explains them.
 *
 * @typedef {import("./grading.js").ValidationResult} ValidationResult
 */
import { figures } from "./grading.js";
import { cross, gazeMark, inLines, legendOf, ring, wordsOf } from "./map-legend.js";
import { ACCURACY } from "./texts.js";

/** Sizes in px of the page. A saved picture has more pixels. */
export const SAVED = { width: 600, scale: 2 };
/** An upright screen is drawn narrower, so that the map fits into a window. */
const UPRIGHT_WIDTH = 340;
const MARGIN = 18;
const HEADER = 28;
const LINE = 18;
const CELL = 6;
/** Errors are smoothed over about this share of the screen's diagonal: nine dots give no finer information. */
const SMOOTHING = 0.2;
/** At this share of the diagonal from the nearest dot, the colour has lost 40 % of its strength; nothing was measured far from dots. */
const REACH = 0.1;
/** The colour scale ends at this share of the diagonal. */
const WORST_SHARE = 0.12;
const THEMES = {
  light: { ground: "#ffffff", ink: "#15181e", muted: "#575d67", line: "#c9c4b8", good: "#1b6e38", fair: "#8a4b00", poor: "#a8231b" },
  dark: { ground: "#181c22", ink: "#eef0f3", muted: "#a4acb8", line: "#3a424e", good: "#77d694", fair: "#f2b75e", poor: "#ff938a" },
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
    if (point.error_px === null) continue;
    const distance = Math.hypot((point.target.x - x) * screen.width, (point.target.y - y) * screen.height);
    const weight = Math.exp(-0.5 * (distance / spread) ** 2) + 1e-6;
    sum += weight * point.error_px;
    weights += weight;
  }
  return weights > 0 ? sum / weights : null;
}

/**
 * The strength of the colour at a place: 1 at a dot that was measured, towards 0 away from all of them.
 * @param {ValidationResult} result @param {number} x @param {number} y 0..1 @param {{width: number, height: number}} screen
 */
export function strengthAt(result, x, y, screen) {
  const reach = REACH * Math.hypot(screen.width, screen.height);
  const far = result.points
    .filter((point) => point.error_px !== null)
    .map(({ target }) => Math.hypot((target.x - x) * screen.width, (target.y - y) * screen.height));
  return Math.exp(-0.5 * (Math.min(...far) / reach) ** 2);
}

/**
 * @param {HTMLCanvasElement} canvas @param {ValidationResult} result
 * @param {{screen: {width: number, height: number}, theme?: "light" | "dark", when: string, shifted?: boolean, width?: number, scale?: number}} options
 *   shifted: the map shows the gaze before the correction of a common shift; width: of the place for the map; scale: pixels of the canvas in a px
 */
export function drawAccuracyMap(canvas, result, { screen, theme = "light", when, shifted = false, width: place = SAVED.width, scale: pixels = SAVED.scale }) {
  const width = screen.height > screen.width ? Math.min(place, UPRIGHT_WIDTH) : place;
  const inner = width - 2 * MARGIN;
  const height = (inner * screen.height) / screen.width;
  const worst = WORST_SHARE * Math.hypot(screen.width, screen.height);
  const look = THEMES[theme];
  const context = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));
  const font = (/** @type {number} */ px, weight = 400) => `${weight} ${px}px system-ui, "Segoe UI", sans-serif`;
  context.font = font(12.5);
  const lines = inLines(legendOf(context, { look, worst, when, colour }), inner);
  const { px, cm, deg } = figures(result);
  const spread = result.precision.sd_px === null ? "" : ACCURACY.mapSpread(result.precision.sd_px);
  const facts = [cm, deg, spread, ACCURACY.mapLoss(100 * result.data_loss)].filter(Boolean);
  const head = inLines(facts.map((text) => wordsOf(context, text, look.muted)), inner);
  const top = HEADER + head.length * LINE;

  canvas.width = Math.round(width * pixels);
  canvas.height = Math.round((top + height + (lines.length + 0.8) * LINE) * pixels);
  context.scale(pixels, pixels);
  context.fillStyle = look.ground;
  context.fillRect(0, 0, canvas.width, canvas.height);

  context.fillStyle = look.ink;
  context.font = font(17, 700);
  const title = !result.error ? ACCURACY.incomplete : shifted ? ACCURACY.before(px) : ACCURACY.median(px);
  context.fillText(title, MARGIN, 20);
  context.font = font(12.5);
  drawLines(head, 20);

  context.save();
  context.translate(MARGIN, top);
  const scale = inner / screen.width;
  const frame = new Path2D();
  frame.roundRect(0, 0, inner, height, 7);
  context.save();
  context.clip(frame);
  for (let y = 0; y < height; y += CELL) {
    for (let x = 0; x < inner; x += CELL) {
      const place = /** @type {[number, number]} */ ([(x + CELL / 2) / inner, (y + CELL / 2) / height]);
      const error = errorAt(result, ...place, screen);
      if (error === null) continue;
      context.fillStyle = colour(error / worst, (theme === "dark" ? 0.7 : 0.6) * strengthAt(result, ...place, screen));
      context.fillRect(x, y, CELL, CELL);
    }
  }
  // What lies outside the screen is cut off there: a line shows where the gaze is.
  for (const point of result.points) drawPoint(context, point, { inner, height, scale, look, font });
  context.restore();
  context.strokeStyle = look.line;
  context.lineWidth = 1;
  context.stroke(frame);
  context.restore();

  context.font = font(12.5);
  drawLines(lines, top + height);
}

/** @param {{at: number, part: import("./map-legend.js").Part}[][]} lines @param {number} above the lower edge of what is above them */
function drawLines(lines, above) {
  lines.forEach((line, row) => line.forEach(({ at, part }) => part.draw(MARGIN + at, above + (row + 1) * LINE)));
}

/** @param {CanvasRenderingContext2D} context @param {import("./grading.js").PointResult} point @param {any} at */
function drawPoint(context, point, { inner, height, scale, look, font }) {
  const [x, y] = [point.target.x * inner, point.target.y * height];
  context.font = font(12.5, 600);
  if (!point.offset_px || point.error_px === null) {
    cross(context, x, y, 4.5, look.ink);
    label(context, ACCURACY.frames(point.n_valid, point.n_total), x, y, inner, look.ink);
    return;
  }
  const grade = look[point.grade];
  const [gazeX, gazeY] = [x + point.offset_px.dx * scale, y + point.offset_px.dy * scale];
  ring(context, x, y, 4.5, look.ink);
  context.strokeStyle = grade;
  context.lineWidth = 1.25;
  context.beginPath();
  context.moveTo(x, y);
  context.lineTo(gazeX, gazeY);
  context.stroke();
  gazeMark(context, gazeX, gazeY, (point.sd_px ?? 0) * scale, grade);
  label(context, `${Math.round(point.error_px)} px`, x, y, inner, look.ink, point.offset_px);
}

/**
 * Writes a text beside the dot, away from its gaze if there is space.
 * @param {CanvasRenderingContext2D} context @param {string} text @param {number} x @param {number} y @param {number} inner
 * @param {string} ink @param {import("./grading.js").Offset} [gaze]
 */
function label(context, text, x, y, inner, ink, { dx, dy } = { dx: 0, dy: 0 }) {
  context.fillStyle = ink;
  const [left, right] = [x - 8 - context.measureText(text).width, x + 8];
  const onLeft = dx > 0 ? left > 0 : x + x - left > inner;
  context.fillText(text, onLeft ? left : right, dy < 0 || y < 18 ? y + 16 : y - 6);
}
