/** The time of a replay: it runs, stands, jumps, and steps. Emits `time` when the time changes, `state` when it starts or stops. */
export class Playback extends EventTarget {
  #time = 0;
  #durationMs = 0;
  #speed = 1;
  #request = 0;
  #frameAt = 0;
  #schedule;
  #cancel;

  /** @param {{schedule?: (act: (nowMs: number) => void) => number, cancel?: (request: number) => void}} [options] */
  constructor({ schedule = (act) => requestAnimationFrame(act), cancel = (request) => cancelAnimationFrame(request) } = {}) {
    super();
    this.#schedule = schedule;
    this.#cancel = cancel;
  }

  get time() {
    return this.#time;
  }

  get durationMs() {
    return this.#durationMs;
  }

  get playing() {
    return this.#request !== 0;
  }

  /** @param {number} speed 1: as recorded */
  set speed(speed) {
    this.#speed = speed;
  }

  /** @param {number} durationMs of another replay, which begins at 0 */
  load(durationMs) {
    this.pause();
    this.#durationMs = durationMs;
    this.#move(0);
  }

  toggle() {
    if (this.playing) this.pause();
    else this.play();
  }

  play() {
    if (this.playing || !this.#durationMs) return;
    if (this.#time >= this.#durationMs) this.#move(0);
    this.#frameAt = 0;
    this.#request = this.#schedule(this.#frame);
    this.dispatchEvent(new Event("state"));
  }

  pause() {
    if (!this.playing) return;
    this.#cancel(this.#request);
    this.#request = 0;
    this.dispatchEvent(new Event("state"));
  }

  /** @param {number} time ms */
  seek(time) {
    this.#move(Math.max(0, Math.min(this.#durationMs, time)));
  }

  /** @param {number} nowMs */
  #frame = (nowMs) => {
    const passed = this.#frameAt ? nowMs - this.#frameAt : 0;
    this.#frameAt = nowMs;
    this.#move(Math.min(this.#durationMs, this.#time + passed * this.#speed));
    if (this.#time >= this.#durationMs) this.pause();
    else if (this.playing) this.#request = this.#schedule(this.#frame);
  };

  /** @param {number} time */
  #move(time) {
    this.#time = time;
    this.dispatchEvent(new Event("time"));
  }
}
