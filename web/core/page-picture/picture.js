/**
 * One picture of a page that is larger than the window, from pieces of a shared tab or screen.
 *
 *   1. `share` asks the person, by the browser's own question.
 *   2. While the page stands still, what is in the window is drawn at its place (pieces.js). What was never in it stays grey.
 *   3. `change` is emitted when the picture has more than before; `end` when the person stops sharing.
 *
 * @typedef {import("./pieces.js").Rect} Rect
 * @typedef {{page: import("./pieces.js").Size, view: Rect, left: number, top: number, covered: Rect[]}} Seen
 *   page: the whole of it, CSS px; view: the part in the window, px of the page; left, top: its place in the viewport; covered:
 *   parts of the page that something of ours covers
 */
import { pictureScale, Pieces } from "./pieces.js";
import { shareTab, sourceOf } from "./tab.js";

const TICK_MS = 200;
/** Ticks without a scroll after which the page is drawn: the stream is late, and pictures load later. */
const DRAWN_AT = new Set([2, 5, 15]);
const BLANK = "#d4d7dc";
/** The server's limit for a picture, and what is tried to keep it. */
const MOST_BYTES = 8 * 1024 * 1024;
const TRIES = /** @type {[number, number][]} */ ([[1, 0.85], [1, 0.6], [0.7, 0.6], [0.5, 0.5]]);

export class PagePicture extends EventTarget {
  #look;
  #layout;
  #canvas = document.createElement("canvas");
  #video = Object.assign(document.createElement("video"), { muted: true, playsInline: true });
  #pieces = new Pieces();
  /** @type {MediaStream | null} */
  #stream = null;
  #timer = 0;
  #key = "";
  #ticks = 0;
  #empty = true;

  /**
   * @param {{look: () => Seen | null, layout: () => import("../geometry.js").ScreenLayout}} options look: what is in the window
   *   now; null while the page is not seen
   */
  constructor({ look, layout }) {
    super();
    this.#look = look;
    this.#layout = layout;
  }

  get sharing() {
    return this.#stream !== null;
  }

  /** Whether nothing is drawn yet. */
  get empty() {
    return this.#empty;
  }

  /** Rejects with a ShareError. */
  async share() {
    await this.show(await shareTab());
  }

  /** Takes the picture from a stream of the tab or of the screen, and stops it at the end. @param {MediaStream} stream */
  async show(stream) {
    this.destroy();
    this.#stream = stream;
    stream.getVideoTracks()[0].addEventListener("ended", () => this.destroy());
    this.#video.srcObject = stream;
    await this.#video.play().catch((error) => console.info("PagePicture: the shared picture did not play:", error.message));
    this.#timer = window.setInterval(() => this.#tick(), TICK_MS);
  }

  /** Stops sharing. The picture stays. */
  destroy() {
    window.clearInterval(this.#timer);
    for (const track of this.#stream?.getTracks() ?? []) track.stop();
    this.#video.srcObject = null;
    if (this.#stream) this.dispatchEvent(new Event("end"));
    this.#stream = null;
  }

  /** @returns {Promise<Blob>} a JPEG below the server's limit; rejects if it can't be made */
  async blob() {
    for (const [scale, quality] of TRIES) {
      const blob = await jpeg(scale === 1 ? this.#canvas : smaller(this.#canvas, scale), quality);
      if (blob && blob.size <= MOST_BYTES) return blob;
    }
    throw new Error("the picture of the page is too large");
  }

  #tick() {
    const seen = this.#look();
    const key = JSON.stringify(seen);
    this.#ticks = key === this.#key ? this.#ticks + 1 : 0;
    this.#key = key;
    if (seen && DRAWN_AT.has(this.#ticks) && this.#video.videoWidth) this.#draw(seen);
  }

  /** @param {Seen} seen */
  #draw({ page, view, left, top, covered }) {
    const scale = pictureScale(page);
    this.#fit(page, scale, this.#pieces.laidOut(page));
    const rects = this.#pieces.take(page, view, covered);
    const settings = /** @type {MediaStream} */ (this.#stream).getVideoTracks()[0].getSettings();
    const video = { width: this.#video.videoWidth, height: this.#video.videoHeight };
    const { x, y, pxPerPx } = sourceOf(settings, video, this.#layout(), window.innerWidth);
    const context = /** @type {CanvasRenderingContext2D} */ (this.#canvas.getContext("2d"));
    for (const rect of rects) {
      const from = [x + (rect.x - view.x + left) * pxPerPx, y + (rect.y - view.y + top) * pxPerPx, rect.width * pxPerPx, rect.height * pxPerPx];
      const [toX, toY] = [Math.round(rect.x * scale), Math.round(rect.y * scale)];
      const to = [toX, toY, Math.round((rect.x + rect.width) * scale) - toX, Math.round((rect.y + rect.height) * scale) - toY];
      context.drawImage(this.#video, .../** @type {[number, number, number, number]} */ (from), .../** @type {[number, number, number, number]} */ (to));
    }
    if (!rects.length) return;
    this.#empty = false;
    this.dispatchEvent(new Event("change"));
  }

  /** Gives the canvas the size of the page. What is drawn stays, unless it is lost. @param {import("./pieces.js").Size} page @param {number} scale @param {boolean} lost */
  #fit(page, scale, lost) {
    const [width, height] = [Math.max(1, Math.round(page.width * scale)), Math.max(1, Math.round(page.height * scale))];
    const before = this.#canvas;
    if (!lost && before.width === width && before.height === height && !this.#empty) return;
    this.#canvas = Object.assign(document.createElement("canvas"), { width, height });
    const context = /** @type {CanvasRenderingContext2D} */ (this.#canvas.getContext("2d"));
    context.fillStyle = BLANK;
    context.fillRect(0, 0, width, height);
    // The page has become longer: its width, and so the ratio of both pictures, says how large it is drawn now.
    if (!lost && !this.#empty) context.drawImage(before, 0, 0, width, (before.height * width) / before.width);
  }
}

/** @param {HTMLCanvasElement} canvas @param {number} scale */
function smaller(canvas, scale) {
  const small = Object.assign(document.createElement("canvas"), { width: Math.ceil(canvas.width * scale), height: Math.ceil(canvas.height * scale) });
  small.getContext("2d")?.drawImage(canvas, 0, 0, small.width, small.height);
  return small;
}

/** @param {HTMLCanvasElement} canvas @param {number} quality @returns {Promise<Blob | null>} */
const jpeg = (canvas, quality) => new Promise((resolve) => canvas.toBlob(resolve, "image/jpeg", quality));
