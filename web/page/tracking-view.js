/** The view that shows the gaze: dot and error ring, heat map with its tools, figures, learning from clicks. */
import { CameraView } from "./camera-view.js";
import { ClickLearning } from "./click-learning.js";
import { Heatmap } from "./heatmap.js";
import { bindHeatmapTools } from "./heatmap-tools.js";
import { showFaceState } from "./notices.js";
import { GazeOverlay } from "./overlay.js";
import { Stats } from "./stats.js";
import { SteadyDoubt } from "../ui/steady-doubt.js";
import { TRACKING } from "./texts.js";

export class TrackingView {
  #page;
  #session;
  #overlay;
  #heatmap;
  #stats;
  #clicks;
  #face;
  #words;
  #doubt = new SteadyDoubt();
  #picture;
  #abort = new AbortController();

  /**
   * @param {{part: (id: string) => HTMLElement, page: import("./state.js").PageState,
   *   session: import("../core/session.js").ServerSession, announce: (text: string) => void, pictureOf: string}} options
   *   pictureOf: who the camera shows
   */
  constructor({ part, page, session, announce, pictureOf }) {
    const { geometry } = session;
    const { signal } = this.#abort;
    this.#page = page;
    this.#session = session;
    this.#overlay = new GazeOverlay({ dot: part("gaze-dot"), error: part("error"), geometry });
    this.#heatmap = new Heatmap({ canvas: /** @type {HTMLCanvasElement} */ (part("heatmap")), geometry });
    this.#stats = new Stats({ fps: part("fps"), latency: part("latency") });
    const active = () => page.now === "tracking";
    const [toggle, count] = [part("teach"), part("teach-count")];
    this.#clicks = new ClickLearning({ toggle, count, session, active, announce });
    this.#words = part("tracking-words");
    this.#face = { root: part("face-state"), words: part("face-words"), announce };
    this.#picture = new CameraView({ root: part("camera-view"), feed: session.feed, label: pictureOf, signal });
    this.tools = bindHeatmapTools({ heatmap: this.#heatmap, geometry, clear: () => this.clear(), part, announce, signal });
  }

  destroy() {
    this.#abort.abort();
    for (const owned of [this.#heatmap, this.#stats, this.#clicks]) owned.destroy();
  }

  /** The heat map is empty at each start. */
  show() {
    this.clear();
    this.#doubt.reset();
    this.#page.on("track pressed");
  }

  clear() {
    this.#heatmap.clear();
    this.#session.send({ type: "heatmap_clear" });
  }

  /** There is no gaze for this reason, one of TRACKING.face: old values are removed. @param {string} status */
  rest(status) {
    this.#overlay.forget();
    showFaceState(status, this.#face);
  }

  /** @param {any} message a `gaze` message, in every view */
  onGaze(message) {
    if (!this.#session.feed.sending) {
      this.#overlay.forget(); // it answers a frame from before
      return;
    }
    if (message.status !== "no_frames") this.#stats.add(message, this.#session.clock.originMs);
    if (this.#page.now !== "tracking") {
      this.#overlay.hide(); // the dot must not stay on another view
      return;
    }
    this.#overlay.update(message);
    this.#heatmap.add(message);
    this.#picture.update(message);
    const doubt = this.#doubt.add(message, performance.now());
    this.#words.textContent = TRACKING.doubts[doubt] ?? TRACKING.hint;
    this.#words.toggleAttribute("data-doubt", doubt !== "");
    showFaceState(message.status, this.#face, { reason: message.reason, dark: this.#session.feed.picture.dark, doubt });
  }

  /** Why the gaze is less accurate now, in words; empty if it is not. */
  get doubt() {
    return TRACKING.doubts[this.#doubt.now] ?? "";
  }

  /** @param {any} message a `click` message */
  onClick(message) {
    this.#clicks.onMessage(message);
  }
}
