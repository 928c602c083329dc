/**
 * The dot game: calibration, validation and the one-dot drift check. The server chooses the dots and says when it has
 * seen enough of one; the game shows them (game-course.js, dot-player.js) and looks after the person (attention.js).
 * When the face goes, the person pauses, the tab is hidden or the window changes, the dot that was shown comes again.
 *
 * Self-contained: it builds its elements in `mount` (with css/game.css), listens to `connection` itself, and takes keys
 * and taps while it runs (game-input.js).
 *
 *     const game = new CalibrationGame({ mount, connection, geometry });
 *     const { outcome, report, reason } = await game.calibrate({ pattern: "9" });
 *
 * `connection` is an EventTarget with `send(message)` that emits `message` events with the parsed message as detail;
 * `geometry.layout` says where the page is on the screen, and it emits `change`. Emits `phase` (detail: a GamePhase).
 *
 * @typedef {"waiting" | "dots" | "paused" | "busy" | "idle"} GamePhase
 * @typedef {{outcome: "done" | "failed" | "cancelled", reason?: string, [more: string]: any}} Outcome
 */
import { Attention } from "./interruptions.js";
import { DotPlayer } from "./dot-player.js";
import { FaceGate } from "./face-gate.js";
import { GameCourse } from "./course.js";
import { GameInput } from "./input.js";
import { GameStage } from "./stage.js";
import { GameTalk, Refused } from "./server-talk.js";
import { Sounds } from "./sounds.js";

export class CalibrationGame extends EventTarget {
  #stage;
  #talk;
  #gate = new FaceGate();
  #sounds = new Sounds();
  #geometry;
  #attention;
  #course;
  #input;
  #reducedMotion;
  #listening = new AbortController();
  /** @type {AbortController | null} */
  #run = null;
  /** The screen that the dots are for, such as "1920x1080". */
  #screen = "";

  /**
   * @param {{mount: HTMLElement, connection: EventTarget & {send: (message: object) => unknown},
   *   geometry: EventTarget & {layout: import("../core/geometry.js").ScreenLayout}, announce?: (text: string) => void, sound?: boolean,
   *   reducedMotion?: boolean, signal?: AbortSignal}} options
   */
  constructor({ mount, connection, geometry, announce = () => {}, sound = false, reducedMotion, signal }) {
    super();
    this.#sounds.on = sound;
    this.#geometry = geometry;
    this.#reducedMotion = reducedMotion ?? window.matchMedia("(prefers-reduced-motion: reduce)").matches;
    this.#stage = new GameStage({ mount, announce });
    this.#talk = new GameTalk({ connection });
    const onPhase = (/** @type {GamePhase} */ phase) => this.#phase(phase);
    const parts = { stage: this.#stage, talk: this.#talk };
    const { signal: listening } = this.#listening;
    this.#input = new GameInput({ game: this, stage: this.#stage, signal: listening });
    const { press } = this.#input.words;
    this.#attention = new Attention({ stage: this.#stage, gate: this.#gate, press, onState: onPhase });
    const onArrival = () => this.#sounds.tick();
    const player = new DotPlayer({ ...parts, attention: this.#attention, geometry, onArrival });
    this.#course = new GameCourse({ ...parts, player, attention: this.#attention, onPhase });
    const options = { signal: listening };
    geometry.addEventListener("change", () => this.#onMoved(), options);
    // Nobody looks at a dot in a tab that is not shown, and who comes back does not look at it at once.
    document.addEventListener("visibilitychange", () => document.hidden && this.pause(), options);
    connection.addEventListener("message", (event) => this.#hear(/** @type {CustomEvent} */ (event).detail), options);
    signal?.addEventListener("abort", () => this.destroy(), { once: true });
  }

  destroy() {
    this.#stop();
    this.#listening.abort();
    this.#sounds.destroy();
    this.#stage.destroy();
  }

  get running() {
    return this.#run !== null;
  }

  get paused() {
    return this.#attention.paused;
  }

  /** Whether the server has been asked to start; before, the game waits for a face. */
  get begun() {
    return this.#course.asked;
  }

  get sound() {
    return this.#sounds.on;
  }

  set sound(on) {
    this.#sounds.on = on;
  }

  /**
   * @param {{pattern?: string, points?: [number, number][], pursuit?: boolean, headRound?: boolean, repeats?: number,
   *   extraPoints?: number, user?: string}} [options]
   * @returns {Promise<Outcome>} done: `report`, `calibration`, `lagMs`, `durationMs`
   */
  calibrate({ pattern = "9", points, pursuit = false, headRound = false, repeats = 2, extraPoints = 0, user } = {}) {
    const start = {
      type: "calibration_start",
      ...(points ? { points } : { pattern }),
      // Whoever wants less motion gets no dot to chase.
      pursuit: pursuit && !this.#reducedMotion,
      head_round: headRound,
      repeats,
      extra_points: extraPoints,
      ...(user && { user }),
    };
    return this.#play(start, "calibration", "Look at each dot until it moves on.");
  }

  /**
   * @param {{check?: boolean, points?: [number, number][]}} [options] check: three dots for a saved calibration
   * @returns {Promise<Outcome>} done: `result`, `brightness`, and `shift` after a check
   */
  validate({ check = false, points } = {}) {
    const start = { type: "validation_start", ...(check && { check }), ...(points && { points }) };
    const intro = check ? "Three dots, to see whether it still fits." : "New dots, to measure how exact it is.";
    return this.#play(start, "validation", intro);
  }

  /** One dot in the middle, for a calibration that has drifted. @returns {Promise<Outcome>} done: `offsetPx` */
  drift() {
    return this.#guard((signal) => this.#course.drift(signal));
  }

  /** Takes back what drift checks and clicks have moved. */
  undoDrift() {
    this.#talk.tell({ type: "drift", undo: true });
  }

  pause() {
    if (!this.#run || this.#attention.paused || !this.#course.asked) return;
    this.#attention.paused = true;
    this.#talk.tell({ type: "pause" });
    this.#stage.say("");
    this.#phase("paused");
  }

  resume() {
    if (!this.#run || !this.#attention.paused) return;
    this.#talk.tell({ type: "resume" });
    this.#gate.restart(performance.now());
    this.#attention.paused = false;
    this.#phase("dots");
  }

  /** Passes a dot that does not work. @returns {boolean} whether it did something */
  skip() {
    return this.#attention.skip();
  }

  /** Ends the game; an earlier calibration stays in force. @param {Error} [why] a Refused is told to the person */
  cancel(why) {
    if (!this.#run) return;
    if (this.#attention.paused) this.#talk.tell({ type: "resume" });
    if (this.#course.asked) this.#talk.tell({ type: "calibration_cancel" });
    this.#stop(why);
  }

  /** @param {object} start @param {string} type of the answers @param {string} intro @returns {Promise<Outcome>} */
  #play(start, type, intro) {
    return this.#guard(async (signal) => {
      const end = await this.#course.play(start, type, intro, signal);
      if (end.outcome === "done") this.#sounds.done();
      return end;
    });
  }

  /**
   * One run at a time; every way out leaves a clean stage.
   * @param {(signal: AbortSignal) => Promise<Outcome>} play @returns {Promise<Outcome>}
   */
  async #guard(play) {
    this.cancel();
    const run = new AbortController();
    this.#run = run;
    this.#input.begin();
    this.#screen = this.#screenNow();
    try {
      return await play(run.signal);
    } catch (error) {
      const { aborted, reason } = run.signal;
      if (aborted) return { outcome: reason instanceof Refused ? "failed" : "cancelled", reason: reason.message };
      if (this.#course.asked) this.#talk.tell({ type: "calibration_cancel" });
      if (error instanceof Refused) return { outcome: "failed", reason: error.message };
      throw error;
    } finally {
      if (this.#run === run) this.#stop();
    }
  }

  /** @param {Error} [why] */
  #stop(why = new Error("")) {
    const run = this.#run;
    this.#run = null;
    this.#course.asked = false;
    this.#attention.reset();
    this.#stage.say("");
    this.#stage.budget("");
    this.#stage.hideDot();
    this.#phase("idle");
    run?.abort(why);
  }

  /** @param {any} message */
  #hear(message) {
    if (message.type === "gaze") this.#gate.add(message, performance.now());
    if (!this.#run) return;
    this.#talk.hear(message);
    if (message.state === "collecting") this.#attention.progress(message, this.#course.minSamples);
    // Another session knows nothing of this game; somebody else may have cancelled it.
    if (message.type === "hello" && this.#course.asked) this.#stop(new Error("The connection was new."));
    else if (message.state === "cancelled") this.#stop();
  }

  /** The page lies elsewhere than when the dot was put there. */
  #onMoved() {
    if (!this.#run) return;
    if (this.#screenNow() === this.#screen) this.#attention.disturb();
    else this.cancel(new Refused("The window went to another screen, or the screen was turned. Start again there."));
  }

  #screenNow() {
    const { width, height } = this.#geometry.layout;
    return `${width}x${height}`;
  }

  /** For a face, before anything has been asked. @param {GamePhase} phase */
  #waits(phase) {
    return phase === "waiting" && !this.#course.asked;
  }

  /** @param {GamePhase} phase */
  #phase(phase) {
    this.#stage.state = phase;
    this.#stage.keys(this.#waits(phase) ? this.#input.words.waiting : this.#input.words.playing);
    this.dispatchEvent(new CustomEvent("phase", { detail: phase }));
  }
}
