/**
 * The page as a stimulus: its name, and where it lies on the screen as it scrolls, so that heat maps and areas of interest lie on
 * the page and not on the window (PROTOCOL.md, "Stimuli").
 *
 * Its rectangle is that of the whole document. It is measured at each frame in which the page scrolls or changes its size, and a
 * few times a second, because content that loads and a window that is moved fire no event.
 */
const MEASURE_MS = 500;
/** CSS px, the most that the server accepts. */
const MAX_PX = 100_000;

export class PageUnderTest {
  #name;
  #session;
  #abort = new AbortController();
  #timer = 0;
  #frame = 0;
  #sent = "";

  /** @param {{name: string, session: import("../core/session.js").ServerSession}} options */
  constructor({ name, session }) {
    this.#name = name;
    this.#session = session;
  }

  /** The page is shown from now on. */
  begin() {
    const options = { signal: this.#abort.signal, passive: true, capture: true };
    for (const type of ["scroll", "resize"]) window.addEventListener(type, () => this.#soon(), options);
    this.#timer = window.setInterval(() => this.#measure(), MEASURE_MS);
    this.#measure();
  }

  /** A new connection does not know the page. */
  resend() {
    this.#sent = "";
    if (this.#timer) this.#measure();
  }

  /** The page is no longer looked at. */
  end() {
    window.clearInterval(this.#timer);
    window.cancelAnimationFrame(this.#frame);
    this.#abort.abort();
    if (this.#sent) this.#send("end", {});
    this.#timer = 0;
    this.#sent = "";
  }

  #soon() {
    window.cancelAnimationFrame(this.#frame);
    this.#frame = window.requestAnimationFrame(() => this.#measure());
  }

  #measure() {
    const place = rectangle(document.documentElement, window, this.#session.layout);
    const text = JSON.stringify(place);
    if (text === this.#sent) return;
    if (this.#send(this.#sent ? "move" : "start", place)) this.#sent = text;
  }

  /** @param {"start" | "move" | "end"} phase @param {object} place */
  #send(phase, place) {
    const shown = { phase, name: this.#name, kind: "page", shown_ms: this.#session.clock.nowMs };
    return this.#session.send({ type: "stimulus", ...shown, ...place });
  }
}

/**
 * The document on the screen.
 * @param {{scrollWidth: number, scrollHeight: number}} root @param {{scrollX: number, scrollY: number}} scrolled
 * @param {import("../core/geometry.js").ScreenLayout} layout
 */
export function rectangle({ scrollWidth, scrollHeight }, { scrollX, scrollY }, { viewport, scale }) {
  const place = (/** @type {number} */ px) => Math.round(10 * Math.max(-MAX_PX, Math.min(px, MAX_PX))) / 10;
  const length = (/** @type {number} */ px) => Math.round(10 * Math.max(1, Math.min(px, MAX_PX))) / 10;
  return {
    x_px: place(viewport.x - scrollX * scale),
    y_px: place(viewport.y - scrollY * scale),
    width_px: length(scrollWidth * scale),
    height_px: length(scrollHeight * scale),
  };
}
