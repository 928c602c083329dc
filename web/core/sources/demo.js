/**
 * A person without a camera: rendered webcam pictures with known gaze points, drawn as a camera stream.
 *
 * 1. `session.json` and `frames.csv` of a recorded session folder say where the person looked in each picture.
 * 2. Every tick the source asks `lookAt()` for a point of the screen (0..1). The eyes follow after a human reaction time.
 * 3. The picture is drawn at random from those with the nearest gaze points, so the person blinks and moves a little.
 *
 * @typedef {import("../geometry.js").Point} Point
 * @typedef {{file: string, x: number, y: number}} KnownFrame x, y: where the person looked, 0..1 of the screen
 */
import { SourceError, StreamSource } from "./stream.js";

const REACTION_MS = 250;
const FRAME_INTERVAL_MS = 33;
/** The picture changes after this time even if the eyes rest. The head sways by a pixel in between. */
const SAME_PICTURE_MS = 150;
/** Frames this much farther than the nearest one (share of the screen) count as equally near. */
const NEAR = 0.02;
/** Decoded pictures are large, so at most this many are kept. */
const DECODED_KEPT = 24;

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

/** @param {KnownFrame[]} frames @param {Point} point @returns {KnownFrame[]} those whose gaze point is (nearly) nearest */
export function nearestFrames(frames, point) {
  const distances = frames.map((frame) => Math.hypot(frame.x - point.x, frame.y - point.y));
  const nearest = Math.min(...distances);
  return frames.filter((_, i) => distances[i] <= nearest + NEAR);
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
  /** @type {ImageBitmap | null} */
  #picture = null;
  #pictureAt = 0;
  #pictureFor = "";
  #timer = 0;
  #canvas = document.createElement("canvas");
  #running = false;

  /** @param {{folder: string, lookAt: (nowMs: number) => Point}} options */
  constructor({ folder, lookAt }) {
    super({ label: "Demo person (rendered)", make: () => this.#start() });
    this.#folder = folder.replace(/\/$/, "");
    this.#lookAt = lookAt;
  }

  /** Every point of the screen (0..1) that there is a picture for. @returns {Point[]} */
  get knownPoints() {
    return this.#frames.map(({ x, y }) => ({ x, y }));
  }

  get deviceId() {
    return "demo";
  }

  destroy() {
    super.destroy();
    this.#running = false;
    window.clearInterval(this.#timer);
    this.#picture = null;
    for (const picture of this.#decoded.values()) picture.close();
    this.#decoded.clear();
  }

  async #start() {
    const session = await (await this.#fetch("session.json")).json();
    const csv = await (await this.#fetch("frames.csv")).text();
    this.#frames = parseFrames(csv, session.screen);
    if (!this.#frames.length) throw new SourceError("DemoError", "frames.csv names no frame with a known gaze point");
    this.hfovDeg = session.camera?.hfov_deg ?? null;
    const first = await this.#decode(this.#frames[0].file);
    this.#canvas.width = first.width;
    this.#canvas.height = first.height;
    this.#picture = first;
    this.#draw(first);
    this.#running = true;
    this.#timer = window.setInterval(() => void this.#tick(), FRAME_INTERVAL_MS);
    return this.#canvas.captureStream(30);
  }

  async #tick() {
    const now = performance.now();
    this.#seen.push({ at: now, point: this.#lookAt(now) });
    while (this.#seen.length > 1 && this.#seen[1].at <= now - REACTION_MS) this.#seen.shift();
    if (this.#seen[0].at <= now - REACTION_MS) this.#gaze = this.#seen[0].point;
    const near = nearestFrames(this.#frames, this.#gaze);
    const key = `${near[0].x},${near[0].y}`;
    const stale = now - this.#pictureAt > SAME_PICTURE_MS;
    if (stale || key !== this.#pictureFor) {
      this.#pictureAt = now;
      this.#pictureFor = key;
      try {
        this.#picture = await this.#decode(near[Math.floor(Math.random() * near.length)].file);
      } catch (error) {
        if (this.#running) console.warn("DemoSource: one picture could not be shown:", error);
      }
    }
    // Drawn again even if it is the same: a canvas sends a frame only after it was drawn on.
    if (this.#picture && this.#running) this.#draw(this.#picture);
  }

  /** @param {ImageBitmap} picture */
  #draw(picture) {
    const { width, height } = this.#canvas;
    const [x, y] = [Math.sin(performance.now() / 700), Math.sin(performance.now() / 900)];
    this.#canvas.getContext("2d", { alpha: false })?.drawImage(picture, x - 1, y - 1, width + 2, height + 2);
  }

  /** @param {string} file @returns {Promise<ImageBitmap>} */
  async #decode(file) {
    const kept = this.#decoded.get(file);
    if (kept) return kept;
    const picture = await createImageBitmap(await (await this.#fetch(`frames/${file.replace(/^frames\//, "")}`)).blob());
    this.#decoded.set(file, picture);
    for (const [name, old] of this.#decoded) {
      if (this.#decoded.size <= DECODED_KEPT) break;
      if (old === this.#picture) continue;
      this.#decoded.delete(name);
      old.close();
    }
    return picture;
  }

  /** @param {string} name */
  async #fetch(name) {
    const response = await fetch(`${this.#folder}/${name}`);
    if (!response.ok) throw new SourceError("DemoError", `${name}: the server answered ${response.status}`);
    return response;
  }
}
