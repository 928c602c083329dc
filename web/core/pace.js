/**
 * How often and how large the server wants frames while it can't do all of them (message `pace`).
 *
 * Frames keep a mean interval: with 20 a second and a camera of 30, two of three pictures are sent, not every second one.
 */
export class Pace {
  #intervalMs = 0;
  #dueAt = -Infinity;
  #maxSidePx = Infinity;

  /** Of a frame's longer side. */
  get maxSidePx() {
    return this.#maxSidePx;
  }

  /** @param {{max_fps: number | null, max_side_px: number | null}} message null: no limit */
  set({ max_fps, max_side_px }) {
    this.#intervalMs = max_fps ? 1000 / max_fps : 0;
    this.#maxSidePx = max_side_px ?? Infinity;
    this.#dueAt = -Infinity;
  }

  /** @param {number} nowMs */
  isDue(nowMs) {
    return nowMs >= this.#dueAt;
  }

  /** @param {number} nowMs when the frame was taken */
  sent(nowMs) {
    this.#dueAt = Math.max(this.#dueAt, nowMs - this.#intervalMs) + this.#intervalMs;
  }

  /** A new session has no limit. */
  reset() {
    this.set({ max_fps: null, max_side_px: null });
  }
}
