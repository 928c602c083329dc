/**
 * Pause, and the camera off and on again. Both keep the session and its calibration. While paused, no frame leaves the page.
 * The person decides: other programs and a lost connection turn no camera on.
 */
import { TRACKING } from "./texts.js";

/** @typedef {"on" | "paused" | "off"} CameraState */

export class CameraSwitch {
  #session;
  #stage;
  #show;
  #announce;
  #pause;
  #camera;
  /** @type {CameraState} */
  #state = "on";

  /**
   * @param {{session: import("../core/session.js").ServerSession, stage: import("./camera-stage.js").CameraStage,
   *   part: (id: string) => HTMLElement, show: (status: string) => void, announce: (text: string) => void,
   *   signal: AbortSignal}} options  show: shows a status in place of that of the next gaze message
   */
  constructor({ session, stage, part, show, announce, signal }) {
    this.#session = session;
    this.#stage = stage;
    this.#show = show;
    this.#announce = announce;
    this.#pause = /** @type {HTMLButtonElement} */ (part("pause"));
    this.#camera = /** @type {HTMLButtonElement} */ (part("camera-off"));
    this.#pause.addEventListener("click", () => (this.#state === "paused" ? this.#resume() : this.#stop("paused")), { signal });
    this.#camera.addEventListener("click", () => void (this.off ? this.turnOn() : this.#stop("off")), { signal });
  }

  get off() {
    return this.#state === "off";
  }

  /** The person wants a view that needs pictures. */
  wake() {
    if (this.#state === "paused") this.#resume();
    else if (this.off) void this.turnOn();
  }

  /** Another session has begun, or another camera was opened. */
  refresh() {
    if (this.#session.feed.sending) this.#set("on");
    else if (this.#state !== "on") this.#show(this.#status);
  }

  async turnOn() {
    this.#set("on");
    if (await this.#stage.open()) this.#announce(TRACKING.cameraIsOn);
  }

  /** @param {"paused" | "off"} state */
  #stop(state) {
    const { feed } = this.#session;
    if (state === "off") feed.close();
    else feed.setSending(false);
    this.#set(state);
    this.#show(this.#status);
    this.#announce(state === "off" ? TRACKING.cameraIsOff : TRACKING.paused);
  }

  #resume() {
    this.#session.feed.setSending(true);
    this.#set("on");
    this.#announce(TRACKING.resumed);
  }

  get #status() {
    return this.off ? "camera_off" : "paused";
  }

  /** @param {CameraState} state */
  #set(state) {
    this.#state = state;
    document.body.dataset.camera = state;
    const { off } = this;
    const paused = state === "paused";
    this.#pause.disabled = off;
    label(this.#pause, paused ? "play" : "pause", paused ? TRACKING.resume : TRACKING.pause, paused ? TRACKING.resumeTitle : TRACKING.pauseTitle);
    label(this.#camera, off ? "camera" : "camera-off", off ? TRACKING.cameraOn : TRACKING.cameraOff, off ? TRACKING.cameraOnTitle : TRACKING.cameraOffTitle);
  }
}

/** @param {HTMLButtonElement} button @param {string} icon @param {string} words @param {string} title */
function label(button, icon, words, title) {
  button.querySelector("use")?.setAttribute("href", `#i-${icon}`);
  /** @type {HTMLElement} */ (button.querySelector("span")).textContent = words;
  button.title = title;
}
