/**
 * The page in a frame of the study: how far it is scrolled and how large it is. A page of this server can be asked. One of another
 * origin sends it, if it has page-place.js; otherwise only the frame is known, as if the page ended with it.
 *
 * Emits `move` when the place is another one.
 *
 * @typedef {{x: number, y: number, width: number, height: number}} Place scroll and size of the page, CSS px
 */
const ASKED_MS = 250;
/** CSS px, the most that the server accepts. */
const MOST_PX = 100_000;

export class Site extends EventTarget {
  #frame;
  #abort = new AbortController();
  #timer;
  /** @type {Place | null} */
  #told = null;
  #known = "";

  /** @param {HTMLIFrameElement} frame */
  constructor(frame) {
    super();
    this.#frame = frame;
    const { signal } = this.#abort;
    window.addEventListener("message", ({ source, data }) => source === frame.contentWindow && this.#tell(data), { signal });
    this.#timer = window.setInterval(() => this.#changed(), ASKED_MS);
    this.#known = JSON.stringify(this.place);
    frame.contentWindow?.postMessage({ type: "sightline-place" }, "*");
  }

  destroy() {
    this.#abort.abort();
    window.clearInterval(this.#timer);
  }

  /** @returns {Place} */
  get place() {
    return askedOf(this.#frame) ?? this.#told ?? { x: 0, y: 0, width: this.#frame.clientWidth, height: this.#frame.clientHeight };
  }

  /** The whole page in the viewport. @returns {{left: number, top: number, width: number, height: number}} */
  get box() {
    const { left, top } = this.#frame.getBoundingClientRect();
    const { x, y, width, height } = this.place;
    return { left: left - x, top: top - y, width, height };
  }

  /** What is in the frame now. @returns {import("../core/page-picture/picture.js").Seen} */
  get seen() {
    const { left, top } = this.#frame.getBoundingClientRect();
    const { x, y, width, height } = this.place;
    const view = { x, y, width: this.#frame.clientWidth, height: this.#frame.clientHeight };
    return { page: { width, height }, view, left, top, covered: [] };
  }

  /** @param {any} data of a message from the page: anything may come */
  #tell(data) {
    const place = placeIn(data);
    if (!place) return;
    this.#told = place;
    this.#changed();
  }

  #changed() {
    const now = JSON.stringify(this.place);
    if (now === this.#known) return;
    this.#known = now;
    this.dispatchEvent(new Event("move"));
  }
}

/** @param {any} data @returns {Place | null} null if it is no message of page-place.js */
export function placeIn(data) {
  if (data?.type !== "sightline-place") return null;
  const { x, y, width, height } = data;
  const [placed, sized] = [[x, y], [width, height]];
  if (!placed.every((px) => Number.isFinite(px) && Math.abs(px) <= MOST_PX) || !sized.every((px) => px >= 1 && px <= MOST_PX)) return null;
  return { x, y, width, height };
}

/** @param {HTMLIFrameElement} frame @returns {Place | null} null for a page of another origin */
function askedOf({ contentWindow, contentDocument }) {
  const root = contentDocument?.documentElement;
  if (!contentWindow || !root) return null;
  return { x: contentWindow.scrollX, y: contentWindow.scrollY, width: Math.max(1, root.scrollWidth), height: Math.max(1, root.scrollHeight) };
}
