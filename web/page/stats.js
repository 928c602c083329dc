/** Frames per second and the delay of the gaze point, from the answers of the last two seconds. */

const WINDOW_MS = 2000;
const SHOW_EVERY_MS = 400;

/** @param {number[]} values @returns {number | null} */
export function median(values) {
  if (!values.length) return null;
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

export class Stats {
  #fps;
  #latency;
  #timer;
  /** @type {{at: number, latency: number}[]} */
  #answers = [];

  /** @param {{fps: HTMLElement, latency: HTMLElement}} options */
  constructor({ fps, latency }) {
    this.#fps = fps;
    this.#latency = latency;
    this.#timer = window.setInterval(() => this.#show(), SHOW_EVERY_MS);
  }

  destroy() {
    window.clearInterval(this.#timer);
  }

  /** @param {any} gaze a gaze message @param {number} originMs the server's time when performance.now() was 0 */
  add(gaze, originMs) {
    const now = performance.now();
    this.#answers.push({ at: now, latency: originMs + now - gaze.timestamp });
  }

  #show() {
    const now = performance.now();
    this.#answers = this.#answers.filter((answer) => answer.at > now - WINDOW_MS);
    const latency = median(this.#answers.map((answer) => answer.latency));
    const span = this.#answers.length > 1 ? now - this.#answers[0].at : 0;
    this.#fps.textContent = span > 300 ? ((1000 * this.#answers.length) / span).toFixed(0) : "–";
    this.#latency.textContent = latency === null ? "–" : String(Math.max(0, Math.round(latency)));
  }
}
