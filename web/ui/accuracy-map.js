/**
 * The accuracy map: the screen, each dot with the mean gaze estimated for it, and the error around the dots as a colour that
 * fades away from them. Drawn on a canvas in fixed colours, so that the saved picture looks the same everywhere. The symbols
 * are those of the result card; a line below the map explains them.
 *
 * @typedef {import("./grading.js").ValidationResult} ValidationResult
 */
import { figures } from "./grading.js";
import { ACCURACY } from "./texts.js";

/** The map of an upright screen, or of a narrow window, is narrower, so that its texts are large enough. */
const WIDTH = 1200;
const NARROW_WIDTH = 720;
const MARGIN = 36;
const HEADER = 92;
const FOOTER = 118;
const LINE = 30;
const CELL = 12;
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
 * @param {{screen: {width: number, height: number}, theme?: "light" | "dark", when: string, small?: boolean}} options
 *   small: the map is shown in a narrow window
 */
export function drawAccuracyMap(canvas, result, { screen, theme = "light", when, small = false }) {
  const narrow = small || screen.height > screen.width;
  const width = narrow ? NARROW_WIDTH : WIDTH;
  const inner = width - 2 * MARGIN;
  const height = (inner * screen.height) / screen.width;
  canvas.width = width;
  canvas.height = Math.round(HEADER + height + FOOTER + (narrow ? LINE : 0));
  const context = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));
  const look = THEMES[theme];
  const font = (/** @type {number} */ px, weight = 400) => `${weight} ${px}px system-ui, "Segoe UI", sans-serif`;
  context.fillStyle = look.ground;
  context.fillRect(0, 0, canvas.width, canvas.height);

  const { px, cm, deg } = figures(result);
  context.fillStyle = look.ink;
  context.font = font(34, 700);
  const title = result.error ? ACCURACY.median(px) : ACCURACY.incomplete;
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
      const place = /** @type {[number, number]} */ ([(x + CELL / 2) / inner, (y + CELL / 2) / height]);
      const error = errorAt(result, ...place, screen);
      if (error === null) continue;
      context.fillStyle = colour(error / worst, (theme === "dark" ? 0.7 : 0.6) * strengthAt(result, ...place, screen));
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

  context.font = font(17);
  const legendY = HEADER + height + LINE;
  drawLegend(context, { legendY, narrow, look });
  const footY = legendY + LINE * (narrow ? 2 : 1);
  context.fillStyle = look.muted;
  context.fillText(ACCURACY.mapBest, MARGIN, footY);
  for (let i = 0; i < 120; i += 1) {
    context.fillStyle = colour(i / 119);
    context.fillRect(MARGIN + 56 + i * 1.5, footY - 13, 2, 14);
  }
  context.fillStyle = look.muted;
  context.fillText(ACCURACY.mapWorst(worst), MARGIN + 248, footY);
  context.fillText(ACCURACY.mapNote(when), MARGIN, footY + LINE);
}

/**
 * What each symbol means, from left to right; on a narrow map in two lines.
 * @param {CanvasRenderingContext2D} context @param {{legendY: number, narrow: boolean, look: any}} at
 */
function drawLegend(context, { legendY, narrow, look }) {
  const { legend } = ACCURACY;
  const parts = /** @type {[(x: number, y: number) => void, string][]} */ ([
    [(x, y) => ring(context, x, y, 7, look.ink), legend.dot],
    [(x, y) => gazeMark(context, x, y, 11, look.good), legend.good],
    [(x, y) => disc(context, x, y, look.fair), legend.fair],
    [(x, y) => disc(context, x, y, look.poor), legend.poor],
    [(x, y) => cross(context, x, y, 6, look.ink), legend.missing],
  ]);
  let [x, y] = [MARGIN, legendY];
  parts.forEach(([draw, words], index) => {
    if (narrow && index === 2) [x, y] = [MARGIN, legendY + LINE];
    draw(x + 11, y - 6);
    context.fillStyle = look.muted;
    context.fillText(words, x + 29, y);
    x += 29 + context.measureText(words).width + 24;
  });
}

/** @param {CanvasRenderingContext2D} context @param {import("./grading.js").PointResult} point @param {any} at */
function drawPoint(context, point, { inner, height, scale, look, font }) {
  const [x, y] = [point.target.x * inner, point.target.y * height];
  context.font = font(19, 600);
  if (!point.offset_px || point.error_px === null) {
    cross(context, x, y, 9, look.ink);
    label(context, ACCURACY.frames(point.n_valid, point.n_total), x, y, inner, look.ink);
    return;
  }
  const grade = look[point.grade];
  const [gazeX, gazeY] = [x + point.offset_px.dx * scale, y + point.offset_px.dy * scale];
  ring(context, x, y, 9, look.ink);
  context.strokeStyle = grade;
  context.lineWidth = 2.5;
  context.beginPath();
  context.moveTo(x, y);
  context.lineTo(gazeX, gazeY);
  context.stroke();
  gazeMark(context, gazeX, gazeY, (point.sd_px ?? 0) * scale, grade);
  label(context, `${Math.round(point.error_px)} px`, x, y, inner, look.ink);
}

/** @param {CanvasRenderingContext2D} context @param {number} x @param {number} y @param {number} radius @param {string} ink */
function ring(context, x, y, radius, ink) {
  context.strokeStyle = ink;
  context.lineWidth = 2.5;
  context.beginPath();
  context.arc(x, y, radius, 0, 2 * Math.PI);
  context.stroke();
}

/** @param {CanvasRenderingContext2D} context @param {number} x @param {number} y @param {string} ink */
function disc(context, x, y, ink) {
  context.fillStyle = ink;
  context.beginPath();
  context.arc(x, y, 6, 0, 2 * Math.PI);
  context.fill();
}

/** The mean gaze, with a thin ring as wide as its spread. @param {CanvasRenderingContext2D} context @param {number} x @param {number} y @param {number} spread @param {string} ink */
function gazeMark(context, x, y, spread, ink) {
  disc(context, x, y, ink);
  context.strokeStyle = ink;
  context.lineWidth = 1.5;
  context.beginPath();
  context.arc(x, y, Math.max(9, spread), 0, 2 * Math.PI);
  context.stroke();
}

/** @param {CanvasRenderingContext2D} context @param {number} x @param {number} y @param {number} half @param {string} ink */
function cross(context, x, y, half, ink) {
  context.strokeStyle = ink;
  context.lineWidth = 3.5;
  context.beginPath();
  for (const side of [half, -half]) {
    context.moveTo(x - side, y - half);
    context.lineTo(x + side, y + half);
  }
  context.stroke();
}

/** Writes a text beside the dot, on the side that has space. @param {CanvasRenderingContext2D} context @param {string} text @param {number} x @param {number} y @param {number} inner @param {string} ink */
function label(context, text, x, y, inner, ink) {
  context.fillStyle = ink;
  const width = context.measureText(text).width;
  context.fillText(text, x + 16 + width < inner ? x + 16 : x - 16 - width, y - 12 > 20 ? y - 12 : y + 28);
}
