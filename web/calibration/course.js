/**
 * The course of a game, from its first text to the server's result. `game.js` starts and ends it.
 *
 *   1. It waits for a well-placed, well-lit face, then asks the server to start and gets the plan.
 *   2. It shows the dots, and a moving dot and a turn of the head if the plan has them.
 *   3. It sends `calibration_finish`. The server may ask for some dots `again`. Then the result comes.
 *
 * @typedef {import("./plan.js").Target} Target
 * @typedef {import("./plan.js").Plan} Plan
 * @typedef {import("./game.js").Outcome} Outcome
 * @typedef {import("./game.js").GamePhase} GamePhase
 */
import { Interrupted } from "./interruptions.js";
import { DOT, INTRO_MS, againMs, dotMs, headMs, inSeconds, roundsMs, wordsForAgain } from "./plan.js";
import { GAME } from "../ui/texts.js";

export class GameCourse {
  #stage;
  #session;
  #player;
  #attention;
  #onPhase;
  /** Whether a start request was sent to the server. */
  asked = false;
  minSamples = DOT.min_samples;

  /**
   * @param {{stage: import("./stage.js").GameStage, session: import("./game.js").GameSession,
   *   player: import("./dot-player.js").DotPlayer, attention: import("./interruptions.js").Attention,
   *   onPhase: (phase: GamePhase) => void}} options
   */
  constructor({ stage, session, player, attention, onPhase }) {
    this.#stage = stage;
    this.#session = session;
    this.#player = player;
    this.#attention = attention;
    this.#onPhase = onPhase;
  }

  /**
   * @param {object} start the request @param {string} type of the answers @param {string} intro @param {AbortSignal} signal
   * @returns {Promise<Outcome>}
   */
  async play(start, type, intro, signal) {
    this.#onPhase("waiting");
    this.#player.waitInMiddle();
    await this.#attention.awaitFace(signal, { strict: true });
    const beganAt = performance.now();
    this.#onPhase("dots");
    this.#stage.say(intro);
    this.#player.waitInMiddle();
    this.asked = true;
    const started = this.#ask(start, type, ["started"], signal);
    /** @type {[Plan, unknown]} */
    const [plan] = await Promise.all([started, this.#attention.sleep(INTRO_MS, signal)]);
    this.minSamples = plan.min_samples;
    this.#stage.say("");
    await this.#dots(plan.targets, plan, roundsMs(plan), signal);
    if (plan.pursuit) await this.#player.pursuit(plan.pursuit, headMs(plan), signal);
    if (plan.head_round) await this.#player.headRound(plan.head_round, signal);
    const end = await this.#finish(type, plan, signal);
    if (end.state === "failed") return { outcome: "failed", reason: end.reason ?? GAME.failed };
    const { report, calibration, lag_ms: lagMs, result, brightness, glare, shift } = end;
    const durationMs = performance.now() - beganAt;
    return { outcome: "done", report, calibration, lagMs, result, brightness, glare, shift, durationMs };
  }

  /** One dot in the middle. @param {AbortSignal} signal @returns {Promise<Outcome>} */
  async drift(signal) {
    this.#onPhase("waiting");
    this.#player.waitInMiddle();
    await this.#attention.awaitFace(signal, { strict: false });
    this.#onPhase("dots");
    this.#stage.say(GAME.drift);
    for (;;) {
      try {
        const place = await this.#player.arrive({ id: 0, x: 0.5, y: 0.5 }, signal);
        this.#stage.say("");
        this.asked = true;
        const shownMs = this.#session.clock.nowMs;
        const answer = this.#ask({ type: "drift", ...place, shown_ms: shownMs }, "drift", ["done", "failed"], signal);
        const { state, reason, offset_px: offsetPx } = await Promise.race([answer, this.#untilInterrupted(signal)]);
        return state === "done" ? { outcome: "done", offsetPx } : { outcome: "failed", reason };
      } catch (error) {
        if (!(error instanceof Interrupted)) throw error;
        await this.#attention.waitOut(signal, performance.now());
      }
    }
  }

  /**
   * @param {object} message @param {string} type of the answer @param {string[]} states the states that end the wait
   * @param {AbortSignal} signal @returns {Promise<any>}
   */
  #ask(message, type, states, signal) {
    const until = (/** @type {any} */ answer) => answer.type === type && states.includes(answer.state);
    return this.#session.ask(message, { until, signal });
  }

  /** @param {string} type @param {Plan} plan @param {AbortSignal} signal */
  async #finish(type, plan, signal) {
    for (;;) {
      this.#stage.hideDot();
      this.#stage.budget("");
      this.#onPhase("busy");
      const end = await this.#ask({ type: "calibration_finish" }, type, ["done", "failed", "again"], signal);
      if (end.state !== "again") return end;
      this.#onPhase("dots");
      const [first, ...others] = end.targets;
      this.#stage.budget(inSeconds(againMs(plan, end.targets.length)));
      await this.#player.show(first, plan, signal, wordsForAgain(end.targets, this.#attention.slow));
      await this.#dots(others, plan, 0, signal);
    }
  }

  /** @param {Target[]} targets @param {Plan} plan @param {number} afterMs @param {AbortSignal} signal */
  async #dots(targets, plan, afterMs, signal) {
    for (const [index, target] of targets.entries()) {
      this.#stage.budget(inSeconds((targets.length - index) * dotMs(plan) + afterMs));
      await this.#player.show(target, plan, signal);
    }
  }

  /** @param {AbortSignal} signal @returns {Promise<never>} */
  async #untilInterrupted(signal) {
    for (;;) await this.#attention.hold(1000, signal);
  }
}
