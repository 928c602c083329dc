/**
 * Which parts of a page have been seen while it scrolls, and which a new view adds. Pure.
 *
 * 1. A part that was seen stays as it was seen first: a bar that stays at the edge of the window would cover it later.
 * 2. As long as the page stands still, its newest parts are taken again, because pictures load late.
 * 3. A page of another width is laid out anew, so all its parts are lost.
 *
 * @typedef {{x: number, y: number, width: number, height: number}} Rect CSS px of the page
 * @typedef {{width: number, height: number}} Size
 */

/** Each scroll adds one or two, and most of them are joined. */
const MOST_RECTS = 400;

export class Pieces {
  #width = 0;
  /** @type {Rect[]} */
  #seen = [];
  /** @type {Rect[]} */
  #newest = [];
  #key = "";

  /** @param {Size} page @returns {boolean} whether all parts are lost, because the page has another width */
  laidOut({ width }) {
    const lost = this.#width !== 0 && this.#width !== width;
    if (lost) [this.#seen, this.#newest, this.#key] = [[], [], ""];
    this.#width = width;
    return lost;
  }

  /**
   * @param {Size} page @param {Rect} view the part in the window @param {readonly Rect[]} covered parts of it that something
   *   covers @returns {readonly Rect[]} the parts to take from this view
   */
  take(page, view, covered) {
    const key = JSON.stringify([view, covered]);
    if (key === this.#key) return this.#newest;
    const inside = common(view, { x: 0, y: 0, ...page });
    const found = inside ? [...this.#seen, ...covered].reduce((rects, hole) => rects.flatMap((rect) => without(rect, hole)), [inside]) : [];
    this.#key = key;
    this.#newest = this.#seen.length + found.length > MOST_RECTS ? [] : found;
    this.#seen = joined([...this.#seen, ...this.#newest]);
    return this.#newest;
  }
}

/** @param {Rect} a @param {Rect} b @returns {Rect | null} what both cover */
export function common(a, b) {
  const [x, y] = [Math.max(a.x, b.x), Math.max(a.y, b.y)];
  const [right, bottom] = [Math.min(a.x + a.width, b.x + b.width), Math.min(a.y + a.height, b.y + b.height)];
  return right > x && bottom > y ? { x, y, width: right - x, height: bottom - y } : null;
}

/** @param {Rect} rect @param {Rect} hole @returns {Rect[]} what is left of it: above, below, and at both sides of the hole */
export function without(rect, hole) {
  const cut = common(rect, hole);
  if (!cut) return [rect];
  const [right, bottom] = [rect.x + rect.width, rect.y + rect.height];
  const [cutRight, cutBottom] = [cut.x + cut.width, cut.y + cut.height];
  return [
    { x: rect.x, y: rect.y, width: rect.width, height: cut.y - rect.y },
    { x: rect.x, y: cutBottom, width: rect.width, height: bottom - cutBottom },
    { x: rect.x, y: cut.y, width: cut.x - rect.x, height: cut.height },
    { x: cutRight, y: cut.y, width: right - cutRight, height: cut.height },
  ].filter(({ width, height }) => width > 0 && height > 0);
}

/** Joins rectangles that lie on each other with the same sides, so that a page that scrolls has few. @param {Rect[]} rects */
function joined(rects) {
  /** @type {Rect[]} */
  const kept = [];
  for (const rect of [...rects].sort((a, b) => a.x - b.x || a.width - b.width || a.y - b.y)) {
    const last = kept.at(-1);
    if (last && last.x === rect.x && last.width === rect.width && last.y + last.height === rect.y) {
      kept[kept.length - 1] = { ...last, height: last.height + rect.height };
    } else kept.push(rect);
  }
  return kept;
}

/** Browsers draw on canvases up to this size. */
const MOST_SIDE_PX = 16_000;
const MOST_SURFACE_PX = 16_000_000;

/** @param {Size} page CSS px @returns {number} px of the picture in a CSS px of the page, 1 at most */
export function pictureScale({ width, height }) {
  return Math.min(1, MOST_SIDE_PX / Math.max(width, height), Math.sqrt(MOST_SURFACE_PX / (width * height)));
}
