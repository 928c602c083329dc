/**
 * The dot game. The server chooses the dots and says when it has seen enough of one.
 *
 *   1. `calibration_start` -> `started` with the targets (0..1 of the screen).
 *   2. For each: the dot travels (`moving`), arrives and is announced with `calibration_point`, shrinks while the eye
 *      settles (`settling`), and then beats until the server says `enough` and the least time is over (`collecting`).
 *   3. No face for a while: the game says so and waits; Space goes on to the next dot when one will not work.
 *   4. `calibration_finish` -> `fitting` -> `done` with the report, or `failed` with what to do.
 *
 * Emits `done` (detail: report), `failed` (detail: reason), `fitting`, `cancelled`.
 *
 * @typedef {{id: number, x: number, y: number}} Target
 */
import { screenToViewport, viewportToScreen } from "./geometry.js";

/** Long enough to read the one sentence; the words are gone before the first picture counts. */
const INTRO_MS = 2300;
const TRAVEL_MS = 650;
/** Dots nearer to the window's edge than this would be cut. */
const EDGE_PX = 26;
/** The face must be away this long before the game speaks up: a blink is shorter. */
const MISSING_MS = 900;
/** After this long on one dot the person is told that Space goes on. */
const STUCK_MS = 7000;
const FALLBACK = { settleMs: 700, windowMs: 800, minSamples: 8 };

const wait = (/** @type {number} */ ms, /** @type {AbortSignal} */ signal) =>
  new Promise((resolve, reject) => {
    const stop = () => {
      window.clearTimeout(timer);
      reject(signal.reason);
    };
    const timer = window.setTimeout(() => {
      signal.removeEventListener("abort", stop);
      resolve(undefined);
    }, ms);
    if (signal.aborted) stop();
    else signal.addEventListener("abort", stop, { once: true });
  });

export class CalibrationGame extends EventTarget {
  #connection;
  #geometry;
  #dot;
  #words;
  #progress;
  #announce;
  /** @type {AbortController | null} */
  #run = null;
  /** @type {((message: any) => void) | null} */
  #onStarted = null;
  /** @type {{id: number, valid: number, enough: boolean, skip: boolean} | null} */
  #current = null;
  #minSamples = FALLBACK.minSamples;
  #faceAt = 0;

  /**
   * @param {{connection: import("./connection.js").Connection, geometry: import("./geometry.js").ScreenGeometry,
   *   dot: HTMLElement, words: HTMLElement, progress: HTMLElement, announce: (text: string) => void}} options
   */
  constructor({ connection, geometry, dot, words, progress, announce }) {
    super();
    this.#connection = connection;
    this.#geometry = geometry;
    this.#dot = dot;
    this.#words = words;
    this.#progress = progress;
    this.#announce = announce;
  }

  get running() {
    return this.#run !== null;
  }

  /** @param {{pattern?: string, user?: string}} [options] */
  async start({ pattern = "9", user } = {}) {
    this.#run?.abort();
    const run = new AbortController();
    this.#run = run;
    try {
      this.#say("Look at the dot until it moves on. Keep your head comfortable and still.", true);
      this.#progress.textContent = "";
      this.#waitInMiddle();
      const started = new Promise((resolve) => (this.#onStarted = resolve));
      this.#connection.send({ type: "calibration_start", pattern, ...(user && { user }) });
      const [plan] = await Promise.all([started, wait(INTRO_MS, run.signal)]);
      this.#say("", false);
      this.#minSamples = plan.min_samples ?? FALLBACK.minSamples;
      for (const [index, target] of plan.targets.entries()) {
        this.#progress.textContent = `Dot ${index + 1} of ${plan.targets.length}`;
        await this.#show(target, plan, run.signal);
      }
      this.#dot.hidden = true;
      this.#say("", false);
      this.#connection.send({ type: "calibration_finish" });
      this.dispatchEvent(new Event("fitting"));
    } catch (error) {
      if (!run.signal.aborted) throw error;
    } finally {
      if (this.#run === run) this.#dot.hidden = true;
    }
  }

  /** Ends the game; an earlier calibration stays in force. */
  cancel() {
    if (!this.#run) return;
    this.#stop();
    this.#connection.send({ type: "calibration_cancel" });
    this.dispatchEvent(new Event("cancelled"));
  }

  /** Space on a dot that does not work. @returns {boolean} whether it did something */
  skip() {
    if (!this.#current || !this.#dot.dataset.stuck) return false;
    this.#current.skip = true;
    return true;
  }

  destroy() {
    this.#stop();
  }

  /** @param {any} message a `calibration` message */
  onMessage(message) {
    if (message.state === "started") this.#onStarted?.(message);
    if (message.state === "collecting" && this.#current?.id === message.target_id) {
      this.#current.valid = message.n_valid;
      this.#current.enough = message.enough;
      this.#dot.style.setProperty("--filled", String(Math.min(1, message.n_valid / this.#minSamples)));
    }
    if (!this.#run) return;
    if (message.state === "done") {
      this.#stop();
      this.dispatchEvent(new CustomEvent("done", { detail: message.report }));
    } else if (message.state === "failed") {
      this.#stop();
      this.dispatchEvent(new CustomEvent("failed", { detail: message.reason ?? "The dots could not be matched." }));
    } else if (message.state === "cancelled") {
      this.#stop();
      this.dispatchEvent(new Event("cancelled"));
    }
  }

  /** @param {any} gaze */
  onGaze(gaze) {
    if (gaze.status !== "no_face" && gaze.status !== "error") this.#faceAt = performance.now();
  }

  #stop() {
    this.#run?.abort();
    this.#run = null;
    this.#current = null;
    this.#onStarted = null;
    this.#dot.hidden = true;
  }

  /** Something to look at while the server draws its plan; the first dot comes in the middle, too. */
  #waitInMiddle() {
    const middle = { x: window.innerWidth / 2, y: window.innerHeight / 2 };
    const place = viewportToScreen(middle, this.#geometry.layout);
    delete this.#dot.dataset.targetId;
    this.#put(place, middle);
  }

  /** @param {import("./geometry.js").Point} place @param {import("./geometry.js").Point} viewport the same in CSS px */
  #put(place, viewport) {
    const dot = this.#dot;
    dot.hidden = false;
    dot.dataset.x = String(place.x);
    dot.dataset.y = String(place.y);
    dot.dataset.phase = "moving";
    delete dot.dataset.stuck;
    dot.style.setProperty("--filled", "0");
    dot.style.setProperty("--x", `${viewport.x}px`);
    dot.style.setProperty("--y", `${viewport.y}px`);
  }

  /** @param {Target} target @param {any} plan @param {AbortSignal} signal */
  async #show(target, plan, signal) {
    const place = this.#visiblePlace(target);
    const dot = this.#dot;
    dot.dataset.targetId = String(target.id);
    this.#put(place, screenToViewport(place, this.#geometry.layout));
    await wait(TRAVEL_MS, signal);

    const settleMs = plan.settle_ms ?? FALLBACK.settleMs;
    const current = { id: target.id, valid: 0, enough: false, skip: false };
    this.#current = current;
    dot.dataset.phase = "settling";
    const shownAt = performance.now();
    this.#connection.send({
      type: "calibration_point",
      target_id: target.id,
      shown_ms: performance.timeOrigin + shownAt,
      ...(place.moved && { x: place.x, y: place.y }),
    });
    await wait(settleMs, signal);
    dot.dataset.phase = "collecting";
    this.#faceAt = Math.max(this.#faceAt, shownAt);
    await wait(plan.window_ms ?? FALLBACK.windowMs, signal);
    while (!current.enough && !current.skip) {
      this.#explainWaiting(performance.now() - shownAt);
      await wait(60, signal);
    }
    this.#say("", false);
    this.#current = null;
  }

  /**
   * A window that does not cover the screen can't show every target: the dot then stands at the nearest visible place.
   * @param {Target} target
   */
  #visiblePlace(target) {
    const layout = this.#geometry.layout;
    const wanted = screenToViewport(target, layout);
    const shown = {
      x: Math.min(window.innerWidth - EDGE_PX, Math.max(EDGE_PX, wanted.x)),
      y: Math.min(window.innerHeight - EDGE_PX, Math.max(EDGE_PX, wanted.y)),
    };
    const moved = Math.hypot(shown.x - wanted.x, shown.y - wanted.y) > 1;
    const point = moved ? viewportToScreen(shown, layout) : target;
    return { x: point.x, y: point.y, moved };
  }

  /** @param {number} onDotMs how long this dot stands */
  #explainWaiting(onDotMs) {
    const stuck = onDotMs > STUCK_MS;
    if (stuck) this.#dot.dataset.stuck = "yes";
    const skip = stuck ? " Press Space to go on without this dot." : "";
    if (performance.now() - this.#faceAt > MISSING_MS) {
      this.#say(`I can't see your face. Come back into the picture, I am waiting.${skip}`, true);
    } else if (stuck) {
      this.#say(`I can't see your eyes well here. Open them wide or turn a light on.${skip}`, true);
    } else {
      this.#say("", false);
    }
  }

  /** @param {string} text @param {boolean} aloud */
  #say(text, aloud) {
    if (this.#words.textContent === text) return;
    this.#words.textContent = text;
    if (aloud && text) this.#announce(text);
  }
}
