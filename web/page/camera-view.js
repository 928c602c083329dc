/** The person's own picture while tracking: small, mirrored, with the box of the face. It stands beside the title and covers nothing. */
import { h } from "../ui/dom.js";
import { TRACKING } from "./texts.js";

export class CameraView {
  #video;
  #box = h("div", { className: "face-box", hidden: true });
  #frame;

  /**
   * @param {{root: HTMLElement, feed: import("../core/feed.js").FrameFeed, label: string, signal: AbortSignal}} options
   *   label: what the picture shows, for screen readers
   */
  constructor({ root, feed, label, signal }) {
    this.#video = h("video", { muted: true, playsInline: true, autoplay: true, ariaLabel: label });
    this.#frame = h("div", { className: "camera-frame" }, h("div", { className: "mirror" }, this.#video, this.#box));
    const off = h("p", { className: "fine" }, TRACKING.noPicture);
    root.append(this.#frame, off);
    const show = () => {
      const { stream } = feed;
      this.#video.srcObject = stream;
      this.#frame.hidden = stream === null;
      off.hidden = stream !== null;
      this.#place(null);
    };
    feed.addEventListener("stream", show, { signal });
    // The box is in shares of the frame, so the picture has the frame's shape.
    this.#video.addEventListener("resize", () => {
      const { videoWidth, videoHeight } = this.#video;
      if (videoWidth) root.style.setProperty("--frame", `${videoWidth} / ${videoHeight}`);
    });
    show();
  }

  /** @param {any} gaze a gaze message */
  update(gaze) {
    this.#frame.dataset.status = gaze.status;
    this.#place(gaze.face?.box ?? null);
  }

  /** @param {[number, number, number, number] | null} box 0..1 of the frame: left, top, width, height */
  #place(box) {
    this.#box.hidden = box === null;
    if (!box) return;
    ["left", "top", "width", "height"].forEach((side, index) => this.#box.style.setProperty(side, `${(100 * box[index]).toFixed(1)}%`));
  }
}
