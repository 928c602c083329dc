/**
 * The dot game: calibration, validation and the one-dot drift check. The server chooses the dots and says when it has
 * enough frames of one. The game shows them (course.js, dot-player.js) and handles interruptions (interruptions.js):
 * after a lost face, a pause, a hidden tab or a changed window, the current dot is shown again.
 *
 * It is self-contained: it builds its elements in `mount` (with css/game.css), listens to `session`, fills the screen
 * (full-screen.js), and takes keys and taps while it runs (input.js).
 *
 *     const game = new CalibrationGame({ mount, session });
 *     const { outcome, report, reason } = await game.calibrate({ pattern: "9" });
 *
 * Emits `phase` (detail: a GamePhase), and `fullscreen` when the page has entered full screen.
 *
 * @typedef {import("../core/session.js").ServerSession} GameSession
 * @typedef {"waiting" | "dots" | "paused" | "busy" | "idle"} GamePhase
 * @typedef {{outcome: "done" | "failed" | "cancelled", reason?: string, [more: string]: any}} Outcome
 */
import { Attention } from "./interruptions.js";
import { DotPlayer } from "./dot-player.js";
import { FaceGate } from "./face-gate.js";
import { GameCourse } from "./course.js";
import { GameInput } from "./input.js";
import { GameStage } from "./stage.js";
import { enterFullScreen, leaveFullScreen } from "./full-screen.js";
import { listen } from "../core/events.js";
import { Refused } from "../core/requests.js";
import { LOST } from "../core/texts.js";
import { Sounds } from "./sounds.js";
import { GAME } from "../ui/texts.js";

export class CalibrationGame extends EventTarget {
  #stage;
  #session;
  #gate = new FaceGate();
  #sounds = new Sounds();
  #attention;
  #course;
  #input;
  #reducedMotion;
  #listening = new AbortController();
  /** @type {AbortController | null} */
  #run = null;
  /** The screen that the dots are for, such as "1920x1080". */
  #screen = "";
  /** Whether the page was in full screen before the game. If so, it stays in full screen after it. */
  #wasFull = false;

  /**
   * @param {{mount: HTMLElement, session: GameSession, announce?: (text: string) => void}} options
   */
  constructor({ mount, session, announce = () => {} }) {
    super();
    this.#session = session;
    this.#reducedMotion = window.matchMedia("(prefers-reduced-motion: reduce)").matches;
    this.#stage = new GameStage({ mount, announce });
    const onPhase = (/** @type {GamePhase} */ phase) => this.#phase(phase);
    const parts = { stage: this.#stage, session };
    const { signal: listening } = this.#listening;
    this.#input = new GameInput({ game: this, stage: this.#stage, signal: listening });
    const { press } = this.#input.words;
    this.#attention = new Attention({ stage: this.#stage, gate: this.#gate, press, onState: onPhase });
    const onArrival = () => this.#sounds.tick();
    const player = new DotPlayer({ ...parts, attention: this.#attention, geometry: session.geometry, onArrival });
    this.#course = new GameCourse({ ...parts, player, attention: this.#attention, onPhase });
    listen(session.geometry, "change", () => this.#onMoved(), listening);
    listen(session, "message", (message) => this.#hear(message), listening);
    listen(session, "state", ({ name }) => name === "open" || this.cancel(new Refused(LOST)), listening);
    // In a hidden tab the person can't look at the dot. After the return, they need a moment.
    listen(document, "visibilitychange", () => document.hidden && this.pause(), listening);
    // Esc leaves full screen without a key event; in the game it means stop.
    listen(document, "fullscreenchange", () => document.fullscreenElement || this.cancel(), listening);
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

  /** Whether the server was asked to start. Before that, the game waits for a face. */
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
   * @returns {Promise<Outcome>} done: `report`, `calibration`, `lagMs`, `glare`, `durationMs`
   */
  calibrate({ pattern = "9", points, pursuit = false, headRound = false, repeats = 2, extraPoints = 0, user } = {}) {
    const start = {
      type: "calibration_start",
      ...(points ? { points } : { pattern }),
      // A person who prefers reduced motion gets no moving dot.
      pursuit: pursuit && !this.#reducedMotion,
      head_round: headRound,
      repeats,
      extra_points: extraPoints,
      ...(user && { user }),
    };
    return this.#play(start, "calibration", GAME.calibrate);
  }

  /**
   * @param {{check?: boolean, points?: [number, number][]}} [options] check: three dots for a saved calibration
   * @returns {Promise<Outcome>} done: `result`, `brightness`, `glare`, and `shift` after a check
   */
  validate({ check = false, points } = {}) {
    const start = { type: "validation_start", ...(check && { check }), ...(points && { points }) };
    return this.#play(start, "validation", check ? GAME.check : GAME.validate);
  }

  /** Shows one dot in the middle, to correct a drift. @returns {Promise<Outcome>} done: `offsetPx` */
  drift() {
    return this.#guard((signal) => this.#course.drift(signal));
  }

  /** Removes the corrections by drift checks and clicks. */
  undoDrift() {
    this.#session.send({ type: "drift", undo: true });
  }

  pause() {
    if (!this.#run || this.#attention.paused || !this.#course.asked) return;
    this.#attention.paused = true;
    this.#session.send({ type: "pause" });
    this.#stage.say("");
    this.#phase("paused");
  }

  resume() {
    if (!this.#run || !this.#attention.paused) return;
    this.#session.send({ type: "resume" });
    this.#gate.restart(performance.now());
    this.#attention.paused = false;
    this.#phase("dots");
  }

  /** Skips a dot that gets no usable frames. @returns {boolean} whether it did something */
  skip() {
    return this.#attention.skip();
  }

  /** Ends the game; an earlier calibration stays active. @param {Error} [why] the message of a Refused is shown */
  cancel(why) {
    if (!this.#run) return;
    if (this.#attention.paused) this.#session.send({ type: "resume" });
    if (this.#course.asked) this.#session.send({ type: "calibration_cancel" });
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
   * Only one game runs at a time. However it ends, the stage is empty afterwards.
   * @param {(signal: AbortSignal) => Promise<Outcome>} play @returns {Promise<Outcome>}
   */
  async #guard(play) {
    if (this.#run) this.cancel();
    else this.#wasFull = document.fullscreenElement !== null;
    const run = new AbortController();
    this.#run = run;
    this.#input.begin();
    try {
      await this.#fillScreen();
      run.signal.throwIfAborted();
      return await play(run.signal);
    } catch (error) {
      const { aborted, reason } = run.signal;
      if (aborted) return { outcome: reason instanceof Refused ? "failed" : "cancelled", reason: reason.message };
      if (this.#course.asked) this.#session.send({ type: "calibration_cancel" });
      if (error instanceof Refused) return { outcome: "failed", reason: error.message };
      throw error;
    } finally {
      if (this.#run === run) this.#stop();
      // Awaited: otherwise the next game takes the end of this full screen for a stop.
      if (!this.#run && !this.#wasFull) await leaveFullScreen();
    }
  }

  async #fillScreen() {
    if (!document.fullscreenElement && (await enterFullScreen())) this.dispatchEvent(new Event("fullscreen"));
    this.#session.sendGeometry();
    this.#screen = this.#screenNow();
  }

  /** @param {Error} [why] */
  #stop(why = new Error("")) {
    const run = this.#run;
    this.#run = null;
    this.#screen = "";
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
    if (message.type === "gaze") this.#gate.add(message, performance.now(), this.#session.feed.picture);
    if (!this.#run) return;
    if (message.state === "collecting") this.#attention.progress(message, this.#course.minSamples);
    if (message.state === "cancelled") this.#stop(); // by another program
  }

  /** The page has moved since the dot was drawn. */
  #onMoved() {
    if (!this.#run || !this.#screen) return;
    if (this.#screenNow() === this.#screen) this.#attention.disturb();
    else this.cancel(new Refused(GAME.otherScreen));
  }

  #screenNow() {
    const { width, height } = this.#session.layout;
    return `${width}x${height}`;
  }

  /** @param {GamePhase} phase */
  #phase(phase) {
    this.#stage.state = phase;
    const begun = phase !== "waiting" || this.#course.asked;
    this.#stage.keys(begun ? this.#input.words.playing : this.#input.words.waiting);
    this.dispatchEvent(new CustomEvent("phase", { detail: phase }));
  }
}
