/**
 * Video in, frames out: cuts the region out of the newest picture, makes a JPEG of it and sends it with its header.
 *
 * One frame is encoded at a time, and none while the connection has its fill, so the newest picture always wins.
 */
import { RegionTracker } from "./region.js";
import { encodeHeader } from "./wire.js";

/** The longer side of the picture sent; the face is then at the resolution that the network reads. */
export const MAX_SENT_PX = 640;
const JPEG_QUALITY = 0.9;
/** No new picture is announced while the video is hidden or its picture stands still; this timer keeps frames coming. */
const WATCHDOG_MS = 150;

/** @param {import("./wire.js").Rect} roi @returns {import("./wire.js").Size} pixels of the JPEG */
export function sentSize(roi) {
  const scale = Math.min(1, MAX_SENT_PX / Math.max(roi.width, roi.height));
  return { width: Math.max(1, Math.round(roi.width * scale)), height: Math.max(1, Math.round(roi.height * scale)) };
}

/**
 * When the picture was taken, in unix ms. Cameras tell captureTime; the time of presentation is the next best.
 * @param {{captureTime?: number, presentationTime?: number} | null} metadata
 * @param {number} nowMs on the same clock as performance.now()
 * @param {number} originMs performance.timeOrigin
 */
export function capturedMs(metadata, nowMs, originMs) {
  const time = metadata?.captureTime ?? metadata?.presentationTime ?? nowMs;
  // Presentation may be announced for the near future, and a wrong clock must not send frames from another day.
  const sane = time > nowMs - 5000 && time <= nowMs ? time : nowMs;
  return originMs + sane;
}

export class FrameEncoder {
  #video;
  #connection;
  #regions = new RegionTracker();
  #canvas = new OffscreenCanvas(2, 2);
  #context;
  #busy = false;
  #destroyed = false;
  #callback = 0;
  #timer = 0;
  #lastTick = 0;
  #lastCaptured = 0;

  /** @param {{video: HTMLVideoElement, connection: import("./connection.js").Connection}} options */
  constructor({ video, connection }) {
    this.#video = video;
    this.#connection = connection;
    const context = this.#canvas.getContext("2d", { alpha: false });
    if (!context) throw new Error("FrameEncoder: this browser has no 2D canvas off the screen");
    this.#context = context;
  }

  start() {
    this.#schedule();
    this.#timer = window.setInterval(() => {
      if (performance.now() - this.#lastTick > WATCHDOG_MS) void this.#encode(null);
    }, WATCHDOG_MS);
  }

  destroy() {
    this.#destroyed = true;
    window.clearInterval(this.#timer);
    if (this.#callback) this.#video.cancelVideoFrameCallback?.(this.#callback);
  }

  /** @param {[number, number, number, number] | null} faceBox the face in the newest answer, 0..1 of the full frame */
  faceSeen(faceBox) {
    this.#regions.update(faceBox);
  }

  /** A new session knows no face. */
  reset() {
    this.#regions.reset();
  }

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
    if (this.#busy || this.#destroyed || !full.width || !this.#connection.canSendFrame) return;
    this.#busy = true;
    try {
      const captured = capturedMs(metadata, performance.now(), performance.timeOrigin);
      if (captured <= this.#lastCaptured) return;
      const roi = this.#regions.region(full);
      const size = sentSize(roi);
      if (this.#canvas.width !== size.width || this.#canvas.height !== size.height) {
        this.#canvas.width = size.width;
        this.#canvas.height = size.height;
        this.#context.imageSmoothingQuality = "high"; // resizing a canvas resets its context
      }
      this.#context.drawImage(this.#video, roi.x, roi.y, roi.width, roi.height, 0, 0, size.width, size.height);
      const jpeg = await this.#canvas.convertToBlob({ type: "image/jpeg", quality: JPEG_QUALITY });
      if (this.#destroyed) return;
      const seq = this.#connection.nextSeq();
      this.#connection.sendFrame(seq, encodeHeader({ seq, capturedMs: captured, roi, full }), jpeg);
      this.#lastCaptured = captured;
    } finally {
      this.#busy = false;
    }
  }
}
