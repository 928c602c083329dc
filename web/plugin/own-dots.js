/**
 * Calibration with a page's own dots and with clicks: collects looks, reports them, and asks for a calibration in the pauses.
 *
 *   1. The page calls `looked(x, y)` repeatedly while the person looks at a dot. Calls at one place without a long gap are
 *      one look, from the first to the last.
 *   2. `clicked(x, y)`: the eyes were at this place just before the click.
 *   3. A look that has ended is reported to the server. After looks at MIN_PLACES places a calibration is made, and made
 *      again after further looks.
 */
const SAME_PLACE_PX = 12;
/** After this time without a call, the look has ended: longer than a slow frame, shorter than the time between two dots. */
const QUIET_MS = 250;
/** The server accepts 10 s at most. */
const LONGEST_MS = 8000;
/** The eyes are on the clicked place from about this time on, and often leave it with the click. */
const BEFORE_CLICK_MS = 400;
/** As the server's, for a calibration of any kind. */
const MIN_PLACES = 3;

const unixMs = () => performance.timeOrigin + performance.now();

export class OwnDots {
  #session;
  /** @type {{x: number, y: number, startMs: number, endMs: number} | null} */
  #look = null;
  #timer = 0;
  #places = 0;
  #stale = false;
  /** @type {Promise<void> | null} */
  #fitting = null;
  #destroyed = false;
  /** @type {{x: number, y: number, startMs: number, endMs: number}[]} */
  reported = [];
  /** The data were cleared, and there is no calibration since: the server's points are not used. */
  forgotten = false;

  /** @param {{session: import("./session.js").GazeSession}} options */
  constructor({ session }) {
    this.#session = session;
  }

  /** @param {number} x @param {number} y CSS px of the viewport */
  looked(x, y) {
    this.#saw(x, y, unixMs());
  }

  /** @param {number} x @param {number} y CSS px of the viewport */
  clicked(x, y) {
    this.#saw(x, y, unixMs() - BEFORE_CLICK_MS);
  }

  /** Reports the looks. Resolves when their calibration is active, or if there are too few looks. */
  async flush() {
    window.clearTimeout(this.#timer);
    const look = this.#look;
    this.#look = null;
    if (look) await this.#report(look);
    if (!this.#stale) return;
    if (this.#places >= MIN_PLACES) await this.#fit();
    else console.warn(`OwnDots: no calibration yet: it needs looks or clicks at ${MIN_PLACES} places, so far ${this.#places}.`);
  }

  /** The server has lost all looks, with the connection. */
  forget() {
    window.clearTimeout(this.#timer);
    this.#look = null;
    this.#places = 0;
    this.#stale = false;
    this.reported = [];
  }

  async clear() {
    this.forget();
    this.forgotten = true;
    await this.#session.request({ type: "look_clear" });
  }

  destroy() {
    this.#destroyed = true;
    window.clearTimeout(this.#timer);
  }

  /** @param {number} x @param {number} y @param {number} startMs */
  #saw(x, y, startMs) {
    const endMs = unixMs();
    const look = this.#look;
    const same = look && Math.hypot(look.x - x, look.y - y) <= SAME_PLACE_PX && endMs - look.startMs < LONGEST_MS;
    if (same) look.endMs = endMs;
    else {
      if (look) void this.#quietly(this.#report(look));
      this.#look = { x, y, startMs, endMs };
    }
    window.clearTimeout(this.#timer);
    this.#timer = window.setTimeout(() => void this.#quietly(this.flush()), QUIET_MS);
  }

  /** @param {{x: number, y: number, startMs: number, endMs: number}} look */
  async #report(look) {
    // A single call stands for a click.
    const startMs = look.endMs - look.startMs < QUIET_MS ? look.endMs - BEFORE_CLICK_MS : look.startMs;
    this.reported.push({ ...look, startMs });
    const { places } = await this.#session.look({ ...look, startMs });
    this.#places = places;
    this.#stale = true;
  }

  #fit() {
    this.#fitting ??= this.#fitOnce().finally(() => (this.#fitting = null));
    return this.#fitting;
  }

  async #fitOnce() {
    while (this.#stale && !this.#destroyed) {
      this.#stale = false;
      await this.#session.fitLooks();
      this.forgotten = false;
    }
  }

  /** Runs work without a caller: an error is only logged. @param {Promise<void>} work */
  async #quietly(work) {
    try {
      await work;
    } catch (error) {
      if (!this.#destroyed) console.warn("OwnDots: no calibration yet:", /** @type {Error} */ (error).message);
    }
  }
}
