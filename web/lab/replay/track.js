/**
 * One person's recording as a replay of one stimulus shows it. Pure.
 *
 * Times are ms from the onset of the stimulus. A stimulus that was shown several times is one track: the showings follow each
 * other. Places are in units of the stimulus, so they lie on a page while it scrolls. Without a stimulus, the track is the whole
 * recording, and places are in units of the screen.
 *
 * @typedef {import("../server.js").Timeline} Timeline
 * @typedef {import("../server.js").Rect} Rect
 * @typedef {import("./spans.js").Span} Span
 * @typedef {{recording: string, durationMs: number, size: {width: number, height: number}, times: Float64Array, x: Float32Array,
 *   y: Float32Array, radius: Float32Array, fixations: (Span & {x: number, y: number})[], saccades: Span[], blinks: Span[],
 *   lost: (Span & {status: string})[], marks: {time: number, label: string}[], shown: (Span & {name: string, rect: Rect,
 *   picture: boolean})[], targets: (Span & {x: number, y: number})[]}} Track x, y: NaN without a point; radius: in widths of the stimulus; size: px; shown, targets: of a whole recording
 */
import { between, lastAt } from "./time-index.js";

const WHOLE = { x: 0, y: 0, width: 1, height: 1 };

/** @param {Timeline} timeline @param {string | null} stimulus @returns {Track | null} null if the person was not shown it */
export function trackOf(timeline, stimulus) {
  const parts = partsOf(timeline, stimulus);
  if (!parts.length) return null;
  const { samples } = timeline;
  const { width_px: screenWidth, height_px: screenHeight } = timeline.screen;
  const ranges = parts.map(({ start, end }) => between(samples.t_ms, start, end));
  const count = ranges.reduce((sum, [first, after]) => sum + after - first, 0);
  const [times, x, y, radius] = [new Float64Array(count), new Float32Array(count), new Float32Array(count), new Float32Array(count)];
  let n = 0;
  parts.forEach(({ shift, placeAt }, k) => {
    for (let i = ranges[k][0]; i < ranges[k][1]; i += 1, n += 1) {
      const time = samples.t_ms[i];
      const place = placeAt(time);
      times[n] = time + shift;
      x[n] = ((samples.x[i] ?? NaN) - place.x) / place.width;
      y[n] = ((samples.y[i] ?? NaN) - place.y) / place.height;
      radius[n] = (samples.radius_px[i] ?? timeline.accuracy?.px ?? 0) / (place.width * screenWidth);
    }
  });
  /** @template {{start_ms: number, end_ms: number}} E @param {E[]} events @returns {(E & Span)[]} those in the parts, cut at their edges */
  const within = (events) =>
    parts.flatMap(({ start, end, shift }) =>
      events
        .filter((event) => event.end_ms > start && event.start_ms < end)
        .map((event) => ({ ...event, start: Math.max(event.start_ms, start) + shift, end: Math.min(event.end_ms, end) + shift })),
    );
  const shown = timeline.stimuli.find(({ name }) => name === stimulus);
  const [width, height] = shown?.size_px ?? [screenWidth, screenHeight];
  return {
    recording: timeline.recording,
    durationMs: parts.reduce((sum, { start, end }) => sum + end - start, 0),
    size: { width, height },
    times, x, y, radius,
    fixations: parts.flatMap(({ start, end, shift, placeAt }) =>
      timeline.fixations
        .filter((it) => it.end_ms > start && it.start_ms < end)
        .map((it) => {
          const place = placeAt((it.start_ms + it.end_ms) / 2);
          const [from, to] = [Math.max(it.start_ms, start) + shift, Math.min(it.end_ms, end) + shift];
          return { start: from, end: to, x: (it.x - place.x) / place.width, y: (it.y - place.y) / place.height };
        }),
    ),
    saccades: within(timeline.saccades),
    blinks: within(timeline.blinks),
    lost: within(timeline.lost),
    marks: parts.flatMap(({ start, end, shift }) =>
      timeline.marks.filter(({ t_ms }) => t_ms >= start && t_ms <= end).map(({ t_ms, label }) => ({ time: t_ms + shift, label })),
    ),
    shown: stimulus === null ? within(timeline.stimuli) : [],
    targets: stimulus === null ? within(timeline.targets) : [],
  };
}

/**
 * The times in which the stimulus was shown. shift: from the time of the recording to that of the track.
 * @param {Timeline} timeline @param {string | null} stimulus
 * @returns {{start: number, end: number, shift: number, placeAt: (time: number) => Rect}[]}
 */
function partsOf(timeline, stimulus) {
  if (stimulus === null) return [{ start: 0, end: timeline.duration_ms, shift: 0, placeAt: () => WHOLE }];
  let before = 0;
  return timeline.stimuli
    .filter(({ name, start_ms, end_ms }) => name === stimulus && end_ms > start_ms)
    .map(({ start_ms: start, end_ms: end, rect, moves }) => {
      const part = { start, end, shift: before - start, placeAt: places(rect, moves) };
      before += end - start;
      return part;
    });
}

/** @param {Rect} rect @param {number[][]} moves @returns {(time: number) => Rect} */
function places(rect, moves) {
  if (!moves.length) return () => rect;
  const times = moves.map(([time]) => time);
  const rects = moves.map(([, x, y, width, height]) => ({ x, y, width, height }));
  return (time) => rects[lastAt(times, time)] ?? rect;
}

/** A sample holds until the next one, but not longer than this: then data were lost. */
const HOLD_MS = 250;

/** @param {Track} track @param {number} time ms @returns {number} the index of the point at this time, -1 without one */
export function pointAt(track, time) {
  const index = lastAt(track.times, time);
  if (index < 0 || Number.isNaN(track.x[index]) || time - track.times[index] > HOLD_MS) return -1;
  return index;
}
