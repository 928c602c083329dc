/**
 * One page's gaze: camera in, gaze points in this page's coordinates out.
 *
 *   1. `start`: consent -> camera -> server -> a saved calibration, or the dots -> tracking.
 *   2. Every frame becomes one `gaze` event; `fixation`, `saccade`, `blink`, `aoi`, `dwell` come between them.
 *   3. A lost connection is opened again; the calibration of before is loaded if it was saved, else `state` says so.
 *   4. While the page is hidden nothing is sent: nobody looks at it.
 *   5. `close` gives everything back: camera, socket, listeners, elements. So does the option `signal`.
 *
 * @typedef {import("../gaze.js").GazeState} GazeState
 */
import { Connection } from "../core/connection.js";
import { askedByGame } from "../calibration/server-talk.js";
import { ScreenGeometry } from "../core/geometry.js";
import { Areas } from "./areas.js";
import { Asking } from "./asking.js";
import { Badge } from "./badge.js";
import { CameraLink } from "./camera-link.js";
import { Dialog } from "./dialog.js";
import { GazeError } from "./errors.js";
import { Guide } from "./guide.js";
import { checkChoice, socketUrl } from "./options.js";
import { Requests } from "../core/requests.js";
import { eventInViewport, gazeInViewport } from "./viewport.js";
import { comeIn } from "./way-in.js";

const EVENTS = new Set(["fixation", "saccade", "blink", "aoi", "dwell"]);
const RESTING = new Set(["tracking", "uncalibrated", "paused"]);
const LOST = "The connection to the gaze server was lost.";

/** A profile that could not be saved after the dots: the game, which asked for it, is over by then. @param {any} message */
const isLateFailure = (message) => message.code === "profile_failed" && askedByGame(message.request_id);

export class GazeSession extends Asking {
  #options;
  #abort;
  #dialog = new Dialog();
  #geometry;
  #connection;
  #requests;
  #areas;
  #camera;
  #guide;
  /** @type {Badge | null} */
  #badge = null;
  /** @type {GazeState} */
  #state = "starting";
  #paused = false;
  #session = "";
  /** @type {any} */
  #report = null;
  /** @type {import("../gaze.js").GazePoint | null} */
  #latest = null;

  /** @param {import("./options.js").Options} options */
  constructor(options) {
    const abort = new AbortController();
    const { signal } = abort;
    const connection = new Connection({ url: socketUrl(options.server, "/v1/camera") });
    const geometry = new ScreenGeometry();
    const requests = new Requests({ connection, signal });
    const areas = new Areas({ geometry, send: (message) => connection.send(message) });
    super({ connection, geometry, requests, areas, profile: options.profile, signal });
    this.#options = options;
    this.#abort = abort;
    this.#connection = connection;
    this.#geometry = geometry;
    this.#requests = requests;
    this.#areas = areas;
    const parts = { dialog: this.#dialog, connection, geometry };
    this.#camera = new CameraLink({ ...parts, source: options.source, explain: options.consent === "ask" });
    this.#guide = new Guide({ ...parts, camera: this.#camera, entered: (step) => this.#setState(step) });
    connection.addEventListener("message", (event) => this.#onMessage(/** @type {CustomEvent} */ (event).detail), { signal });
    connection.addEventListener("state", (event) => this.#onConnection(/** @type {CustomEvent} */ (event).detail), { signal });
    geometry.addEventListener("change", () => this.#sendGeometry(), { signal });
    this.#camera.addEventListener("ended", () => void this.#onCameraEnded(), { signal });
    document.addEventListener("visibilitychange", () => this.#setSending(), { signal });
    window.addEventListener("pagehide", () => this.close(), { signal });
    options.signal?.addEventListener("abort", () => this.close(), { signal });
  }

  get state() {
    return this.#state;
  }

  /** The newest point; null before the first. */
  get latest() {
    return this.#latest;
  }

  /** What the calibration in force says of itself; null without one. */
  get report() {
    return this.#report;
  }

  /** The camera's stream, for pages that show it. */
  get stream() {
    return this.#camera.stream;
  }

  /** The server's name of this session, for programs that read its stream. */
  get id() {
    return this.#session;
  }

  async start() {
    const { signal } = this.#abort;
    const ended = new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason), { once: true }));
    if (this.#options.signal?.aborted) this.close();
    try {
      await Promise.race([ended, this.#begin()]);
    } catch (error) {
      this.close();
      throw error;
    }
  }

  /** The dots, again or for the first time. @param {{pattern?: string}} [options] @returns {Promise<any>} the report */
  async calibrate({ pattern = this.#options.pattern } = {}) {
    this.#mustBeOpen();
    checkChoice("pattern", pattern);
    try {
      this.#report = await this.#guide.run({ pattern, user: this.#options.profile, signal: this.#abort.signal });
      return this.#report;
    } finally {
      this.#rest();
    }
  }

  pause() {
    this.#mustBeOpen();
    this.#paused = true;
    this.#setSending();
  }

  resume() {
    this.#mustBeOpen();
    this.#paused = false;
    this.#setSending();
  }

  close() {
    this.#end(new GazeError("closed", "this gaze session is closed"));
  }

  async #begin() {
    const { calibrate, profile, areas, badge } = this.#options;
    const parts = { dialog: this.#dialog, camera: this.#camera, connection: this.#connection };
    const end = (/** @type {Error} */ reason) => this.#end(reason);
    await comeIn({ ...parts, options: this.#options, end, signal: this.#abort.signal });
    this.#setSending();
    this.#areas.set(areas);
    if (badge) {
      this.#badge = new Badge({ stop: () => this.close() });
      await this.#dialog.showBeside(this.#badge.element);
    }
    const known = profile !== undefined && (await this.#loadProfile(profile));
    if (!known && calibrate === "overlay") await this.calibrate();
    this.#dialog.hide();
    this.#rest();
  }

  async #onCameraEnded() {
    this.#camera.setSending(false);
    this.#guide.fail("The camera stopped.");
    this.#setState("paused", "The camera stopped.");
    try {
      await this.#camera.reopen(() => this.close());
      this.#dialog.hide();
      this.#setSending();
    } catch (error) {
      this.#end(/** @type {Error} */ (error));
    }
  }

  /** @param {string} user @returns {Promise<boolean>} */
  async #loadProfile(user) {
    const answer = await this.#requests.ask({ type: "profile_load", user });
    this.#report = answer.type === "calibration" ? answer.report : null;
    return this.#report !== null;
  }

  /** @param {any} message */
  #onMessage(message) {
    if (EVENTS.has(message.type)) this.#emit(message.type, eventInViewport(message, this.#geometry.layout));
    else if (message.type === "gaze") this.#onGaze(message);
    else if (message.type === "hello") this.#onHello(message);
    else if (message.type === "calibration") this.#onCalibration(message);
    else if (message.type === "error" && (message.request_id === undefined || isLateFailure(message))) {
      console.warn(`GazeSession: the server says: ${message.message}`);
      this.#guide.fail(message.message);
    }
  }

  /** @param {any} hello */
  #onHello(hello) {
    const again = this.#session !== "";
    this.#session = hello.session;
    this.#camera.reset();
    this.#sendGeometry();
    this.#connection.send({ type: "subscribe", topics: [...EVENTS] });
    this.#areas.resend();
    if (!again) return;
    this.#guide.fail(LOST);
    const { profile } = this.#options;
    const had = this.#report !== null;
    this.#report = null;
    if (had && profile) void this.#loadProfile(profile).finally(() => this.#rest());
    else this.#rest();
  }

  /** @param {any} message */
  #onCalibration(message) {
    if (message.state !== "done" || !RESTING.has(this.#state)) return;
    this.#report = message.report; // made of looks
    this.#rest();
  }

  /** @param {any} message */
  #onGaze(message) {
    this.#camera.faceSeen(message.face?.box ?? null);
    this.#guide.onGaze(message);
    this.#badge?.update(message.status);
    this.#latest = gazeInViewport(message, this.#geometry.layout, this.#geometry.exact);
    this.#emit("gaze", this.#latest);
  }

  /** @param {import("../core/connection.js").ConnectionState} state */
  #onConnection({ name, reason }) {
    if (!this.#session) return;
    if (name === "waiting") {
      this.#guide.fail(LOST);
      this.#setState("reconnecting", reason || LOST);
    } else if (name === "refused") {
      this.#end(new GazeError("server", reason));
    }
  }

  #setSending() {
    this.#camera.setSending(!this.#paused && !document.hidden);
    if (RESTING.has(this.#state)) this.#rest();
  }

  #sendGeometry() {
    this.#connection.send(this.#geometry.message(this.#camera.hfovDeg));
  }

  /** The state that nothing in progress keeps away. */
  #rest() {
    this.#setState(!this.#camera.sending ? "paused" : this.#report ? "tracking" : "uncalibrated");
  }

  /** @param {GazeState} state @param {string} [reason] */
  #setState(state, reason = "") {
    if (this.#state === state || this.#state === "closed") return;
    this.#state = state;
    this.#badge?.show(state);
    this.#emit("state", { state, reason });
  }

  /** @param {Error} reason */
  #end(reason) {
    if (this.#abort.signal.aborted) return;
    this.#abort.abort(reason);
    for (const owned of [this.#guide, this.#areas, this.#camera, this.#connection, this.#geometry, this.#dialog]) owned.destroy();
    this.#latest = null;
    this.#setState("closed", reason.message);
  }

  #mustBeOpen() {
    if (this.#abort.signal.aborted) throw this.#abort.signal.reason;
  }

  /** @param {string} type @param {object} detail */
  #emit(type, detail) {
    this.dispatchEvent(new CustomEvent(type, { detail }));
  }
}
