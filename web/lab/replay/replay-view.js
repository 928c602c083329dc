/**
 * The replay: the gaze over the stimulus at the recording's own times, with a time line.
 *
 * @typedef {import("./gaze-layer.js").Shown} Shown
 */
import { h } from "../../ui/dom.js";
import { clock } from "../describe.js";
import { Stage } from "../stage.js";
import { REPLAY } from "../texts.js";
import { GazeLayer } from "./gaze-layer.js";
import { lanesOf } from "./lanes.js";
import { Playback } from "./playback.js";
import { sharedAt } from "./spans.js";
import { nextTime } from "./time-index.js";
import { TimeLine } from "./time-line.js";
import { pointAt, trackOf } from "./track.js";

const SECOND_MS = 1000;

export class ReplayView {
  #part;
  #server;
  #playback = new Playback();
  #layer;
  #stage;
  #line;
  /** @type {Shown[]} */
  #people = [];
  #picture = -1;
  #options = { radius: true, trail: true };

  /** @param {{part: (id: string) => HTMLElement, server: import("../server.js").LabServer, signal: AbortSignal}} options */
  constructor({ part, server, signal }) {
    this.#part = part;
    this.#server = server;
    const canvas = h("canvas", { "aria-hidden": "true" });
    this.#layer = new GazeLayer(canvas);
    const resized = (/** @type {number} */ width, /** @type {number} */ height) => {
      this.#layer.resize(width, height);
      this.#draw();
    };
    this.#stage = new Stage({ root: part("replay-stage"), overlay: canvas, resized });
    this.#line = new TimeLine({ root: part("time-line"), signal });
    this.#line.addEventListener("seek", (event) => this.#playback.seek(/** @type {CustomEvent} */ (event).detail), { signal });
    this.#playback.addEventListener("time", () => this.#draw(), { signal });
    this.#playback.addEventListener("state", () => this.#showState(), { signal });
    this.#bindControls(signal);
    this.#showState();
  }

  destroy() {
    this.#playback.pause();
    this.#stage.destroy();
  }

  hide() {
    this.#playback.pause();
  }

  /** @param {import("../workplace.js").Subject} subject */
  show({ opened, stimulus, owner }) {
    this.#people = opened.flatMap(({ person, timeline }) => {
      const track = trackOf(timeline, stimulus);
      return track ? [{ person, track }] : [];
    });
    const durationMs = Math.max(0, ...this.#people.map(({ track }) => track.durationMs));
    if (this.#people.length) this.#stage.size = this.#people[0].track.size;
    this.#picture = -1;
    this.#stage.show(null);
    if (stimulus !== null && owner !== null) this.#server.picture(owner, stimulus).then((address) => this.#stage.show(address, stimulus), () => {});
    this.#line.show(lanesOf(this.#people), durationMs);
    this.#part("whole").textContent = REPLAY.whole(clock(durationMs));
    this.#playback.load(durationMs);
  }

  #draw() {
    const { time } = this.#playback;
    const now = this.#part("now");
    if (now.textContent !== clock(time)) now.textContent = clock(time);
    this.#line.time = time;
    this.#layer.draw(this.#people, time, this.#options);
    this.#showMoment(time);
  }

  /** The picture that all whole recordings have at this time, and the part of a page at which the first person looks. @param {number} time */
  #showMoment(time) {
    const first = this.#people[0]?.track;
    if (!first) return;
    const point = pointAt(first, time);
    if (point >= 0) this.#stage.reveal(first.y[point]);
    if (!this.#people.some(({ track }) => track.shown.length)) return;
    const index = sharedAt(this.#people.map(({ track }) => track.shown), time);
    if (index === this.#picture) return;
    this.#picture = index;
    const shown = first.shown[index];
    if (!shown?.picture) return this.#stage.show(null);
    this.#server.picture(first.recording, shown.name).then((address) => this.#picture === index && this.#stage.show(address, shown.name, shown.rect), () => {});
  }

  #showState() {
    const { playing } = this.#playback;
    const button = this.#part("play");
    button.ariaLabel = button.title = playing ? REPLAY.pause : REPLAY.play;
    button.querySelector("use")?.setAttribute("href", playing ? "#i-pause" : "#i-play");
  }

  /** @param {1 | -1} direction @param {boolean} far by a second instead of a sample */
  #step(direction, far) {
    this.#playback.pause();
    const { time } = this.#playback;
    const next = far ? time + direction * SECOND_MS : nextTime(this.#people.map(({ track }) => track.times), time, direction);
    if (next !== null) this.#playback.seek(next);
  }

  /** @param {AbortSignal} signal */
  #bindControls(signal) {
    const on = (/** @type {string} */ id, /** @type {string} */ type, /** @type {(element: any) => void} */ act) =>
      this.#part(id).addEventListener(type, (event) => act(event.currentTarget), { signal });
    on("play", "click", () => this.#playback.toggle());
    on("step-back", "click", () => this.#step(-1, false));
    on("step-on", "click", () => this.#step(1, false));
    on("nearer", "click", () => this.#line.zoom(1));
    on("farther", "click", () => this.#line.zoom(-1));
    on("whole-time", "click", () => this.#line.zoom(0));
    on("speed", "change", (select) => (this.#playback.speed = Number(select.value)));
    on("show-radius", "change", (box) => ((this.#options.radius = box.checked), this.#draw()));
    on("show-trail", "change", (box) => ((this.#options.trail = box.checked), this.#draw()));
    const keys = /** @type {Record<string, (far: boolean) => void>} */ ({
      " ": () => this.#playback.toggle(),
      ArrowLeft: (far) => this.#step(-1, far),
      ArrowRight: (far) => this.#step(1, far),
      Home: () => this.#playback.seek(0),
      End: () => this.#playback.seek(this.#playback.durationMs),
      "+": () => this.#line.zoom(1),
      "-": () => this.#line.zoom(-1),
      0: () => this.#line.zoom(0),
    });
    const pressed = (/** @type {KeyboardEvent} */ event) => {
      const act = keys[event.key];
      if (!act || this.#part("panel-replay").hidden || event.ctrlKey || event.metaKey || event.altKey || usesKey(event)) return;
      event.preventDefault();
      act(event.shiftKey);
    };
    document.addEventListener("keydown", pressed, { signal });
  }
}

/** Whether the element with the focus needs the key itself. @param {KeyboardEvent} event */
function usesKey({ key, target }) {
  const element = /** @type {Element} */ (target);
  if (element.closest("dialog, [role=tab], select, textarea, input:not([type=checkbox])")) return true;
  return key === " " && element.closest("button, a, input, summary") !== null;
}
