/**
 * What the browser itself knows of the camera's picture: its shape, and whether it shows anything. A picture from behind a
 * closed shutter or in a dark room has no face, and the server can't say why.
 *
 * @typedef {{aspect: number, dark: boolean}} Picture  aspect: width over height
 */

/** Mean grey level, 0..255. A lit room has 60 and more; noise behind a shutter has less than 20. */
const DARK = 28;
const MEASURE_EVERY_MS = 500;
const SIDE_PX = 16;

/** While nothing is known. @type {Picture} */
export const USUAL = { aspect: 16 / 9, dark: false };

export class PictureProbe {
  #video;
  /** @type {OffscreenCanvasRenderingContext2D | null} */
  #context = null;
  #measuredAt = -Infinity;
  #dark = false;

  /** @param {HTMLVideoElement} video */
  constructor(video) {
    this.#video = video;
  }

  /** @returns {Picture} measured when it is asked for, and at most twice a second */
  get now() {
    const { videoWidth, videoHeight, readyState } = this.#video;
    if (!videoWidth || readyState < HTMLMediaElement.HAVE_CURRENT_DATA) return USUAL;
    if (performance.now() - this.#measuredAt >= MEASURE_EVERY_MS) {
      this.#measuredAt = performance.now();
      this.#dark = this.#grey() < DARK;
    }
    return { aspect: videoWidth / videoHeight, dark: this.#dark };
  }

  #grey() {
    this.#context ??= new OffscreenCanvas(SIDE_PX, SIDE_PX).getContext("2d", { willReadFrequently: true });
    if (!this.#context) return 255;
    this.#context.drawImage(this.#video, 0, 0, SIDE_PX, SIDE_PX);
    return meanGrey(this.#context.getImageData(0, 0, SIDE_PX, SIDE_PX).data);
  }
}

/** @param {Uint8ClampedArray} rgba @returns {number} 0..255, by the weights of ITU-R BT.601 */
export function meanGrey(rgba) {
  let sum = 0;
  for (let i = 0; i < rgba.length; i += 4) sum += 0.299 * rgba[i] + 0.587 * rgba[i + 1] + 0.114 * rgba[i + 2];
  return sum / (rgba.length / 4);
}
