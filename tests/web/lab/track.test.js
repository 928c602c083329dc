import assert from "node:assert/strict";
import test from "node:test";

import { pointAt, trackOf } from "../../../web/lab/replay/track.js";
import { assertClose } from "../support.js";

const shown = (name, start_ms, end_ms, more = {}) => ({
  name, kind: "picture", start_ms, end_ms, rect: { x: 0.25, y: 0, width: 0.5, height: 1 }, moves: [], picture: true, size_px: [500, 500], ...more,
});
const times = Array.from({ length: 101 }, (_, i) => 10 * i);
const timeline = (more = {}) => ({
  recording: "r_1", person: "Ada", label: "", start_ms: 0, duration_ms: 1000, screen: { width_px: 1000, height_px: 500 }, accuracy: null,
  statuses: ["ok", "no_face"],
  samples: {
    t_ms: times, x: times.map((t) => (t === 500 ? null : 0.5)), y: times.map(() => 0.5), radius_px: times.map(() => 50), status: times.map(() => 0),
  },
  fixations: [{ start_ms: 150, end_ms: 350, x: 0.5, y: 0.5 }], saccades: [], blinks: [{ start_ms: 480, end_ms: 520 }],
  lost: [{ start_ms: 500, end_ms: 510, status: "no_face" }], targets: [{ start_ms: 0, end_ms: 50, x: 0.1, y: 0.9 }], marks: [{ t_ms: 700, label: "key" }], areas: [],
  stimuli: [shown("cat", 100, 300), shown("dog", 300, 600), shown("cat", 600, 900)], quality: {}, problems: [], ...more,
});

test("the track of a whole recording has all samples in units of the screen", () => {
  const track = trackOf(timeline(), null);
  assert.equal(track.times.length, 101);
  assert.deepEqual([track.durationMs, track.x[0], track.size], [1000, 0.5, { width: 1000, height: 500 }]);
  assertClose(track.radius[0], 0.05, 1e-6);
  assert.deepEqual(track.shown.map(({ name, start, end }) => [name, start, end]), [["cat", 100, 300], ["dog", 300, 600], ["cat", 600, 900]]);
  assert.deepEqual([track.targets[0].x, track.targets[0].end], [0.1, 50]);
  assert.equal(track.lost[0].status, "no_face");
});

test("the showings of a stimulus follow each other, with places on the stimulus", () => {
  const track = trackOf(timeline(), "cat");
  assert.equal(track.durationMs, 500);
  assert.deepEqual([track.times[0], track.times.at(-1)], [0, 500]);
  assertClose(track.radius[0], 0.1, 1e-6);
  assert.deepEqual(track.fixations, [{ start: 50, end: 200, x: 0.5, y: 0.5 }]);
  assert.deepEqual(track.marks, [{ time: 300, label: "key" }]);
  assert.deepEqual(track.shown, []);
});

test("a page that has scrolled puts the same point of the screen lower on the page", () => {
  const page = shown("page", 0, 1000, { rect: { x: 0, y: 0, width: 1, height: 2 }, moves: [[500, 0, -1, 1, 2]] });
  const track = trackOf(timeline({ stimuli: [page] }), "page");
  assertClose(track.y[10], 0.25);
  assertClose(track.y[60], 0.75);
});

test("a stimulus that was not shown has no track", () => {
  assert.equal(trackOf(timeline(), "fish"), null);
});

test("a point holds until the next sample, and there is none without data", () => {
  const track = trackOf(timeline(), null);
  assert.equal(pointAt(track, 14), 1);
  assert.equal(pointAt(track, 505), -1);
  assert.equal(pointAt(track, -1), -1);
  assert.equal(pointAt(track, 1200), 100);
  assert.equal(pointAt(track, 1300), -1);
});
