/**
 * Shows dots and rounds to a person. If the face was lost, a dot is shown again (interruptions.js).
 *
 * A dot moves to its place (`moving`). When it arrives, `calibration_point` is sent. It shrinks while the eyes settle
 * (`settling`), and pulses until the server says `enough` and the minimum time is over (`collecting`). A round (a moving
 * dot, a turn of the head) lasts a fixed time (`following`).
 *
 * @typedef {import("./plan.js").Target} Target
 * @typedef {import("./plan.js").Plan} Plan
 * @typedef {import("../core/geometry.js").Point} Point
 */
import { POLL_MS } from "./interruptions.js";
import { ROUND_WORDS_MS, TRAVEL_MS, WORDS_MS, inSeconds, placeOnPath } from "./plan.js";
import { screenToViewport, viewportToScreen } from "../core/geometry.js";
import { GAME } from "../ui/texts.js";

/** Dots nearer to the window's edge than this would be cut off. */
const EDGE_PX = 26;
/** The time in which the server must report the end of a round. */
const GRACE_MS = 1500;
const ROUND_TRIES = 2;
const HEAD_ARROWS = /** @type {import("./stage.js").Arrow[]} */ (["left", "right", "up", "down"]);

export class DotPlayer {
  #stage;
  #attention;
  #session;
  #geometry;
  #onArrival;

  /**
   * @param {{stage: import("./stage.js").GameStage, attention: import("./interruptions.js").Attention,
   *   session: import("./game.js").GameSession, geometry: {layout: import("../core/geometry.js").ScreenLayout},
   *   onArrival: () => void}} options
   */
  constructor({ stage, attention, session, geometry, onArrival }) {
    this.#stage = stage;
    this.#attention = attention;
    this.#session = session;
    this.#geometry = geometry;
    this.#onArrival = onArrival;
  }

  /** A dot in the middle while the game waits. The first target is in the middle, too. */
  waitInMiddle() {
    const middle = { x: window.innerWidth / 2, y: window.innerHeight / 2 };
    this.#stage.put(viewportToScreen(middle, this.#geometry.layout), middle, null);
  }

  /**
   * @param {Target} target @param {Plan} plan @param {AbortSignal} signal
   * @param {string} [words] shown while the dot moves to its place
   */
  async show(target, plan, signal, words = "") {
    const attention = this.#attention;
    const current = attention.begin(target.id);
    await attention.untilPlayed(current, signal, async (firstAt) => {
      const place = this.#put(target);
      this.#stage.say(words);
      await attention.hold(words ? WORDS_MS : place.travels ? TRAVEL_MS : 0, signal);
      this.#stage.say("");
      current.enough = false;
      this.#stage.phase("settling");
      this.#onArrival();
      this.#announce(target.id, place.moved ? { x: place.x, y: place.y } : {});
      await attention.hold(plan.settle_ms, signal);
      this.#stage.phase("collecting");
      await attention.hold(plan.window_ms, signal);
      while (!current.enough && !current.skip) {
        await attention.hold(POLL_MS, signal);
        attention.complainSince(firstAt);
      }
    });
  }

  /** A dot that moves. @param {NonNullable<Plan["pursuit"]>} pursuit @param {number} afterMs @param {AbortSignal} signal */
  async pursuit(pursuit, afterMs, signal) {
    const durationMs = pursuit.path[pursuit.path.length - 1][0];
    const round = (/** @type {number} */ value) => Math.round(value * 1e4) / 1e4;
    await this.#round(GAME.pursuit, pursuit.id, durationMs, afterMs, signal, () => {
      const played = pursuit.path.map(([ms, x, y]) => ({ ms, ...this.#visiblePlace({ x, y }) }));
      const path = /** @type {[number, number, number][]} */ (played.map(({ ms, x, y }) => [ms, round(x), round(y)]));
      return {
        start: { x: path[0][1], y: path[0][2] },
        fields: played.some((knot) => knot.moved) ? { path } : {},
        tick: (ms) => {
          const place = placeOnPath(path, ms);
          this.#stage.moveTo(place, screenToViewport(place, this.#geometry.layout));
        },
      };
    });
  }

  /** A dot that stays while the head turns. @param {NonNullable<Plan["head_round"]>} round @param {AbortSignal} signal */
  async headRound(round, signal) {
    await this.#round(GAME.headRound, round.id, round.duration_ms, 0, signal, () => {
      const place = this.#visiblePlace(round);
      return {
        start: place,
        fields: place.moved ? { x: place.x, y: place.y } : {},
        tick: (ms) => {
          const turn = Math.floor((ms / round.duration_ms) * HEAD_ARROWS.length);
          this.#stage.arrow(HEAD_ARROWS[Math.min(turn, HEAD_ARROWS.length - 1)]);
        },
      };
    });
  }

  /** One dot. The caller sends its request. @param {Target} target @param {AbortSignal} signal @returns {Promise<Point>} */
  async arrive(target, signal) {
    const place = this.#put(target);
    await this.#attention.hold(2 * TRAVEL_MS, signal);
    this.#stage.phase("settling");
    this.#attention.begin(target.id);
    return { x: place.x, y: place.y };
  }

  /**
   * @param {string} words @param {number} id @param {number} durationMs @param {number} afterMs @param {AbortSignal} signal
   * @param {() => {start: Point, fields: object, tick: (ms: number) => void}} prepare called for each try: the
   *   window may have changed
   */
  async #round(words, id, durationMs, afterMs, signal, prepare) {
    const attention = this.#attention;
    const current = attention.begin(id);
    let tries = 0;
    await attention.untilPlayed(current, signal, async () => {
      tries += 1;
      const { start, fields, tick } = prepare();
      this.#stage.put(start, screenToViewport(start, this.#geometry.layout), id);
      this.#stage.say(words);
      this.#stage.budget(inSeconds(ROUND_WORDS_MS + TRAVEL_MS + durationMs + afterMs));
      await attention.hold(ROUND_WORDS_MS + TRAVEL_MS, signal);
      this.#stage.say("");
      this.#stage.phase("following");
      const shownAt = performance.now();
      this.#announce(id, fields);
      while (performance.now() - shownAt < durationMs) {
        tick(performance.now() - shownAt);
        // In the last try, the round continues without a face; the frames without one are missing.
        if (tries < ROUND_TRIES || attention.disturbed) attention.check();
        await attention.sleep(1000 / 60, signal);
      }
      this.#stage.arrow("");
      while (!current.enough && performance.now() - shownAt < durationMs + GRACE_MS) await attention.sleep(POLL_MS, signal);
    });
  }

  /** @param {Target} target */
  #put(target) {
    const place = this.#visiblePlace(target);
    const travels = this.#stage.put(place, screenToViewport(place, this.#geometry.layout), target.id);
    return { ...place, travels };
  }

  /** @param {number} id @param {object} fields */
  #announce(id, fields) {
    const shownMs = this.#session.clock.nowMs;
    this.#session.send({ type: "calibration_point", target_id: id, shown_ms: shownMs, ...fields });
  }

  /**
   * If the window does not cover the screen, a target may lie outside. The dot is then drawn at the nearest visible place.
   * @param {Point} target
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
}
