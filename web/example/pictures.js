/** How long the person looked at each picture: the sum of the stays that the server reports. */
import { SECONDS } from "./texts.js";

export class LookingTimes {
  #figures;
  /** @type {Map<string, number>} */
  #totalMs = new Map();
  /** @type {Map<string, number>} when the stays that go on began */
  #since = new Map();

  /** @param {{figures: HTMLElement[]}} options each with an id */
  constructor({ figures }) {
    this.#figures = figures;
    this.show(0);
  }

  get areas() {
    return this.#figures.map((element) => ({ element, id: element.id }));
  }

  /** @param {{phase: string, id: string, timestamp: number, duration_ms: number}} stay an `aoi` message */
  add({ phase, id, timestamp, duration_ms: durationMs }) {
    if (phase === "start") this.#since.set(id, timestamp);
    else if (this.#since.delete(id)) this.#totalMs.set(id, (this.#totalMs.get(id) ?? 0) + durationMs);
  }

  /** @param {number} nowMs unix */
  show(nowMs) {
    const spentMs = this.#figures.map(({ id }) => {
      const since = this.#since.get(id);
      return (this.#totalMs.get(id) ?? 0) + (since === undefined ? 0 : Math.max(0, nowMs - since));
    });
    const longest = Math.max(1000, ...spentMs);
    this.#figures.forEach((figure, index) => {
      figure.style.setProperty("--share", (spentMs[index] / longest).toFixed(3));
      figure.classList.toggle("is-looked-at", this.#since.has(figure.id));
      const time = /** @type {HTMLElement} */ (figure.querySelector(".time"));
      time.textContent = SECONDS(spentMs[index]);
    });
  }

  clear() {
    this.#totalMs.clear();
    this.#since.clear();
    this.show(0);
  }
}
