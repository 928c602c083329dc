/**
 * The interface of all frame sources, and their common parts.
 *
 * @typedef {object} FrameSource
 * @property {string} label for people
 * @property {number | null} hfovDeg horizontal field of view, if known
 * @property {string} [deviceId]
 * @property {() => Promise<MediaStream>} open
 * @property {() => void} destroy releases the device
 * @property {(type: "ended", listener: () => void) => void} [addEventListener] `ended`: the device has disappeared
 */

/** An error with one of our own names; `ui/camera-problem.js` explains it. */
export class SourceError extends Error {
  /** @param {string} name @param {string} message */
  constructor(name, message) {
    super(message);
    this.name = name;
  }
}

/**
 * A source whose stream comes from a given function.
 * @implements {FrameSource}
 */
export class StreamSource extends EventTarget {
  #label;
  #make;
  /** @type {MediaStream | null} */
  #stream = null;
  #destroyed = false;
  /** @type {number | null} */
  hfovDeg = null;

  /** @param {{label?: string, make: () => Promise<MediaStream>}} options label: the device's own name unless given */
  constructor({ label = "", make }) {
    super();
    this.#label = label;
    this.#make = make;
  }

  get label() {
    return this.#label || (this.#track?.label ?? "");
  }

  /** Empty if the stream does not come from a device: that of a canvas has a new random id each time. */
  get deviceId() {
    const track = this.#track;
    const drawn = typeof CanvasCaptureMediaStreamTrack !== "undefined" && track instanceof CanvasCaptureMediaStreamTrack;
    return drawn ? "" : (track?.getSettings().deviceId ?? "");
  }

  async open() {
    const stream = await this.#make();
    this.#stream = stream;
    if (this.#destroyed) {
      this.destroy();
      throw new DOMException("the source was given back while it was opening", "AbortError");
    }
    this.#track?.addEventListener("ended", () => this.dispatchEvent(new Event("ended")));
    return stream;
  }

  destroy() {
    this.#destroyed = true;
    this.#stream?.getTracks().forEach((track) => track.stop());
    this.#stream = null;
  }

  get #track() {
    return this.#stream?.getVideoTracks()[0] ?? null;
  }
}

/** A camera with a page's own constraints. @param {MediaStreamConstraints} constraints @returns {() => FrameSource} */
export function constraintSource(constraints) {
  const make = () => navigator.mediaDevices.getUserMedia({ ...constraints, audio: false });
  return () => new StreamSource({ label: "Camera", make });
}
