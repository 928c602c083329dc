/**
 * The server's clock as the page knows it, so that all times of one record have one clock.
 *
 * A page has `performance.timeOrigin + performance.now()`. In most browsers this clock stands still while the computer
 * sleeps, and the page may come from another machine than the server.
 *
 *   1. At the beginning the offset is that of the system's clock, if the page's own has fallen behind it.
 *   2. `sync` measures it against the server, in the manner of NTP (server/clock.py): of ROUNDS answers, the one with the
 *      shortest way counts. A difference within the uncertainty of this measurement is none.
 *   3. When the system's clock and the page's part again, the offset follows at once, and `sync` is due.
 */
const ROUNDS = 5;
/** Browsers round their clocks, the coarsest to 100 ms. */
const APART_MS = 250;
const LEAST_OFFSET_MS = 5;

/** How far the system's clock is ahead of the page's. */
const systemAhead = () => Date.now() - (performance.timeOrigin + performance.now());

export class ServerClock {
  #ahead = systemAhead();
  #offsetMs = Math.abs(this.#ahead) > APART_MS ? this.#ahead : 0;
  #due = true;

  /** Whether the offset has not been measured since the clocks parted. */
  get due() {
    this.#follow();
    return this.#due;
  }

  /** What a time of the page has to be increased by. */
  get offsetMs() {
    this.#follow();
    return this.#offsetMs;
  }

  /** The server's time when performance.now() was 0. */
  get originMs() {
    return performance.timeOrigin + this.offsetMs;
  }

  /** The server's present time, unix ms. */
  get nowMs() {
    return this.originMs + performance.now();
  }

  /** @param {(message: object) => Promise<any>} ask sends a request; resolves with the answer */
  async sync(ask) {
    this.#due = false;
    const unixMs = () => performance.timeOrigin + performance.now();
    let best = { way: Infinity, offset: 0 };
    for (let round = 0; round < ROUNDS; round += 1) {
      const sent = unixMs();
      const { server_ms: server } = await ask({ type: "time_sync", client_ms: sent });
      const arrived = unixMs();
      if (arrived - sent < best.way) best = { way: arrived - sent, offset: server - (sent + arrived) / 2 };
    }
    this.#offsetMs = Math.abs(best.offset) > Math.max(best.way / 2, LEAST_OFFSET_MS) ? best.offset : 0;
    this.#ahead = systemAhead();
  }

  #follow() {
    const ahead = systemAhead();
    if (Math.abs(ahead - this.#ahead) <= APART_MS) return;
    this.#offsetMs += ahead - this.#ahead;
    this.#ahead = ahead;
    this.#due = true;
  }
}
