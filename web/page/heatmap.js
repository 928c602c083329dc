/**
 * The heat map: the time that the gaze was at each place. The method is that of mourner/simpleheat:
 *
 * 1. The time is summed in a coarse grid over the screen. So memory is bounded, and the map can be drawn again for a resized
 *    or scrolled window.
 * 2. A blurred grey circle is drawn for each cell with some time. Its alpha is the cell's share of the largest sum around a cell.
 * 3. The canvas is then coloured with a gradient of 256 steps.
 */
import { screenToViewport } from "../core/geometry.js";

const CELL_PX = 12;
/** With more time between two samples, only this much is counted. */
const LONGEST_STEP_MS = 120;
/** Canvas px in a screen px: a blurred picture needs no fine pixels, and the cost of colouring grows with their number. */
const RESOLUTION = 0.5;
const REDRAW_MS = 160;
const DEFAULT_RADIUS_PX = 46;
export const GRADIENT = /** @type {[number, string][]} */ ([
  [0.0, "#2b4bd8"], [0.35, "#19b3c4"], [0.55, "#3fd07a"], [0.75, "#f7d038"], [0.9, "#f2762e"], [1.0, "#e0263c"],
]);
const MAX_ALPHA = 0.78;
/** The steepness of the alpha: only the faintest third of the gradient is transparent. */
const FADE_IN = 2.6;

/** @returns {Uint8ClampedArray} 256 RGBA steps */
function gradientSteps() {
  const context = /** @type {OffscreenCanvasRenderingContext2D} */ (new OffscreenCanvas(256, 1).getContext("2d"));
  const gradient = context.createLinearGradient(0, 0, 256, 0);
  for (const [stop, colour] of GRADIENT) gradient.addColorStop(stop, colour);
  context.fillStyle = gradient;
  context.fillRect(0, 0, 256, 1);
  return context.getImageData(0, 0, 256, 1).data;
}

export class Heatmap extends EventTarget {
  #canvas;
  #context;
  #geometry;
  #columns = 0;
  #rows = 0;
  #cells = new Float32Array(0);
  #screen = { width: 0, height: 0 };
  #lastMs = 0;
  #shown = true;
  #drawnAt = 0;
  #pending = 0;
  #radius = DEFAULT_RADIUS_PX;
  #abort = new AbortController();
  /** @type {Uint8ClampedArray | null} */
  #steps = null;

  /** @param {{canvas: HTMLCanvasElement, geometry: import("../core/geometry.js").ScreenGeometry}} options */
  constructor({ canvas, geometry }) {
    super();
    this.#canvas = canvas;
    this.#context = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d", { willReadFrequently: true }));
    this.#geometry = geometry;
    geometry.addEventListener("change", () => this.#redrawSoon(), { signal: this.#abort.signal });
  }

  destroy() {
    this.#abort.abort();
    window.clearTimeout(this.#pending);
  }

  get shown() {
    return this.#shown;
  }

  get empty() {
    return !this.#cells.some((value) => value > 0);
  }

  /** @param {any} gaze a gaze message */
  add(gaze) {
    if (!gaze.valid) {
      this.#lastMs = 0;
      return;
    }
    const { width, height } = this.#geometry.layout;
    if (width !== this.#screen.width || height !== this.#screen.height) this.#allocate(width, height);
    const step = this.#lastMs ? Math.max(0, Math.min(LONGEST_STEP_MS, gaze.timestamp - this.#lastMs)) : 0;
    this.#lastMs = gaze.timestamp;
    const column = Math.floor((gaze.x * width) / CELL_PX);
    const row = Math.floor((gaze.y * height) / CELL_PX);
    if (step === 0 || column < 0 || row < 0 || column >= this.#columns || row >= this.#rows) return;
    const wasEmpty = this.empty;
    this.#cells[row * this.#columns + column] += step;
    if (wasEmpty) this.dispatchEvent(new Event("change"));
    this.#redrawSoon();
  }

  toggle() {
    this.#shown = !this.#shown;
    this.#canvas.classList.toggle("is-off", !this.#shown);
    this.#draw();
    this.dispatchEvent(new Event("change"));
  }

  clear() {
    this.#cells.fill(0);
    this.#lastMs = 0;
    this.#draw();
    this.dispatchEvent(new Event("change"));
  }

  /** @returns {OffscreenCanvas} the whole screen with a transparent ground */
  onScreen() {
    const { width, height } = this.#geometry.layout;
    const canvas = new OffscreenCanvas(width, height);
    const context = /** @type {OffscreenCanvasRenderingContext2D} */ (canvas.getContext("2d"));
    this.#paint(context, { width, height }, 1, (x, y) => ({ x, y }));
    return canvas;
  }

  /** @param {number} width @param {number} height */
  #allocate(width, height) {
    this.#screen = { width, height };
    this.#columns = Math.ceil(width / CELL_PX);
    this.#rows = Math.ceil(height / CELL_PX);
    this.#cells = new Float32Array(this.#columns * this.#rows);
  }

  #redrawSoon() {
    if (this.#pending || !this.#shown) return;
    const delay = Math.max(0, REDRAW_MS - (performance.now() - this.#drawnAt));
    this.#pending = window.setTimeout(() => {
      this.#pending = 0;
      this.#draw();
    }, delay);
  }

  #draw() {
    this.#drawnAt = performance.now();
    if (!this.#shown) return;
    const width = Math.ceil(window.innerWidth * RESOLUTION);
    const height = Math.ceil(window.innerHeight * RESOLUTION);
    if (this.#canvas.width !== width || this.#canvas.height !== height) {
      this.#canvas.width = width;
      this.#canvas.height = height;
    }
    const layout = this.#geometry.layout;
    this.#paint(this.#context, { width, height }, RESOLUTION / layout.scale, (x, y) => {
      const point = screenToViewport({ x: x / layout.width, y: y / layout.height }, layout);
      return { x: point.x * RESOLUTION, y: point.y * RESOLUTION };
    });
  }

  /**
   * @param {CanvasRenderingContext2D | OffscreenCanvasRenderingContext2D} context
   * @param {{width: number, height: number}} size
   * @param {number} scale canvas px in a screen px
   * @param {(x: number, y: number) => {x: number, y: number}} place screen px to canvas px
   */
  #paint(context, size, scale, place) {
    context.clearRect(0, 0, size.width, size.height);
    const looked = [];
    for (let i = 0; i < this.#cells.length; i += 1) if (this.#cells[i] > 0) looked.push(i);
    if (!looked.length) return;
    const radius = this.#radius * scale;
    const stamp = this.#stamp(radius);
    const most = this.#densest(looked);
    for (const i of looked) {
      const column = i % this.#columns;
      const row = (i - column) / this.#columns;
      const { x, y } = place((column + 0.5) * CELL_PX, (row + 0.5) * CELL_PX);
      if (x < -stamp.width || y < -stamp.height || x > size.width + stamp.width || y > size.height + stamp.height) continue;
      context.globalAlpha = Math.min(1, Math.max(0.02, this.#cells[i] / most));
      context.drawImage(stamp, x - stamp.width / 2, y - stamp.height / 2);
    }
    context.globalAlpha = 1;
    this.#colour(context, size);
  }

  /** @param {number[]} looked @returns {number} the looking time of the most looked-at neighbourhood */
  #densest(looked) {
    const reach = Math.max(1, Math.round((0.6 * this.#radius) / CELL_PX));
    let most = 0;
    for (const i of looked) {
      const column = i % this.#columns;
      const row = (i - column) / this.#columns;
      let sum = 0;
      for (let r = Math.max(0, row - reach); r <= Math.min(this.#rows - 1, row + reach); r += 1) {
        for (let c = Math.max(0, column - reach); c <= Math.min(this.#columns - 1, column + reach); c += 1) {
          sum += this.#cells[r * this.#columns + c];
        }
      }
      most = Math.max(most, sum);
    }
    return most;
  }

  /** @param {number} radius */
  #stamp(radius) {
    const blur = radius * 0.6;
    const size = Math.ceil(2 * (radius + blur));
    const canvas = new OffscreenCanvas(size, size);
    const context = /** @type {OffscreenCanvasRenderingContext2D} */ (canvas.getContext("2d"));
    const soft = context.createRadialGradient(size / 2, size / 2, 0, size / 2, size / 2, size / 2);
    // A Gaussian in five stops. shadowBlur draws the same, but not every browser has it on a worker's canvas.
    for (const [stop, alpha] of [[0, 1], [0.25, 0.76], [0.5, 0.33], [0.75, 0.08], [1, 0]]) {
      soft.addColorStop(stop, `rgba(0,0,0,${alpha})`);
    }
    context.fillStyle = soft;
    context.fillRect(0, 0, size, size);
    return canvas;
  }

  /**
   * @param {CanvasRenderingContext2D | OffscreenCanvasRenderingContext2D} context
   * @param {{width: number, height: number}} size
   */
  #colour(context, size) {
    this.#steps ??= gradientSteps();
    const image = context.getImageData(0, 0, size.width, size.height);
    const { data } = image;
    // The sums of blurred circles stay below 1. They are scaled, so that the largest sum gets the gradient's last colour.
    let most = 1;
    for (let i = 3; i < data.length; i += 4) if (data[i] > most) most = data[i];
    for (let i = 3; i < data.length; i += 4) {
      if (!data[i]) continue;
      const alpha = Math.round((255 * data[i]) / most);
      data[i - 3] = this.#steps[alpha * 4];
      data[i - 2] = this.#steps[alpha * 4 + 1];
      data[i - 1] = this.#steps[alpha * 4 + 2];
      data[i] = MAX_ALPHA * Math.min(255, alpha * FADE_IN);
    }
    context.putImageData(image, 0, 0);
  }
}
