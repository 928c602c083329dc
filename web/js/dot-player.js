/**
 * Plays dots and rounds to a person: shows one, keeps an eye on the face, and shows it again when that was away.
 *
 * A dot travels (`moving`), arrives and is announced with `calibration_point`, shrinks while the eye settles
 * (`settling`), and beats until the server says `enough` and the least time is over (`collecting`). A round (a moving dot,
 * a turning head) lasts a fixed time (`following`).
 *
 * @typedef {import("./game-plan.js").Target} Target
 * @typedef {import("./game-plan.js").Plan} Plan
 * @typedef {import("./geometry.js").Point} Point
 */
import { ANYWAY_MS } from "./face-gate.js";
import { INTRO_MS, TRAVEL_MS, inSeconds, placeOnPath } from "./game-plan.js";
import { screenToViewport, viewportToScreen } from "./geometry.js";

/** Dots nearer to the window's edge than this would be cut. */
const EDGE_PX = 26;
/** After this long on one dot the person is told that Space goes on. */
const STUCK_MS = 7000;
const POLL_MS = 50;
/** How long the server may take to say that it has seen the end of a round. */
const GRACE_MS = 1500;
const ROUND_TRIES = 2;
const HEAD_ARROWS = /** @type {import("./game-stage.js").Arrow[]} */ (["left", "right", "up", "down"]);
/** Words that come at once flicker when all is well within a moment. */
const PATIENCE_MS = 400;

/** The dot has to be shown anew: the face was away, or the person paused. */
export class Interrupted extends Error {}

export class DotPlayer {
  #stage;
  #gate;
  #talk;
  #geometry;
  #onArrival;
  #onState;
  /** @type {{id: number, enough: boolean, skip: boolean} | null} */
  #current = null;
  paused = false;

  /**
   * @param {{stage: import("./game-stage.js").GameStage, gate: import("./face-gate.js").FaceGate,
   *   talk: import("./game-talk.js").GameTalk, geometry: {layout: import("./geometry.js").ScreenLayout},
   *   onArrival: () => void, onState: (state: "waiting" | "dots") => void}} options
   */
  constructor({ stage, gate, talk, geometry, onArrival, onState }) {
    this.#stage = stage;
    this.#gate = gate;
    this.#talk = talk;
    this.#geometry = geometry;
    this.#onArrival = onArrival;
    this.#onState = onState;
  }

  reset() {
    this.#current = null;
    this.paused = false;
  }

  /** @param {{target_id: number, n_valid: number, enough: boolean}} message @param {number} needed */
  progress(message, needed) {
    if (this.#current?.id !== message.target_id) return;
    this.#current.enough = message.enough;
    this.#stage.fill(message.n_valid / needed);
  }

  /** Space on a dot that does not work. @returns {boolean} whether it did something */
  skip() {
    if (!this.#current || !this.#stage.dot.dataset.stuck) return false;
    this.#current.skip = true;
    return true;
  }

  /** Something to look at while nothing is asked for; the first dot comes in the middle, too. */
  waitInMiddle() {
    const middle = { x: window.innerWidth / 2, y: window.innerHeight / 2 };
    this.#stage.put(viewportToScreen(middle, this.#geometry.layout), middle, null);
  }

  /** @param {AbortSignal} signal @param {{strict: boolean}} options strict: well-placed and well-lit, not only there */
  async awaitFace(signal, { strict }) {
    this.waitInMiddle();
    const current = { id: -1, enough: false, skip: false };
    this.#current = current;
    const since = performance.now();
    for (let now = since; !current.skip; now = performance.now()) {
      if (strict ? this.#gate.ready(now) : !this.#gate.missing(now)) break;
      const anyway = now - since > ANYWAY_MS && this.#gate.onlyPlace;
      this.#stage.stuck(anyway);
      if (now - since > PATIENCE_MS) {
        this.#stage.say(this.#gate.advice + (anyway ? ". Press Space to start all the same." : ""));
      }
      await this.sleep(POLL_MS, signal);
    }
    this.#current = null;
    this.#stage.say("");
  }

  /** @param {Target} target @param {Plan} plan @param {AbortSignal} signal */
  async show(target, plan, signal) {
    const current = { id: target.id, enough: false, skip: false };
    this.#current = current;
    const firstAt = performance.now();
    await this.#untilPlayed(current, firstAt, signal, async () => {
      const place = this.#visiblePlace(target);
      this.#stage.put(place, screenToViewport(place, this.#geometry.layout), target.id);
      await this.hold(TRAVEL_MS, signal);
      current.enough = false;
      this.#stage.phase("settling");
      this.#onArrival();
      this.#announce(target.id, place.moved ? { x: place.x, y: place.y } : {});
      await this.hold(plan.settle_ms, signal);
      this.#stage.phase("collecting");
      await this.hold(plan.window_ms, signal);
      while (!current.enough && !current.skip) {
        await this.hold(POLL_MS, signal);
        if (performance.now() - firstAt > STUCK_MS) {
          this.#offerSkip("I can't see your eyes well here. Open them wide or turn a light on.");
        }
      }
    });
  }

  /** A dot that moves. @param {NonNullable<Plan["pursuit"]>} pursuit @param {number} afterMs @param {AbortSignal} signal */
  async pursuit(pursuit, afterMs, signal) {
    const played = pursuit.path.map(([ms, x, y]) => ({ ms, ...this.#visiblePlace({ id: pursuit.id, x, y }) }));
    const round = (/** @type {number} */ value) => Math.round(value * 1e4) / 1e4;
    const path = /** @type {[number, number, number][]} */ (played.map(({ ms, x, y }) => [ms, round(x), round(y)]));
    const start = { x: path[0][1], y: path[0][2] };
    await this.#round("Now follow the dot with your eyes.", pursuit.id, path[path.length - 1][0], afterMs, signal, {
      start,
      fields: played.some((knot) => knot.moved) ? { path } : {},
      tick: (ms) => this.#stage.moveTo(screenToViewport(placeOnPath(path, ms), this.#geometry.layout)),
    });
  }

  /** A dot that stays while the head turns. @param {NonNullable<Plan["head_round"]>} round @param {AbortSignal} signal */
  async headRound(round, signal) {
    const words = "Keep your eyes on the dot and slowly turn your head where the arrow points, and back.";
    const place = this.#visiblePlace(round);
    await this.#round(words, round.id, round.duration_ms, 0, signal, {
      start: place,
      fields: place.moved ? { x: place.x, y: place.y } : {},
      tick: (ms) => {
        const turn = Math.floor((ms / round.duration_ms) * HEAD_ARROWS.length);
        this.#stage.arrow(HEAD_ARROWS[Math.min(turn, HEAD_ARROWS.length - 1)]);
      },
    });
  }

  /** One dot that the caller announces. @param {Target} target @param {AbortSignal} signal @returns {Promise<Point>} */
  async arrive(target, signal) {
    const place = this.#visiblePlace(target);
    this.#stage.put(place, screenToViewport(place, this.#geometry.layout), target.id);
    await this.hold(2 * TRAVEL_MS, signal);
    this.#stage.phase("settling");
    this.#current = { id: target.id, enough: false, skip: false };
    return { x: place.x, y: place.y };
  }

  /**
   * @param {string} words @param {number} id @param {number} durationMs @param {number} afterMs @param {AbortSignal} signal
   * @param {{start: Point, fields: object, tick: (ms: number) => void}} round
   */
  async #round(words, id, durationMs, afterMs, signal, { start, fields, tick }) {
    const current = { id, enough: false, skip: false };
    this.#current = current;
    let tries = 0;
    await this.#untilPlayed(current, performance.now(), signal, async () => {
      tries += 1;
      this.#stage.put(start, screenToViewport(start, this.#geometry.layout), id);
      this.#stage.say(words);
      this.#stage.budget(inSeconds(INTRO_MS + TRAVEL_MS + durationMs + afterMs));
      await this.hold(INTRO_MS + TRAVEL_MS, signal);
      this.#stage.say("");
      this.#stage.phase("following");
      const shownAt = performance.now();
      this.#announce(id, fields);
      while (performance.now() - shownAt < durationMs) {
        tick(performance.now() - shownAt);
        // After the last try the round goes on without the face: its frames are simply not there.
        if (tries < ROUND_TRIES || this.paused) this.check();
        await this.sleep(1000 / 60, signal);
      }
      this.#stage.arrow("");
      while (!current.enough && performance.now() - shownAt < durationMs + GRACE_MS) await this.sleep(POLL_MS, signal);
    });
  }

  /**
   * Plays something again until it was not interrupted, or is passed over.
   * @param {{skip: boolean}} current @param {number} firstAt @param {AbortSignal} signal @param {() => Promise<void>} play
   */
  async #untilPlayed(current, firstAt, signal, play) {
    while (!current.skip) {
      try {
        await play();
        break;
      } catch (error) {
        if (!(error instanceof Interrupted)) throw error;
        await this.waitOut(signal, firstAt);
      }
    }
    this.#stage.say("");
    this.#current = null;
  }

  /** The face is away or the game pauses: until neither. @param {AbortSignal} signal @param {number} firstAt */
  async waitOut(signal, firstAt) {
    this.#stage.phase("moving");
    this.#stage.arrow("");
    while (this.paused || this.#gate.missing(performance.now())) {
      if (this.#current?.skip) break;
      if (!this.paused) {
        this.#onState("waiting");
        if (performance.now() - firstAt > STUCK_MS) this.#offerSkip(this.#gate.reason);
        else this.#stage.say(this.#gate.reason);
      }
      await this.sleep(POLL_MS, signal);
    }
    this.#stage.say("");
    this.#onState("dots");
  }

  /** Some time of a dot. Throws Interrupted when the face goes or the person pauses. @param {number} ms @param {AbortSignal} signal */
  async hold(ms, signal) {
    const until = performance.now() + ms;
    for (;;) {
      this.check();
      const left = until - performance.now();
      if (left <= 0 || this.#current?.skip) return;
      await this.sleep(Math.min(left, POLL_MS), signal);
    }
  }

  check() {
    if (this.paused || this.#gate.missing(performance.now())) throw new Interrupted();
  }

  /** @param {number} ms @param {AbortSignal} signal @returns {Promise<void>} */
  sleep(ms, signal) {
    return new Promise((resolve, reject) => {
      const stop = () => {
        window.clearTimeout(timer);
        reject(signal.reason);
      };
      const timer = window.setTimeout(() => {
        signal.removeEventListener("abort", stop);
        resolve();
      }, ms);
      if (signal.aborted) stop();
      else signal.addEventListener("abort", stop, { once: true });
    });
  }

  /** @param {number} id @param {object} fields */
  #announce(id, fields) {
    const shownMs = performance.timeOrigin + performance.now();
    this.#talk.tell({ type: "calibration_point", target_id: id, shown_ms: shownMs, ...fields });
  }

  /** @param {string} why */
  #offerSkip(why) {
    this.#stage.stuck(true);
    this.#stage.say(`${why} Press Space to go on without this dot.`);
  }

  /**
   * A window that does not cover the screen can't show every target: the dot then stands at the nearest visible place.
   * @param {{x: number, y: number}} target
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
