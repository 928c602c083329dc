/**
 * One client's session with the gaze server: the part of gaze.v1 that does not depend on what a page shows.
 *
 *   1. `open` connects. Each `hello` begins a session at the server. The page's place on the screen is sent first.
 *   2. The place is sent again when it changes.
 *   3. `report` and `savedAs` describe the server's calibration, also if another program changes it (active-calibration.js).
 *   4. A lost connection is opened again (connection.js), and the next session asks for the calibration. `renewed` reports what
 *      came of it.
 *   5. When a gaze message no longer counts as the present one, one without a point follows: when messages stop, when the page
 *      stops sending, and when the connection is lost.
 *   6. The offset of the server's clock is measured (clock.js).
 *   7. A refusal rejects the request's `ask`. All other errors are `problem` events.
 *
 * Emits, with the detail:
 *   state        ConnectionState
 *   message      each message of the server except errors, after the session has processed it
 *   problem      an `error` message that belongs to no request
 *   calibration  null: `report` or `savedAs` has changed
 *   renewed      Renewal: a new session has replaced the earlier one
 *
 * @typedef {import("./active-calibration.js").Renewal} Renewal
 */
import { ActiveCalibration } from "./active-calibration.js";
import { ServerClock } from "./clock.js";
import { Connection } from "./connection.js";
import { listen } from "./events.js";
import { FrameFeed } from "./feed.js";
import { Freshness } from "./freshness.js";
import { ScreenGeometry } from "./geometry.js";
import { Refused, Requests } from "./requests.js";
import { LOST, OTHER_CAMERA } from "./texts.js";

export class ServerSession extends EventTarget {
  #abort = new AbortController();
  #requests = new Requests({ send: (message) => this.send(message) });
  #nameCamera;
  #calibration;
  /** @type {any} the newest gaze message */
  #gaze = null;
  #freshness = new Freshness(() => this.#stop("no_frames"));
  /** The device of the last camera that was opened; empty if it has no name. */
  #camera = "";
  #id = "";
  #token = "";

  /**
   * @param {{url: string, video: HTMLVideoElement, makeSource?: () => import("./feed.js").FrameSource,
   *   nameCamera?: boolean, profile?: string}} options
   *   nameCamera: saved calibrations belong to this camera; profile: loaded after a loss if no other name is known
   */
  constructor({ url, video, makeSource, nameCamera = false, profile = "" }) {
    super();
    this.#nameCamera = nameCamera;
    this.#calibration = new ActiveCalibration({ ask: (message) => this.ask(message), profile });
    this.geometry = new ScreenGeometry();
    this.connection = new Connection({ url });
    this.clock = new ServerClock();
    this.feed = new FrameFeed({ connection: this.connection, video, clock: this.clock, makeSource });
    const { signal } = this.#abort;
    listen(this.connection, "message", (message) => this.#onMessage(message), signal);
    listen(this.connection, "state", (state) => this.#onState(state), signal);
    listen(this.feed, "stopped", () => this.#stop("paused"), signal);
    listen(this.#calibration, "change", () => this.#emit("calibration", null), signal);
    listen(this.#calibration, "renewed", (renewal) => this.#emit("renewed", renewal), signal);
    listen(this.geometry, "change", () => this.sendGeometry(), signal);
  }

  /** The server's name of this session; empty before the first `hello`. */
  get id() {
    return this.#id;
  }

  /** The token of the session; requests with it have the rights of this page. */
  get token() {
    return this.#token;
  }

  /** The report of the active calibration; null without one. */
  get report() {
    return this.#calibration.report;
  }

  /** The name under which the active calibration is saved; empty if it is not saved. */
  get savedAs() {
    return this.#calibration.savedAs;
  }

  /** Whether a calibration is being loaded again after a loss. */
  get resuming() {
    return this.#calibration.resuming;
  }

  /** Whether the newest gaze message counts as the present one. */
  get fresh() {
    return this.feed.sending && this.#freshness.fresh;
  }

  /** Where the page lies on its screen. */
  get layout() {
    return this.geometry.layout;
  }

  open() {
    this.connection.open();
  }

  /** @param {Error} reason that requests still waiting are rejected with */
  destroy(reason = new Error("the session is closed")) {
    this.#abort.abort(reason);
    this.#requests.end(reason);
    this.#freshness.stop();
    this.feed.destroy();
    this.connection.destroy();
    this.geometry.destroy();
  }

  /** @param {object} message nothing is awaited @returns {boolean} whether it went out */
  send(message) {
    return this.connection.send(message);
  }

  /**
   * @param {object} message @param {{until?: (message: any) => boolean, signal?: AbortSignal}} [options] see requests.js
   * @returns {Promise<any>} the answer; rejects with a Refused if the server refuses
   */
  ask(message, options) {
    return this.#requests.ask(message, options);
  }

  /**
   * A calibration belongs to its camera. With another one, it ends with its session.
   * Rejects with the source's error. @returns {Promise<boolean>} see FrameFeed.open
   */
  async openCamera() {
    const opened = await this.feed.open();
    if (!opened) return false;
    const { deviceId } = this.feed;
    const other = this.#camera !== "" && deviceId !== "" && deviceId !== this.#camera;
    this.#camera = deviceId || this.#camera;
    if (other && this.#calibration.had) {
      this.renew();
      this.#emit("renewed", /** @type {Renewal} */ ({ had: true, kept: false, savedAs: "", reason: OTHER_CAMERA }));
    } else this.sendGeometry(); // the camera's field of view is in it
    return true;
  }

  sendGeometry() {
    const { hfovDeg, label } = this.feed;
    this.send(this.geometry.message(hfovDeg, this.#nameCamera ? label : ""));
  }

  /** Makes a saved calibration the active one. @param {string} user @returns {Promise<any>} its report */
  loadProfile(user) {
    return this.#calibration.load(user);
  }

  /**
   * Makes the calibration of an ended session active again.
   * @param {string} token of that session @param {string} savedAs the name under which it is saved, or "" @returns {Promise<void>}
   */
  resumeCalibration(token, savedAs) {
    return this.#calibration.resume(token, savedAs);
  }

  /** Starts a new session at the server, without a calibration. */
  renew() {
    this.#calibration.forget();
    this.connection.renew();
  }

  /** @param {any} message */
  #onMessage(message) {
    if (message.type === "hello") this.#onHello(message);
    else if (message.type === "gaze") this.#onGaze(message);
    else if (message.type === "calibration") this.#calibration.hear(message);
    const taken = this.#requests.hear(message);
    if (message.type !== "error") this.#emit("message", message);
    else if (!taken) this.#emit("problem", message);
  }

  /** @param {any} gaze */
  #onGaze(gaze) {
    if (this.feed.sending) {
      this.#gaze = gaze;
      this.#freshness.seen();
    } // else it answers a frame that was sent before
    this.feed.faceSeen(gaze.face?.box ?? null);
    if (this.clock.due) this.#syncClock();
  }

  /** The newest gaze message no longer counts as the present one. @param {"paused" | "no_frames"} status */
  #stop(status) {
    this.#freshness.stop();
    if (!this.#gaze) return;
    const { v, session, seq, frame, timestamp, space, calibration } = this.#gaze;
    const none = { x: null, y: null, x_px: null, y_px: null, raw: null, confidence: 0, latency_ms: null };
    const nothing = { event: null, fixation: null, face: null, ...(calibration && { calibration }) };
    const stopped = { type: "gaze", v, session, seq, frame, timestamp, space, valid: false, status, ...none, ...nothing };
    this.#gaze = null;
    this.#emit("message", stopped);
  }

  #syncClock() {
    // A lost connection ends it, and the next session begins it again.
    this.clock.sync((message) => this.ask(message)).catch(() => {});
  }

  /** @param {any} hello */
  #onHello(hello) {
    const again = this.#id !== "" && this.#id !== hello.session;
    const before = again ? this.#token : null;
    this.#id = hello.session;
    this.#token = hello.token;
    this.feed.reset();
    this.sendGeometry();
    this.#syncClock();
    // The new session does not know that the page is paused, and its readers must not wait for frames.
    if (again && !this.feed.sending) this.send({ type: "pause", sending: false });
    this.#calibration.begin(before);
  }

  /** @param {import("./connection.js").ConnectionState} state */
  #onState(state) {
    if (state.name !== "open") {
      this.#requests.end(new Refused(LOST));
      this.#stop("no_frames");
    }
    this.#emit("state", state);
  }

  /** @param {string} type @param {unknown} detail */
  #emit(type, detail) {
    this.dispatchEvent(new CustomEvent(type, { detail }));
  }
}
