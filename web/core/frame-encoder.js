/**
 * Video in, frames out: cuts the region out of the newest picture, encodes it as JPEG and sends it with its header.
 *
 * One frame is encoded at a time, and none while the limit of unanswered frames is reached, so the newest picture always
 * wins. A server with too much to do limits rate and size (pace.js). At the server's interval, a picture is sent as an
 * overview: small, and of the whole camera frame, because the region would never show a second person.
 *
 * @typedef {import("./wire.js").Rect} Rect
 * @typedef {import("./wire.js").Size} Size
 */
import { ServerClock } from "./clock.js";
import { RegionTracker, wholeFrame } from "./region.js";
import { encodeHeader } from "./wire.js";

/** The longer side of a sent picture. The face then has the resolution that the network reads. */
export const MAX_SENT_PX = 640;
const JPEG_QUALITY = 0.9;
/** The longer side of an overview, as in the server's `hello`. */
const OVERVIEW_PX = 320;
/** While the video is hidden or its picture does not change, the browser reports no new picture. This timer then sends frames. */
const WATCHDOG_MS = 150;

/**
 * @param {import("./wire.js").Rect} roi
 * @param {number} [most] of the longer side
 * @returns {import("./wire.js").Size} pixels of the JPEG
 */
export function sentSize(roi, most = MAX_SENT_PX) {
  const scale = Math.min(1, most / Math.max(roi.width, roi.height));
  return { width: Math.max(1, Math.round(roi.width * scale)), height: Math.max(1, Math.round(roi.height * scale)) };
}

/**
 * The time at which the picture was taken: captureTime if the camera gives it, else the time of presentation.
 * @param {{captureTime?: number, presentationTime?: number} | null} metadata
 * @param {number} nowMs
 * @returns {number} ms, like nowMs on the clock of performance.now()
 */
export function captureTime(metadata, nowMs) {
  const time = metadata?.captureTime ?? metadata?.presentationTime ?? nowMs;
  // The time of presentation may lie in the near future, and a camera's clock may be wrong.
  return time > nowMs - 5000 && time <= nowMs ? time : nowMs;
}

export class FrameEncoder {
  #video;
  #connection;
  #clock;
  #regions = new RegionTracker();
  #picture = new Picture();
  #overview = new Picture();
  #overviewAt = -Infinity;
  #busy = false;
  #destroyed = false;
  #callback = 0;
  #timer = 0;
  #lastTick = 0;
  /** On the page's clock: the system's clock, and the server's time with it, can be set back. */
  #lastCaptured = -Infinity;

  /**
   * @param {{video: HTMLVideoElement, connection: import("./connection.js").Connection,
   *   clock?: import("./clock.js").ServerClock}} options
   */
  constructor({ video, connection, clock = new ServerClock() }) {
    this.#clock = clock;
    this.#video = video;
    this.#connection = connection;
  }

  start() {
    this.#connection.addEventListener("message", this.#onMessage);
    this.#schedule();
    this.#timer = window.setInterval(() => {
      if (performance.now() - this.#lastTick > WATCHDOG_MS) void this.#encode(null);
    }, WATCHDOG_MS);
  }

  destroy() {
    this.#destroyed = true;
    this.#connection.removeEventListener("message", this.#onMessage);
    window.clearInterval(this.#timer);
    if (this.#callback) this.#video.cancelVideoFrameCallback?.(this.#callback);
  }

  /** @param {[number, number, number, number] | null} faceBox the face in the newest answer, 0..1 of the full frame */
  faceSeen(faceBox) {
    this.#regions.update(faceBox);
  }

  /** Forgets the face: it belonged to the earlier session. */
  reset() {
    this.#regions.reset();
  }

  /** @param {Event} event */
  #onMessage = (event) => {
    const message = /** @type {CustomEvent} */ (event).detail;
    if (message.type === "overview" && message.follow) this.#regions.follow(message.follow);
  };

  #schedule() {
    if (!this.#video.requestVideoFrameCallback) return;
    this.#callback = this.#video.requestVideoFrameCallback((_now, metadata) => {
      this.#lastTick = performance.now();
      if (this.#destroyed) return;
      this.#schedule();
      void this.#encode(metadata);
    });
  }

  /** @param {{captureTime?: number, presentationTime?: number} | null} metadata */
  async #encode(metadata) {
    const full = { width: this.#video.videoWidth, height: this.#video.videoHeight };
    const { pace } = this.#connection;
    if (this.#busy || this.#destroyed || !full.width || !this.#connection.canSendFrame) return;
    if (!pace.isDue(performance.now())) return;
    this.#busy = true;
    try {
      const taken = captureTime(metadata, performance.now());
      if (taken <= this.#lastCaptured) return;
      this.#lastCaptured = taken;
      const captured = this.#clock.originMs + taken;
      // Drawn before the first await, because the video shows a later picture after it.
      const roi = this.#regions.region(full);
      this.#picture.draw(this.#video, roi, sentSize(roi, Math.min(MAX_SENT_PX, pace.maxSidePx)));
      pace.sent(performance.now());
      if (performance.now() >= this.#overviewAt + this.#connection.overviewMs) {
        this.#overviewAt = performance.now();
        const whole = wholeFrame(full);
        this.#overview.draw(this.#video, whole, sentSize(whole, OVERVIEW_PX));
        await this.#send(this.#overview, { capturedMs: captured, roi: whole, full, overview: true });
        if (!this.#connection.canSendFrame) return;
      }
      await this.#send(this.#picture, { capturedMs: captured, roi, full });
    } finally {
      this.#busy = false;
    }
  }

  /** @param {Picture} picture @param {{capturedMs: number, roi: Rect, full: Size, overview?: boolean}} header */
  async #send(picture, header) {
    const jpeg = await picture.encode();
    if (this.#destroyed) return;
    const seq = this.#connection.nextSeq();
    this.#connection.sendFrame(seq, encodeHeader({ seq, ...header }), jpeg);
  }
}

/** A canvas that is not on the page. */
class Picture {
  #canvas = new OffscreenCanvas(2, 2);
  #context;

  constructor() {
    const context = this.#canvas.getContext("2d", { alpha: false });
    if (!context) throw new Error("FrameEncoder: this browser has no 2D canvas off the screen");
    this.#context = context;
  }

  /** @param {HTMLVideoElement} video @param {Rect} roi @param {Size} size */
  draw(video, roi, size) {
    if (this.#canvas.width !== size.width || this.#canvas.height !== size.height) {
      this.#canvas.width = size.width;
      this.#canvas.height = size.height;
      this.#context.imageSmoothingQuality = "high"; // resizing a canvas resets its context
    }
    this.#context.drawImage(video, roi.x, roi.y, roi.width, roi.height, 0, 0, size.width, size.height);
  }

  encode() {
    return this.#canvas.convertToBlob({ type: "image/jpeg", quality: JPEG_QUALITY });
  }
}
