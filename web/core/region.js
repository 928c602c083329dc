/**
 * The part of the camera's frame that is sent.
 *
 * 1. Without a face: the whole frame (the encoder reduces it).
 * 2. With a face: a square of REGION_OVER_FACE times its box, clipped to the frame, at native resolution.
 * 3. The region stays until the face leaves its inner part or its size has changed a lot. A region that follows every
 *    jitter of the landmarks would add noise to the gaze.
 * 4. After MISSING_BEFORE_WHOLE answers without a face: the whole frame again.
 *
 * @typedef {import("./wire.js").Rect} Rect
 * @typedef {import("./wire.js").Size} Size
 */

export const REGION_OVER_FACE = 2.2;
/** The face box must keep this share of the region's side as a margin, except at the frame's own border. */
export const INNER_MARGIN = 0.1;
/** The region is replaced when the ideal size differs by more than this factor. */
export const SIZE_TOLERANCE = 1.3;
/** More answers than a short failure of the detector lasts, at usual frame rates. */
export const MISSING_BEFORE_WHOLE = 6;

/** @param {Size} full @returns {Rect} */
export function wholeFrame(full) {
  return { x: 0, y: 0, width: full.width, height: full.height };
}

/**
 * @param {[number, number, number, number]} box x, y, width, height of the face in 0..1 of the full frame
 * @param {Size} full
 * @returns {Rect} whole pixels, inside the frame
 */
export function regionAround(box, full) {
  const [bx, by, bw, bh] = box;
  const side = REGION_OVER_FACE * Math.max(bw * full.width, bh * full.height);
  const width = Math.max(16, Math.min(full.width, Math.round(side)));
  const height = Math.max(16, Math.min(full.height, Math.round(side)));
  const x = Math.round((bx + bw / 2) * full.width - width / 2);
  const y = Math.round((by + bh / 2) * full.height - height / 2);
  return {
    x: Math.max(0, Math.min(full.width - width, x)),
    y: Math.max(0, Math.min(full.height - height, y)),
    width,
    height,
  };
}

/**
 * @param {Rect} region
 * @param {[number, number, number, number]} box in 0..1 of the full frame
 * @param {Size} full
 */
export function stillFits(region, box, full) {
  const ideal = regionAround(box, full);
  const ratio = ideal.width / region.width;
  if (ratio > SIZE_TOLERANCE || ratio < 1 / SIZE_TOLERANCE) return false;
  const left = box[0] * full.width - region.x;
  const top = box[1] * full.height - region.y;
  const right = region.width - left - box[2] * full.width;
  const bottom = region.height - top - box[3] * full.height;
  const marginX = INNER_MARGIN * region.width;
  const marginY = INNER_MARGIN * region.height;
  return (
    (left >= marginX || region.x === 0) &&
    (top >= marginY || region.y === 0) &&
    (right >= marginX || region.x + region.width === full.width) &&
    (bottom >= marginY || region.y + region.height === full.height)
  );
}

export class RegionTracker {
  /** @type {Rect | null} */
  #region = null;
  /** @type {Size | null} */
  #full = null;
  #missing = 0;

  /** @param {Size} full @returns {Rect} the part of the next frame to send */
  region(full) {
    if (this.#full && (this.#full.width !== full.width || this.#full.height !== full.height)) this.reset();
    this.#full = full;
    return this.#region ?? wholeFrame(full);
  }

  /** @param {[number, number, number, number] | null} box what the server saw in the newest answered frame */
  update(box) {
    if (!this.#full) return;
    if (!box) {
      this.#missing += 1;
      if (this.#missing >= MISSING_BEFORE_WHOLE) this.#region = null;
      return;
    }
    this.#missing = 0;
    if (!this.#region || !stillFits(this.#region, box, this.#full)) this.#region = regionAround(box, this.#full);
  }

  /** Follows another face from now on. @param {[number, number, number, number]} box */
  follow(box) {
    if (this.#full) this.#region = regionAround(box, this.#full);
    this.#missing = 0;
  }

  reset() {
    this.#region = null;
    this.#missing = 0;
  }
}
