/** One frame source at a time. Its frames are sent to the server while sending is on. */
import { CameraSource } from "./sources/camera.js";
import { FrameEncoder } from "./frame-encoder.js";
import { PictureProbe } from "./picture.js";
import { SourceError } from "./sources/stream.js";

/** @typedef {import("./sources/stream.js").FrameSource} FrameSource */

/** Emits `ended` when the device disappears while it is used, and `stream` when `stream` has changed. */
export class FrameFeed extends EventTarget {
  #connection;
  #video;
  #makeSource;
  #clock;
  /** @type {FrameSource | null} */
  #source = null;
  /** @type {FrameEncoder | null} */
  #encoder = null;
  #probe;
  #destroyed = false;

  /**
   * @param {{connection: import("./connection.js").Connection, video: HTMLVideoElement,
   *   clock: import("./clock.js").ServerClock, makeSource?: () => FrameSource}} options
   *   video: decodes the stream, and may be shown; makeSource: by default the webcam's
   */
  constructor({ connection, video, clock, makeSource = () => new CameraSource() }) {
    super();
    this.#connection = connection;
    this.#video = video;
    this.#probe = new PictureProbe(video);
    this.#clock = clock;
    this.#makeSource = makeSource;
    Object.assign(video, { muted: true, playsInline: true });
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

  /** The camera's name, short and printable as the server requires it. */
  get label() {
    const label = this.#source?.label ?? "";
    // A stream that a page made has a new long random name each time.
    if (/^[\w+/=-]{30,}$/.test(label)) return "";
    return label.replace(/[^\x20-\x7e]/g, "").trim().slice(0, 64);
  }

  /** The shape of the camera's picture, and whether it is dark. */
  get picture() {
    return this.#probe.now;
  }

  get sending() {
    return this.#encoder !== null;
  }

  /**
   * Opens a source and closes the earlier one. Rejects with the source's error.
   * @returns {Promise<boolean>} false if it was closed meanwhile, or another one was opened, or all is destroyed
   */
  async open() {
    if (this.#destroyed) return false;
    this.#release();
    if (!("OffscreenCanvas" in window)) throw new SourceError("UnsupportedError", "the browser has no canvas off the screen");
    const source = this.#makeSource();
    this.#source = source;
    let stream;
    try {
      stream = await source.open();
    } catch (error) {
      if (this.#source !== source) return false;
      this.#release();
      throw error;
    }
    if (this.#source !== source) {
      source.destroy();
      return false;
    }
    source.addEventListener?.("ended", () => source === this.#source && this.dispatchEvent(new Event("ended")));
    this.#video.srcObject = stream;
    // Not awaited, because a camera may be slow to send its first picture.
    this.#video.play().catch((error) => console.info("FrameFeed: the picture did not play:", error.message));
    this.dispatchEvent(new Event("stream"));
    return true;
  }

  /** Emits `stopped` when it no longer sends. @param {boolean} wanted */
  setSending(wanted) {
    if (wanted && !this.#encoder && this.stream) {
      this.#encoder = new FrameEncoder({ video: this.#video, connection: this.#connection, clock: this.#clock });
      this.#encoder.start();
    } else if (!wanted && this.#encoder) {
      this.#encoder.destroy();
      this.#encoder = null;
      this.#connection.send({ type: "pause", sending: false }); // readers of the stream must not wait for frames
      this.dispatchEvent(new Event("stopped"));
    }
  }

  /** @param {[number, number, number, number] | null} box the face in the newest answer, 0..1 of the frame */
  faceSeen(box) {
    this.#encoder?.faceSeen(box);
  }

  /** Forgets the face: it belonged to the earlier session. */
  reset() {
    this.#encoder?.reset();
  }

  /** Releases the device. */
  close() {
    this.setSending(false);
    this.#release();
  }

  /** Releases the device, and opens none any more: a step that was cancelled may still want one. */
  destroy() {
    this.#destroyed = true;
    this.close();
  }

  #release() {
    this.#source?.destroy();
    this.#source = null;
    if (!this.stream) return;
    this.#video.srcObject = null;
    this.dispatchEvent(new Event("stream"));
  }
}
