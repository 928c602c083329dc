/**
 * Areas that a page reported by CSS selector, as areas of the stimulus. Pure.
 *
 * @typedef {import("../server.js").Timeline} Timeline
 * @typedef {import("../server.js").SentArea} SentArea
 * @typedef {{from: number, to: number, of: number}} Span ms from the onset of a showing, which lasts `of`
 * @typedef {SentArea & {times: readonly [number, number][]}} Reported times: when it was there, ms from the onset; empty: always
 */
import { lastAt } from "../replay/time-index.js";

/**
 * @param {readonly Timeline[]} timelines @param {string | null} stimulus null: the whole screen
 * @returns {Reported[]} of the first recording that has some, each at its last place; of a page, in units of the page
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

/** @param {Timeline} timeline @param {string | null} stimulus @returns {Reported[]} */
function reportedIn({ areas, stimuli, duration_ms }, stimulus) {
  const showings = stimulus === null ? [whole(duration_ms)] : stimuli.filter(({ name }) => name === stimulus);
  /** @type {Map<string, {area: SentArea, spans: Span[]}>} */
  const found = new Map();
  areas.forEach(({ t_ms: from, areas: reported }, i) => {
    const to = areas[i + 1]?.t_ms ?? Infinity;
    const shown = showings.find(({ start_ms, end_ms }) => from <= end_ms && (from >= start_ms || Math.min(to, end_ms) - start_ms > LATE_MS));
    if (!shown) return;
    const begins = Math.max(from, shown.start_ms);
    const span = { from: begins - shown.start_ms, to: Math.min(to, shown.end_ms) - shown.start_ms, of: shown.end_ms - shown.start_ms };
    const [left, top, wide, high] = placeAt(shown, begins);
    for (const { name, x, y, width, height } of reported) {
      const [a, b] = [[(x - left) / wide, (y - top) / high], [(x + width - left) / wide, (y + height - top) / high]];
      const points = [/** @type {[number, number]} */ (a), /** @type {[number, number]} */ (b)];
      found.set(name, { area: { name, shape: "rectangle", points }, spans: joined(found.get(name)?.spans ?? [], span) });
    }
  });
  return [...found.values()].map(({ area, spans }) => ({ ...area, times: spans.every(isWhole) ? [] : spans.map(({ from, to }) => [from, to]) }));
}

/** @param {readonly Span[]} spans @param {Span} next @returns {Span[]} joined where they touch */
function joined(spans, next) {
  const last = spans.at(-1);
  return last && last.to === next.from ? [...spans.slice(0, -1), { ...next, from: last.from }] : [...spans, next];
}

/** @param {Span} span */
const isWhole = ({ from, to, of }) => from <= LATE_MS && to >= of - LATE_MS;

/** @typedef {Pick<import("../server.js").Shown, "start_ms" | "end_ms" | "rect" | "moves">} Showing */
/** @param {number} durationMs @returns {Showing} */
const whole = (durationMs) => ({ start_ms: 0, end_ms: durationMs, rect: { x: 0, y: 0, width: 1, height: 1 }, moves: [] });

/** @param {Showing} shown @param {number} timeMs @returns {number[]} x, y, width, height on the screen */
function placeAt({ rect, moves }, timeMs) {
  const moved = moves[lastAt(moves.map(([at]) => at), timeMs)];
  return moved ? moved.slice(1) : [rect.x, rect.y, rect.width, rect.height];
}
