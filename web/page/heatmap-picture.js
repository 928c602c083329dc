/**
 * The saved heat map: the screen with a neutral grid, the page's pictures in grey, the heat in colour, and a legend below.
 */
import { viewportToScreen } from "../core/geometry.js";
import { GRADIENT } from "./heatmap.js";
import { TRACKING } from "./texts.js";

export const LEGEND_PX = 44;
const GRID = 10;
const LOOK = { ground: "#e9e9e7", page: "#ffffff", line: "#d4d4d0", ink: "#3c4048" };

/**
 * @param {OffscreenCanvas} heat the whole screen, with a transparent ground
 * @param {{layout: import("../core/geometry.js").ScreenLayout, pictures: HTMLImageElement[], when: Date}} options
 * @returns {OffscreenCanvas}
 */
export function heatmapPicture(heat, { layout, pictures, when }) {
  const { width, height } = heat;
  const canvas = new OffscreenCanvas(width, height + LEGEND_PX);
  const context = /** @type {OffscreenCanvasRenderingContext2D} */ (canvas.getContext("2d"));
  context.fillStyle = LOOK.ground;
  context.fillRect(0, 0, width, height);
  context.fillStyle = LOOK.page;
  context.fillRect(...boxOnScreen({ left: 0, top: 0, right: window.innerWidth, bottom: window.innerHeight }, layout));
  drawGrid(context, width, height);
  for (const picture of pictures) {
    if (picture.complete && picture.naturalWidth) context.drawImage(picture, ...boxOnScreen(picture.getBoundingClientRect(), layout));
  }
  // Only the heat has colours.
  context.globalCompositeOperation = "saturation";
  context.fillStyle = "#808080";
  context.fillRect(0, 0, width, height);
  context.globalCompositeOperation = "source-over";
  context.drawImage(heat, 0, 0);
  drawLegend(context, width, height, when);
  return canvas;
}

/**
 * @param {{left: number, top: number, right: number, bottom: number}} box CSS px of the viewport
 * @param {import("../core/geometry.js").ScreenLayout} layout
 * @returns {[number, number, number, number]} left, top, width, height in px of the screen
 */
function boxOnScreen({ left, top, right, bottom }, layout) {
  const [a, b] = [{ x: left, y: top }, { x: right, y: bottom }].map((point) => viewportToScreen(point, layout));
  return [a.x * layout.width, a.y * layout.height, (b.x - a.x) * layout.width, (b.y - a.y) * layout.height];
}

/** @param {OffscreenCanvasRenderingContext2D} context @param {number} width @param {number} height */
function drawGrid(context, width, height) {
  context.strokeStyle = LOOK.line;
  context.beginPath();
  for (let i = 1; i < GRID; i += 1) {
    context.moveTo((i * width) / GRID, 0);
    context.lineTo((i * width) / GRID, height);
    context.moveTo(0, (i * height) / GRID);
    context.lineTo(width, (i * height) / GRID);
  }
  context.stroke();
}

/** @param {OffscreenCanvasRenderingContext2D} context @param {number} width @param {number} height of the screen @param {Date} when */
function drawLegend(context, width, height, when) {
  const [left, middle, scale] = [16, height + LEGEND_PX / 2, 140];
  context.fillStyle = LOOK.page;
  context.fillRect(0, height, width, LEGEND_PX);
  context.font = '14px system-ui, "Segoe UI", sans-serif';
  context.textBaseline = "middle";
  context.fillStyle = LOOK.ink;
  context.fillText(TRACKING.heatmapShort, left, middle);
  const start = left + context.measureText(TRACKING.heatmapShort).width + 10;
  const gradient = context.createLinearGradient(start, 0, start + scale, 0);
  for (const [stop, colour] of GRADIENT) gradient.addColorStop(stop, colour);
  context.fillStyle = gradient;
  context.fillRect(start, middle - 7, scale, 14);
  context.fillStyle = LOOK.ink;
  context.fillText(TRACKING.heatmapLong, start + scale + 10, middle);
  const note = TRACKING.heatmapNote(when.toLocaleString(undefined, { dateStyle: "medium", timeStyle: "short" }));
  const wide = context.measureText(note).width;
  if (start + scale + 190 + wide < width) context.fillText(note, width - wide - left, middle);
}
