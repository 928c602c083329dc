/** The camera and its way to the server: opens it, explains what stands in the way, sends while it should. */
import { CameraSource, explainCameraError, SourceError } from "../core/camera.js";
import { FrameEncoder } from "../core/frame-encoder.js";
import { GazeError } from "./errors.js";
import { showProblem, showWaiting } from "./steps.js";

export class CameraLink extends EventTarget {
  #dialog;
  #connection;
  #makeSource;
  #explain;
  #video = document.createElement("video");
  /** @type {import("../gaze.js").FrameSource | null} */
  #source = null;
  /** @type {FrameEncoder | null} */
  #encoder = null;
  #destroyed = false;

  /**
   * @param {{dialog: import("./dialog.js").Dialog, connection: import("../core/connection.js").Connection,
   *   source?: () => import("../gaze.js").FrameSource, explain: boolean}} options
   *   explain: whether problems are shown to the person, who can then try again
   */
  constructor({ dialog, connection, source, explain }) {
    super();
    this.#dialog = dialog;
    this.#connection = connection;
    this.#makeSource = source ?? (() => new CameraSource());
    this.#explain = explain;
    this.#video.muted = true;
    this.#video.playsInline = true;
  }

  get stream() {
    return /** @type {MediaStream | null} */ (this.#video.srcObject);
  }

  get deviceId() {
    return this.#source?.deviceId ?? "";
  }

  get hfovDeg() {
    return this.#source?.hfovDeg ?? null;
  }

  get sending() {
    return this.#encoder !== null;
  }

  /** Rejects with the code `camera`. @param {() => void} cancel of the person, while the browser asks */
  async open(cancel) {
    for (;;) {
      this.#source?.destroy();
      const source = this.#makeSource();
      this.#source = source;
      try {
        if (this.#explain) {
          await showWaiting(this.#dialog, "Please allow the camera in the browser's own question.", cancel);
        }
        const stream = await source.open();
        if (this.#destroyed) return source.destroy();
        source.addEventListener?.("ended", () => source === this.#source && this.dispatchEvent(new Event("ended")));
        this.#video.srcObject = stream;
        // Not awaited: a camera that is slow to send its first picture must not hold up the rest.
        this.#video.play().catch((error) => console.info("CameraLink: the video did not play:", error.message));
        return;
      } catch (error) {
        await this.#afterProblem(error);
      }
    }
  }

  /** The camera went away while in use. @param {() => void} cancel */
  async reopen(cancel) {
    await this.#afterProblem(new SourceError("EndedError", "the camera's track ended"));
    await this.open(cancel);
  }

  /** @param {boolean} wanted */
  setSending(wanted) {
    if (wanted && !this.#encoder && this.stream) {
      this.#encoder = new FrameEncoder({ video: this.#video, connection: this.#connection });
      this.#encoder.start();
    } else if (!wanted) {
      this.#encoder?.destroy();
      this.#encoder = null;
    }
  }

  /** @param {[number, number, number, number] | null} box the face in the newest answer, 0..1 of the frame */
  faceSeen(box) {
    this.#encoder?.faceSeen(box);
  }

  /** A new session knows no face. */
  reset() {
    this.#encoder?.reset();
  }

  destroy() {
    this.#destroyed = true;
    this.setSending(false);
    this.#source?.destroy();
    this.#video.srcObject = null;
  }

  /** Returns when the person wants to try again. @param {unknown} error */
  async #afterProblem(error) {
    const problem = explainCameraError(error);
    const shown = this.#explain && !this.#destroyed;
    if (!shown || (await showProblem(this.#dialog, problem)) === "close") {
      throw new GazeError("camera", problem.title, { cause: error });
    }
  }
}
