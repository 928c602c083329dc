/**
 * Areas that a page reported by CSS selector, as areas of the stimulus. Pure.
 *
 * @typedef {import("../server.js").Timeline} Timeline
 * @typedef {import("../server.js").SentArea} SentArea
 */
import { lastAt } from "../replay/time-index.js";

/**
 * @param {readonly Timeline[]} timelines @param {string | null} stimulus null: the whole screen
 * @returns {SentArea[]} of the first recording that has some, each at its last place; of a page, in units of the page
 */
export function reportedOf(timelines, stimulus) {
  for (const timeline of timelines) {
    const found = reportedIn(timeline, stimulus);
    if (found.length) return found;
  }
  return [];
}

/** @param {Timeline} timeline @param {string | null} stimulus @returns {SentArea[]} */
function reportedIn({ areas, stimuli }, stimulus) {
  const shown = stimuli.filter(({ name, kind }) => name === stimulus && kind === "page");
  if (stimulus !== null && !shown.length) return [];
  /** @type {Map<string, SentArea>} */
  const found = new Map();
  for (const { t_ms: time, areas: reported } of areas) {
    const page = shown.find(({ start_ms, end_ms }) => time >= start_ms && time <= end_ms);
    if (stimulus !== null && !page) continue;
    const [, left, top, wide, high] = page?.moves[lastAt(page.moves.map(([at]) => at), time)] ?? [0, page?.rect.x ?? 0, page?.rect.y ?? 0, page?.rect.width ?? 1, page?.rect.height ?? 1];
    for (const { name, x, y, width, height } of reported) {
      const [a, b] = [[(x - left) / wide, (y - top) / high], [(x + width - left) / wide, (y + height - top) / high]];
      found.set(name, { name, shape: "rectangle", points: [/** @type {[number, number]} */ (a), /** @type {[number, number]} */ (b)] });
    }
  }
  return [...found.values()];
}
