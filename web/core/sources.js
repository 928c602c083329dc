/** Further places that frames come from: a camera with a page's own constraints, a video file. */

/** @typedef {import("../gaze.js").FrameSource} FrameSource */

/** @param {MediaStreamConstraints} constraints @returns {() => FrameSource} */
export function constraintSource(constraints) {
  return () => new StreamSource("Camera", () => navigator.mediaDevices.getUserMedia({ ...constraints, audio: false }));
}

/** @param {string} url @returns {() => FrameSource} */
export function fileSource(url) {
  return () =>
    new StreamSource("Video file", async () => {
      const video = Object.assign(document.createElement("video"), { muted: true, loop: true, playsInline: true, src: url });
      await video.play();
      return /** @type {any} */ (video).captureStream();
    });
}

/** @implements {FrameSource} */
class StreamSource extends EventTarget {
  #make;
  /** @type {MediaStream | null} */
  #stream = null;
  #destroyed = false;
  hfovDeg = null;

  /** @param {string} label @param {() => Promise<MediaStream>} make */
  constructor(label, make) {
    super();
    this.label = label;
    this.#make = make;
  }

  get deviceId() {
    return this.#stream?.getVideoTracks()[0]?.getSettings().deviceId ?? "";
  }

  async open() {
    const stream = await this.#make();
    this.#stream = stream;
    if (this.#destroyed) this.destroy();
    stream.getVideoTracks()[0]?.addEventListener("ended", () => this.dispatchEvent(new Event("ended")));
    return stream;
  }

  destroy() {
    this.#destroyed = true;
    this.#stream?.getTracks().forEach((track) => track.stop());
    this.#stream = null;
  }
}
