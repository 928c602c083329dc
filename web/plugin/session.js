/**
 * One page's gaze: camera in, gaze points in this page's coordinates out. The public face of core/session.js.
 *
 *   1. `start`: consent -> camera -> server -> a saved calibration, or the dots -> tracking.
 *   2. Every frame becomes one `gaze` event; `fixation`, `saccade`, `blink`, `aoi`, `dwell` come between them.
 *   3. A lost connection is opened again, with the calibration; without it, `state` says so.
 *   4. While the page is hidden, nothing is sent.
 *   5. `close` releases camera, socket, listeners and elements. So does the option `signal`.
 *
 * @typedef {import("../gaze.js").GazeState} GazeState
 */
import { RequestedGame } from "../calibration/requested-game.js";
import { listen } from "../core/events.js";
import { Refused } from "../core/requests.js";
import { ServerSession } from "../core/session.js";
import { LOST } from "../core/texts.js";
import { Areas } from "./areas.js";
import { Badge } from "./badge.js";
import { Dialog } from "./dialog.js";
import { asGazeError, GazeError } from "./errors.js";
import { Guide } from "./guide.js";
import { OpenEvents } from "./open-events.js";
import { OwnPicture } from "./page-picture.js";
import { PageUnderTest } from "./page-under-test.js";
import { checkChoice, checkLook, checkName, serverInWords, serverUrl, socketUrl } from "./options.js";
import { askPicture } from "./picture-step.js";
import { CALIBRATION_LOST, CAMERA } from "./texts.js";
import { eventInViewport, gazeInViewport, lookMessage } from "./viewport.js";

const EVENTS = new Set(["fixation", "saccade", "blink", "aoi", "dwell"]);
const RESTING = new Set(["tracking", "uncalibrated", "paused"]);

export class GazeSession extends EventTarget {
  #options;
  #abort = new AbortController();
  #dialog;
  #session;
  #areas;
  /** @type {PageUnderTest | null} */
  #page;
  /** @type {OwnPicture | null} */
  #picture;
  #guide;
  #requested;
  /** @type {Badge | null} */
  #badge = null;
  /** @type {GazeState} */
  #state = "starting";
  #paused = false;
  /** @type {import("../gaze.js").GazePoint | null} */
  #latest = null;
  #open = new OpenEvents();

  /** @param {import("./options.js").Options} options */
  constructor(options) {
    super();
    this.#options = options;
    const { signal } = this.#abort;
    this.#dialog = new Dialog({ server: serverUrl(options.server).href });
    const session = new ServerSession({
      url: socketUrl(options.server, "/v1/camera"),
      video: document.createElement("video"),
      makeSource: options.source,
      profile: options.profile,
    });
    this.#session = session;
    this.#areas = new Areas({ geometry: session.geometry, send: (message) => session.send(message) });
    const { page: name } = options;
    this.#page = name ? new PageUnderTest({ name, session }) : null;
    this.#picture = name ? new OwnPicture({ name, session, server: serverUrl(options.server).href, dialog: this.#dialog }) : null;
    this.#guide = new Guide({ dialog: this.#dialog, session, entered: (step) => this.#setState(step) });
    this.#requested = new RequestedGame({ session, take: (game) => this.#take(game), signal });
    listen(session, "message", (message) => this.#onMessage(message), signal);
    listen(session, "problem", ({ message }) => this.#onProblem(message), signal);
    listen(session, "state", (state) => this.#onConnection(state), signal);
    listen(session, "calibration", () => RESTING.has(this.#state) && this.#rest(), signal);
    const whyLost = (/** @type {any} */ { had, kept, reason }) => (had && !kept ? reason || CALIBRATION_LOST : "");
    listen(session, "renewed", (renewal) => this.#rest(whyLost(renewal)), signal);
    listen(session.feed, "ended", () => void this.#onCameraEnded(), signal);
    listen(document, "visibilitychange", () => this.#setSending(), signal);
    listen(window, "pagehide", () => this.close(), signal);
    if (options.signal) listen(options.signal, "abort", () => this.close(), signal);
  }

  get state() {
    return this.#state;
  }

  /** The newest point; null if there is none that counts as the present one. */
  get latest() {
    return this.#session.fresh ? this.#latest : null;
  }

  /** The report of the active calibration; null without one. */
  get report() {
    return this.#session.report;
  }

  /** The camera's stream, for pages that show it. */
  get stream() {
    return this.#session.feed.stream;
  }

  /** The server's name of this session, for programs that read its stream. */
  get id() {
    return this.#session.id;
  }

  /** Where this page lies on its screen. */
  get layout() {
    return this.#session.layout;
  }

  async start() {
    const { signal } = this.#abort;
    const ended = new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason), { once: true }));
    if (this.#options.signal?.aborted) this.close();
    try {
      await Promise.race([ended, signal.aborted ? ended : this.#begin()]);
    } catch (error) {
      this.close();
      throw asGazeError(error);
    }
  }

  /** Shows the dots, again or for the first time. @param {{pattern?: string}} [options] @returns {Promise<any>} the report */
  async calibrate({ pattern = this.#options.pattern } = {}) {
    this.#mustBeOpen();
    checkChoice("pattern", pattern);
    try {
      return await this.#guide.run({ pattern, user: this.#options.profile, signal: this.#abort.signal });
    } catch (error) {
      throw asGazeError(error);
    } finally {
      this.#rest();
    }
  }

  /** For pages with their own dots: reports where the person looked, and when. @param {import("../gaze.js").Look} look */
  async look(look) {
    const answer = await this.#ask(lookMessage(checkLook(look), this.layout, this.#session.clock.offsetMs));
    return { places: answer.n_places, frames: answer.n_frames };
  }

  /** Makes a calibration of all looks so far. @returns {Promise<any>} the report */
  async fitLooks() {
    const { profile } = this.#options;
    const until = (/** @type {any} */ { type, state }) => type === "calibration" && ["done", "failed"].includes(state);
    const answer = await this.#ask({ type: "look_fit", ...(profile && { user: profile }) }, until);
    if (answer.state !== "done") throw new GazeError("calibration", answer.reason ?? "The calibration failed.");
    return answer.report;
  }

  /** Areas of interest; they replace the earlier ones. @param {import("../gaze.js").Area[]} areas */
  setAreas(areas) {
    this.#mustBeOpen();
    this.#areas.set(areas);
  }

  /** Sends a request of the protocol and resolves with the server's answer. @param {object} message @returns {Promise<any>} */
  async request(message) {
    this.#mustBeOpen();
    if (/** @type {any} */ (message).type === "record_stop") await this.#picture?.sent();
    return this.#session.ask(message).catch((error) => {
      if (error instanceof Refused && error.answer) return error.answer;
      throw asGazeError(error);
    });
  }

  /** Labels this moment in the stream and in recordings. @param {string} label */
  mark(label) {
    this.#mustBeOpen();
    this.#session.send({ type: "mark", label: checkName(label, "a mark") });
  }

  /** Keeps a picture of this page with its recordings: the browser asks the person. Call it in a press. */
  async takePicture() {
    this.#mustBeOpen();
    if (!this.#picture) throw new GazeError("options", "takePicture needs the option page, the name of this page");
    await this.#picture.share();
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
    const { calibrate, profile, areas, badge, picture, server } = this.#options;
    const end = (/** @type {Error} */ reason) => this.#end(reason);
    await this.#guide.comeIn({ options: this.#options, end, signal: this.#abort.signal });
    this.#setSending();
    this.#areas.set(areas);
    if (badge) {
      this.#badge = new Badge({ state: this.#state, stop: () => this.close() });
      await this.#dialog.showBeside(this.#badge.element);
    }
    if (profile) await this.#session.loadProfile(profile).catch(() => {}); // there may be no such profile yet
    if (!this.report && calibrate === "overlay") await this.calibrate();
    if (picture) await askPicture(this.#dialog, { server: serverInWords(server), share: () => this.takePicture() });
    this.#dialog.hide();
    this.#page?.begin();
    this.#rest();
  }

  /** @param {import("../calibration/requested-game.js").Game} game that a program asked for @returns {string} why not, or empty */
  #take(game) {
    if (!RESTING.has(this.#state)) return `the page with the plugin is not ready: ${this.#state}`;
    if (!this.#session.feed.sending) return "the page with the plugin is paused or hidden";
    const { pattern, profile: user } = this.#options;
    const played = this.#guide.playRequested(game, { pattern, user });
    void played.then(({ reason }) => reason, asGazeError).then((reason) => {
      this.#requested.ended(typeof reason === "string" ? reason : reason?.message);
      if (!this.#abort.signal.aborted) this.#rest();
    });
    return "";
  }

  async #onCameraEnded() {
    this.#session.feed.setSending(false);
    this.#setState("paused", CAMERA.stopped);
    try {
      await this.#guide.reopenCamera({ ask: this.#options.consent === "ask", cancel: () => this.close() });
      this.#setSending();
    } catch (error) {
      this.#end(/** @type {Error} */ (error));
    }
  }

  /**
   * @param {object} message @param {(message: any) => boolean} [until] whether a message is the answer
   * @returns {Promise<any>} rejects with a GazeError
   */
  #ask(message, until) {
    this.#mustBeOpen();
    return this.#session.ask(message, { until }).catch((error) => {
      throw error instanceof Refused && error.answer ? new GazeError("calibration", error.message) : asGazeError(error);
    });
  }

  /** @param {any} message */
  #onMessage(message) {
    if (EVENTS.has(message.type)) this.#onEvent(eventInViewport(message, this.layout, this.#session.clock.offsetMs));
    else if (message.type === "gaze") this.#onGaze(message);
    else if (message.type === "hello") {
      this.#session.send({ type: "subscribe", topics: [...EVENTS] });
      this.#areas.resend();
      this.#page?.resend();
    }
  }

  /** @param {any} event */
  #onEvent(event) {
    this.#open.take(event);
    this.#emit(event.type, event);
  }

  /** Ends what has begun at the last point: the server of a lost connection can't. */
  #endEvents() {
    for (const event of this.#open.ends(this.#latest?.timestamp ?? 0)) this.#emit(event.type, event);
  }

  /** @param {string} message of an error that answers no request */
  #onProblem(message) {
    console.warn(`GazeSession: the server says: ${message}`);
    this.#guide.fail(message);
  }

  /** @param {any} message */
  #onGaze(message) {
    // The answer of a frame that was sent before the pause.
    if (!this.#session.feed.sending && message.status !== "paused") return;
    this.#guide.onGaze(message);
    this.#badge?.update(message, this.#session.feed.picture.dark);
    const { geometry, clock } = this.#session;
    this.#latest = gazeInViewport(message, this.layout, geometry.exact, clock.offsetMs);
    this.#emit("gaze", this.#latest);
  }

  /** @param {import("../core/connection.js").ConnectionState} state */
  #onConnection({ name, reason }) {
    if (!this.id) return; // connect.js handles the first connection
    if (name !== "open") this.#endEvents();
    if (name === "waiting") this.#setState("reconnecting", reason || LOST);
    else if (name === "refused") this.#end(new GazeError("server", reason));
  }

  #setSending() {
    this.#session.feed.setSending(!this.#paused && !document.hidden);
    if (RESTING.has(this.#state)) this.#rest();
  }

  /** The state when no step is in progress. @param {string} [reason] */
  #rest(reason = "") {
    this.#setState(!this.#session.feed.sending ? "paused" : this.report ? "tracking" : "uncalibrated", reason);
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
    this.#page?.end();
    this.#picture?.destroy();
    for (const owned of [this.#guide, this.#areas, this.#dialog]) owned.destroy();
    this.#session.destroy(reason);
    this.#latest = null;
    this.#setState("closed", reason.message);
  }

  #mustBeOpen() {
    this.#abort.signal.throwIfAborted();
  }

  /** @param {string} type @param {object} detail */
  #emit(type, detail) {
    this.dispatchEvent(new CustomEvent(type, { detail }));
  }
}
