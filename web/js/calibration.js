/**
 * The dot game: calibration, validation and the one-dot drift check. The server chooses the dots and says when it has
 * seen enough of one; the game shows them (dot-player.js) and looks after the person (face-gate.js).
 *
 *   1. It waits for a well-placed, well-lit face, then asks the server to start and gets the plan.
 *   2. It plays the dots, then a moving dot and a turning head where the plan has them. When the face goes, or the person
 *      pauses, the dot that was shown comes again from its start.
 *   3. `calibration_finish`; the server may ask for some dots `again`; then the result.
 *
 * Self-contained: it builds its elements in `mount` (with css/game.css), listens to `connection` itself, and takes the
 * keys while it runs: Space pauses, or passes a dot that will not work; Esc stops; M switches the sound.
 *
 *     const game = new CalibrationGame({ mount, connection, geometry });
 *     const { outcome, report, reason } = await game.calibrate({ pattern: "9" });
 *
 * `connection` is an EventTarget with `send(message)` that emits `message` events with the parsed message as detail;
 * `geometry.layout` says where the page is on the screen. Emits `phase` (detail: a GamePhase).
 *
 * @typedef {import("./game-plan.js").Target} Target
 * @typedef {import("./game-plan.js").Plan} Plan
 * @typedef {"waiting" | "dots" | "paused" | "busy" | "idle"} GamePhase
 * @typedef {{outcome: "done" | "failed" | "cancelled", reason?: string, [more: string]: any}} Outcome
 */
import { DotPlayer, Interrupted } from "./dot-player.js";
import { FaceGate } from "./face-gate.js";
import { INTRO_MS, dotMs, headMs, inSeconds, roundsMs, wordsForAgain } from "./game-plan.js";
import { GameStage } from "./game-stage.js";
import { GameTalk, Refused } from "./game-talk.js";
import { Sounds } from "./sounds.js";

const KEYS_WAITING = "Esc stops";
const KEYS_PLAYING = "Space pauses · M switches the sound · Esc stops";

export class CalibrationGame extends EventTarget {
  #stage;
  #talk;
  #player;
  #gate = new FaceGate();
  #sounds = new Sounds();
  #reducedMotion;
  #listening = new AbortController();
  /** @type {AbortController | null} */
  #run = null;
  /** Whether the server has been asked to start something. */
  #asked = false;
  #minSamples = 15;

  /**
   * @param {{mount: HTMLElement, connection: EventTarget & {send: (message: object) => unknown},
   *   geometry: {layout: import("./geometry.js").ScreenLayout}, announce?: (text: string) => void, sound?: boolean,
   *   reducedMotion?: boolean, signal?: AbortSignal}} options
   */
  constructor({ mount, connection, geometry, announce = () => {}, sound = false, reducedMotion, signal }) {
    super();
    this.#sounds.on = sound;
    this.#reducedMotion = reducedMotion ?? window.matchMedia("(prefers-reduced-motion: reduce)").matches;
    this.#stage = new GameStage({ mount, announce });
    this.#talk = new GameTalk({ connection });
    this.#player = new DotPlayer({
      stage: this.#stage,
      gate: this.#gate,
      talk: this.#talk,
      geometry,
      onArrival: () => this.#sounds.tick(),
      onState: (state) => this.#phase(state),
    });
    this.#stage.addEventListener("resume", () => this.resume());
    this.#stage.addEventListener("stop", () => this.cancel());
    this.#stage.addEventListener("tap", () => (this.#player.paused ? this.resume() : this.pause()));
    const options = { signal: this.#listening.signal };
    connection.addEventListener("message", (event) => this.#hear(/** @type {CustomEvent} */ (event).detail), options);
    document.addEventListener("keydown", (event) => this.#onKey(event), { ...options, capture: true });
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
    return this.#play(start, "calibration", "Look at each dot until it moves on. Keep your head comfortable.");
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
    return this.#guard(async (signal) => {
      this.#phase("waiting");
      await this.#player.awaitFace(signal, { strict: false });
      this.#phase("dots");
      this.#stage.say("Look at the dot.");
      for (;;) {
        try {
          const place = await this.#player.arrive({ id: 0, x: 0.5, y: 0.5 }, signal);
          this.#stage.say("");
          this.#asked = true;
          const shownMs = performance.timeOrigin + performance.now();
          const answer = this.#talk.ask({ type: "drift", ...place, shown_ms: shownMs }, "drift", ["done", "failed"], signal);
          const { state, reason, offset_px: offsetPx } = await Promise.race([answer, this.#untilInterrupted(signal)]);
          return state === "done" ? { outcome: "done", offsetPx } : { outcome: "failed", reason };
        } catch (error) {
          if (!(error instanceof Interrupted)) throw error;
          await this.#player.waitOut(signal, performance.now());
        }
      }
    });
  }

  pause() {
    if (!this.#run || this.#player.paused || !this.#asked) return;
    this.#player.paused = true;
    this.#talk.tell({ type: "pause" });
    this.#stage.say("");
    this.#phase("paused");
  }

  resume() {
    if (!this.#run || !this.#player.paused) return;
    this.#talk.tell({ type: "resume" });
    this.#gate.restart(performance.now());
    this.#player.paused = false;
    this.#phase("dots");
  }

  /** Passes a dot that does not work. @returns {boolean} whether it did something */
  skip() {
    return this.#player.skip();
  }

  /** Ends the game; an earlier calibration stays in force. */
  cancel() {
    if (!this.#run) return;
    if (this.#player.paused) this.#talk.tell({ type: "resume" });
    if (this.#asked) this.#talk.tell({ type: "calibration_cancel" });
    this.#stop();
  }

  /** @param {object} start @param {string} type of the answers @param {string} intro @returns {Promise<Outcome>} */
  #play(start, type, intro) {
    return this.#guard(async (signal) => {
      this.#phase("waiting");
      await this.#player.awaitFace(signal, { strict: true });
      const beganAt = performance.now();
      this.#phase("dots");
      this.#stage.say(intro);
      this.#player.waitInMiddle();
      this.#asked = true;
      const started = this.#talk.ask(start, type, ["started"], signal);
      /** @type {[Plan, unknown]} */
      const [plan] = await Promise.all([started, this.#player.sleep(INTRO_MS, signal)]);
      this.#minSamples = plan.min_samples;
      this.#stage.say("");
      await this.#dots(plan.targets, plan, roundsMs(plan), signal);
      if (plan.pursuit) await this.#player.pursuit(plan.pursuit, headMs(plan), signal);
      if (plan.head_round) await this.#player.headRound(plan.head_round, signal);
      const end = await this.#finish(type, plan, signal);
      if (end.state === "failed") return { outcome: "failed", reason: end.reason ?? "The dots could not be matched." };
      this.#sounds.done();
      const { report, calibration, lag_ms: lagMs, result, brightness, shift } = end;
      const durationMs = performance.now() - beganAt;
      return { outcome: "done", report, calibration, lagMs, result, brightness, shift, durationMs };
    });
  }

  /** @param {string} type @param {Plan} plan @param {AbortSignal} signal */
  async #finish(type, plan, signal) {
    for (;;) {
      this.#stage.hideDot();
      this.#stage.budget("");
      this.#phase("busy");
      const end = await this.#talk.ask({ type: "calibration_finish" }, type, ["done", "failed", "again"], signal);
      if (end.state !== "again") return end;
      this.#phase("dots");
      this.#player.waitInMiddle();
      this.#stage.say(wordsForAgain(end.targets));
      await this.#player.sleep(INTRO_MS, signal);
      this.#stage.say("");
      await this.#dots(end.targets, plan, 0, signal);
    }
  }

  /** @param {Target[]} targets @param {Plan} plan @param {number} afterMs @param {AbortSignal} signal */
  async #dots(targets, plan, afterMs, signal) {
    for (const [index, target] of targets.entries()) {
      this.#stage.budget(inSeconds((targets.length - index) * dotMs(plan) + afterMs));
      await this.#player.show(target, plan, signal);
    }
  }

  /**
   * One run at a time; every way out leaves a clean stage.
   * @param {(signal: AbortSignal) => Promise<Outcome>} play @returns {Promise<Outcome>}
   */
  async #guard(play) {
    this.cancel();
    const run = new AbortController();
    this.#run = run;
    try {
      return await play(run.signal);
    } catch (error) {
      if (run.signal.aborted) return { outcome: "cancelled", reason: run.signal.reason?.message ?? "" };
      if (this.#asked) this.#talk.tell({ type: "calibration_cancel" });
      if (error instanceof Refused) return { outcome: "failed", reason: error.message };
      throw error;
    } finally {
      if (this.#run === run) this.#stop();
    }
  }

  /** @param {string} [reason] */
  #stop(reason = "") {
    const run = this.#run;
    this.#run = null;
    this.#asked = false;
    this.#player.reset();
    this.#stage.say("");
    this.#stage.budget("");
    this.#stage.hideDot();
    this.#phase("idle");
    run?.abort(new Error(reason));
  }

  /** @param {any} message */
  #hear(message) {
    if (message.type === "gaze") this.#gate.add(message, performance.now());
    if (!this.#run) return;
    this.#talk.hear(message);
    if (message.state === "collecting") this.#player.progress(message, this.#minSamples);
    // Another session knows nothing of this game; somebody else may have cancelled it.
    if (message.type === "hello" && this.#asked) this.#stop("The connection was new.");
    else if (message.state === "cancelled") this.#stop();
  }

  /** @param {KeyboardEvent} event */
  #onKey(event) {
    if (!this.#run || event.ctrlKey || event.metaKey || event.altKey || event.repeat) return;
    // In another page's shadow tree the event's target is the tree's host.
    const onButton = event.composedPath().some((element) => element instanceof HTMLButtonElement);
    const key = event.key.toLowerCase();
    if (key === "escape") this.cancel();
    else if (key === "m") this.sound = !this.sound;
    else if (key === "p" || (key === " " && !onButton)) {
      if (!this.skip()) this.#player.paused ? this.resume() : this.pause();
    } else return;
    event.preventDefault();
    event.stopPropagation();
  }

  /** @param {AbortSignal} signal @returns {Promise<never>} */
  async #untilInterrupted(signal) {
    for (;;) await this.#player.hold(1000, signal);
  }

  /** @param {GamePhase} phase */
  #phase(phase) {
    this.#stage.state = phase;
    this.#stage.keys(phase === "waiting" && !this.#asked ? KEYS_WAITING : KEYS_PLAYING);
    this.dispatchEvent(new CustomEvent("phase", { detail: phase }));
  }
}
