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

/** Pages measure their areas a few times a second, so a report of what was shown before lasts so long at most. */
const LATE_MS = 300;

/** @param {Timeline} timeline @param {string | null} stimulus @returns {SentArea[]} */
function reportedIn({ areas, stimuli }, stimulus) {
  const showings = stimulus === null ? [WHOLE] : stimuli.filter(({ name }) => name === stimulus);
  /** @type {Map<string, SentArea>} */
  const found = new Map();
  areas.forEach(({ t_ms: from, areas: reported }, i) => {
    const to = areas[i + 1]?.t_ms ?? Infinity;
    const shown = showings.find(({ start_ms, end_ms }) => from <= end_ms && (from >= start_ms || Math.min(to, end_ms) - start_ms > LATE_MS));
    if (!shown) return;
    const [left, top, wide, high] = placeAt(shown, Math.max(from, shown.start_ms));
    for (const { name, x, y, width, height } of reported) {
      const [a, b] = [[(x - left) / wide, (y - top) / high], [(x + width - left) / wide, (y + height - top) / high]];
      found.set(name, { name, shape: "rectangle", points: [/** @type {[number, number]} */ (a), /** @type {[number, number]} */ (b)] });
    }
  });
  return [...found.values()];
}

/** @typedef {Pick<import("../server.js").Shown, "start_ms" | "end_ms" | "rect" | "moves">} Showing */
/** @type {Showing} */
const WHOLE = { start_ms: -Infinity, end_ms: Infinity, rect: { x: 0, y: 0, width: 1, height: 1 }, moves: [] };

/** @param {Showing} shown @param {number} timeMs @returns {number[]} x, y, width, height on the screen */
function placeAt({ rect, moves }, timeMs) {
  const moved = moves[lastAt(moves.map(([at]) => at), timeMs)];
  return moved ? moved.slice(1) : [rect.x, rect.y, rect.width, rect.height];
}
