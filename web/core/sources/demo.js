/**
 * A person without a camera: rendered webcam pictures with known gaze points, drawn as a camera stream.
 *
 * 1. `session.json` and `frames.csv` of a recorded session folder say where the person looked in each picture. The places are
 *    a grid over the screen.
 * 2. Every tick the source asks `lookAt()` for a point of the screen (0..1). The eyes follow after a human reaction time.
 *    Even when they rest, they wander around it in steps. Half a degree is an assumption.
 * 3. The pictures around that point are blended. From one place of the grid to the next, an iris moves by a pixel, so the
 *    blend of two pictures is the picture between them, and the person looks at any point.
 * 4. Each picture has errors of its own, which blends average out. If a place of the grid, as calibration dots are, had its
 *    picture alone, the gaze there would err more than elsewhere, and the calibration would announce too much. So every blend is the
 *    mean of two, a little on both sides of the point.
 *
 * @typedef {import("../geometry.js").Point} Point
 * @typedef {{file: string, x: number, y: number}} KnownFrame x, y: where the person looked, 0..1 of the screen
 * @typedef {{file: string, share: number}} Part of a blend; the shares sum to 1
 */
import { SourceError, StreamSource } from "./stream.js";

const REACTION_MS = 250;
/** The scatter of eyes that rest: the standard deviation in each direction, of the screen's width and height; and the time of a step. */
const WANDER = { x: 0.0105, y: 0.018, leastMs: 200, spreadMs: 400 };
const FRAME_INTERVAL_MS = 33;
/** Decoded pictures are large, so at most this many are kept. */
const DECODED_KEPT = 24;
/** How far the two lie beside the point, in steps of the grid. With this, the squares of the shares sum to 0.5 +- 0.02 everywhere. */
const BESIDE = 0.35;

/**
 * @param {string} csv text of frames.csv
 * @param {{width_px: number, height_px: number}} screen
 * @returns {KnownFrame[]} frames whose gaze point is known
 */
export function parseFrames(csv, screen) {
  const [head, ...lines] = csv.trim().split(/\r?\n/);
  const columns = head.split(",").map((name) => name.trim());
  const at = (/** @type {string} */ name) => {
    const index = columns.indexOf(name);
    if (index < 0) throw new SourceError("DemoError", `frames.csv has no column ${name}`);
    return index;
  };
  const [file, x, y] = [at("frame"), at("target_x_px"), at("target_y_px")];
  return lines
    .map((line) => line.split(","))
    .filter((cells) => cells[x] !== "" && cells[y] !== "" && Number.isFinite(Number(cells[x])))
    .map((cells) => ({
      file: cells[file].trim(),
      x: Number(cells[x]) / screen.width_px,
      y: Number(cells[y]) / screen.height_px,
    }));
}

/**
 * The pictures around a point with their shares; the mean of their places is the point. Outside the grid, its edge counts.
 * @param {KnownFrame[]} frames whose places are a complete grid @param {Point} point @returns {Part[]}
 */
export function blendAt(frames, point) {
  const columns = around(frames.map(({ x }) => x), point.x);
  const rows = around(frames.map(({ y }) => y), point.y);
  const parts = rows.flatMap(([y, ofRow]) =>
    columns.map(([x, ofColumn]) => {
      const frame = frames.find((one) => one.x === x && one.y === y);
      if (!frame) throw new SourceError("DemoError", `frames.csv has no picture for the place ${x}, ${y}`);
      return { file: frame.file, share: ofRow * ofColumn };
    }),
  );
  return parts.filter(({ share }) => share > 0);
}

/** @param {number[]} values of one axis @param {number} value @returns {[number, number][]} those around it, with shares */
function around(values, value) {
  const grid = [...new Set(values)].sort((a, b) => a - b);
  const steps = grid.slice(1).map((one, i) => one - grid[i]).sort((a, b) => a - b);
  const [first, last] = [grid[0], grid[grid.length - 1]];
  const inside = Math.min(last, Math.max(first, value));
  const beside = Math.min(BESIDE * (steps[steps.length >> 1] ?? 0), inside - first, last - inside);
  /** @type {Map<number, number>} */
  const shares = new Map();
  for (const point of [inside - beside, inside + beside]) {
    for (const [at, share] of between(grid, point)) shares.set(at, (shares.get(at) ?? 0) + share / 2);
  }
  return [...shares];
}

/** @param {number[]} values @param {number} value @returns {[number, number][]} its neighbours among the values, with shares */
function between(values, value) {
  const [low, high] = [values.filter((one) => one <= value), values.filter((one) => one > value)];
  const [below, above] = [Math.max(...low), Math.min(...high)];
  if (!low.length) return [[above, 1]];
  if (!high.length) return [[below, 1]];
  const share = (value - below) / (above - below);
  return [[below, 1 - share], [above, share]];
}

/** A random number with a normal distribution of standard deviation 1 (Box and Muller 1958). */
function normal() {
  return Math.sqrt(-2 * Math.log(1 - Math.random())) * Math.cos(2 * Math.PI * Math.random());
}

export class DemoSource extends StreamSource {
  #folder;
  #lookAt;
  /** @type {KnownFrame[]} */
  #frames = [];
  /** @type {Map<string, ImageBitmap>} */
  #decoded = new Map();
  /** @type {{at: number, point: Point}[]} points on their way from the eye to the muscles */
  #seen = [];
  /** @type {Point} */
  #gaze = { x: 0.5, y: 0.5 };
  #wander = { x: 0, y: 0, until: 0 };
  /** What is drawn. @type {{picture: ImageBitmap, share: number}[]} */
  #blend = [];
  #blendOf = "";
  #looking = false;
  #timer = 0;
  #canvas = document.createElement("canvas");
  #blended = document.createElement("canvas");
  #running = false;

  /** @param {{folder: string, lookAt: (nowMs: number) => Point}} options */
  constructor({ folder, lookAt }) {
    super({ label: "Demo person (rendered)", make: () => this.#start() });
    this.#folder = folder.replace(/\/$/, "");
    this.#lookAt = lookAt;
  }

  get deviceId() {
    return "demo";
  }

  destroy() {
    super.destroy();
    this.#running = false;
    window.clearInterval(this.#timer);
    this.#blend = [];
    for (const picture of this.#decoded.values()) picture.close();
    this.#decoded.clear();
  }

  async #start() {
    const session = await (await this.#fetch("session.json")).json();
    const csv = await (await this.#fetch("frames.csv")).text();
    this.#frames = parseFrames(csv, session.screen);
    if (!this.#frames.length) throw new SourceError("DemoError", "frames.csv names no frame with a known gaze point");
    this.hfovDeg = session.camera?.hfov_deg ?? null;
    await this.#look();
    this.#draw();
    this.#running = true;
    this.#timer = window.setInterval(() => void this.#tick(), FRAME_INTERVAL_MS);
    return this.#canvas.captureStream(30);
  }

  async #tick() {
    const now = performance.now();
    this.#seen.push({ at: now, point: this.#lookAt(now) });
    while (this.#seen.length > 1 && this.#seen[1].at <= now - REACTION_MS) this.#seen.shift();
    if (this.#seen[0].at <= now - REACTION_MS) this.#gaze = this.#seen[0].point;
    if (now >= this.#wander.until) {
      const until = now + WANDER.leastMs + WANDER.spreadMs * Math.random();
      this.#wander = { x: WANDER.x * normal(), y: WANDER.y * normal(), until };
    }
    // One at a time: while a gaze moves, a busy machine would otherwise never finish the blend of its present place.
    if (!this.#looking) {
      this.#looking = true;
      try {
        await this.#look();
      } catch (error) {
        if (this.#running) console.warn("DemoSource: one picture could not be shown:", error);
      }
      this.#looking = false;
    }
    // Drawn again even if it is the same: a canvas sends a frame only after it was drawn on.
    if (this.#running) this.#draw();
  }

  /** Makes the blend of the present gaze the one that is drawn. */
  async #look() {
    const point = { x: this.#gaze.x + this.#wander.x, y: this.#gaze.y + this.#wander.y };
    const wanted = `${point.x},${point.y}`;
    if (wanted === this.#blendOf) return;
    const parts = blendAt(this.#frames, point);
    const pictures = await Promise.all(parts.map(({ file }) => this.#decode(file)));
    this.#blendOf = wanted;
    this.#blend = parts.map(({ share }, i) => ({ picture: pictures[i], share }));
    this.#mix();
    this.#forget();
  }

  #mix() {
    const [{ picture: { width, height } }] = this.#blend;
    for (const canvas of [this.#canvas, this.#blended]) if (canvas.width !== width || canvas.height !== height) Object.assign(canvas, { width, height });
    const context = /** @type {CanvasRenderingContext2D} */ (this.#blended.getContext("2d", { alpha: false }));
    let drawn = 0;
    for (const { picture, share } of this.#blend) {
      drawn += share;
      context.globalAlpha = share / drawn;
      context.drawImage(picture, 0, 0);
    }
  }

  #draw() {
    const { width, height } = this.#canvas;
    const context = this.#canvas.getContext("2d", { alpha: false });
    const [x, y] = [Math.sin(performance.now() / 700), Math.sin(performance.now() / 900)];
    context?.drawImage(this.#blended, x - 1, y - 1, width + 2, height + 2);
  }

  /** @param {string} file @returns {Promise<ImageBitmap>} */
  async #decode(file) {
    const kept = this.#decoded.get(file);
    if (kept) return kept;
    const picture = await createImageBitmap(await (await this.#fetch(`frames/${file.replace(/^frames\//, "")}`)).blob());
    this.#decoded.set(file, picture);
    return picture;
  }

  /** Gives back the pictures that were decoded first, but none that is drawn. */
  #forget() {
    for (const [name, old] of this.#decoded) {
      if (this.#decoded.size <= DECODED_KEPT) break;
      if (this.#blend.some(({ picture }) => picture === old)) continue;
      this.#decoded.delete(name);
      old.close();
    }
  }

  /** @param {string} name */
  async #fetch(name) {
    const response = await fetch(`${this.#folder}/${name}`);
    if (!response.ok) throw new SourceError("DemoError", `${name}: the server answered ${response.status}`);
    return response;
  }
}
