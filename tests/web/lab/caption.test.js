import assert from "node:assert/strict";
import test from "node:test";

import { captionOf, spanOf, wrapped } from "../../../web/lab/pictures/caption.js";

const viewer = (recording, accuracy_px, lost = 0.02) => ({ recording, accuracy_px, lost, shown_ms: 11_300 });
const people = ["Ada", "Ben", "Cleo"].map((name, i) => ({ name, recording: `r_${i}` }));
const subject = (viewers) => ({
  kind: "heat", analysis: { people: viewers, span_ms: null }, people, stimulus: "cat", when: new Date(2026, 10, 30),
});

test("a caption names the picture, the people, the time and the accuracy", () => {
  const [title, facts] = captionOf(subject([viewer("r_0", 52.2), viewer("r_1", 66)]));
  assert.equal(title, "Heat map of “cat”");
  assert.equal(facts, "Ada, Ben · 0:00.0 to 0:11.3 · accuracy ±52 to ±66 px · 2.0 % of the samples lost");
});

test("people who were not shown the stimulus are not named, and an unknown accuracy is said", () => {
  const [, facts] = captionOf(subject([viewer("r_2", null)]));
  assert.match(facts, /^Cleo · .*accuracy not known/);
});

test("a gaze plot of the first people says nothing of the others", () => {
  const [, facts] = captionOf({ ...subject([viewer("r_0", 50), viewer("r_1", 90)]), kind: "gaze", people: people.slice(0, 1) });
  assert.match(facts, /^Ada · .*accuracy ±50 px · /);
});

test("a span that was asked for ends with what was shown", () => {
  const people = [{ ...viewer("r_0", 50), shown_ms: 9300 }]; // inside the span
  assert.deepEqual(spanOf({ span_ms: [2000, 1e9], people }), [2000, 11_300]);
  assert.deepEqual(spanOf({ span_ms: [2000, 3000], people }), [2000, 3000]);
  assert.deepEqual(spanOf({ span_ms: null, people: [] }), [0, 0]);
});

test("lines are as wide as they may be, and a long word stays whole", () => {
  assert.deepEqual(wrapped("one two three fourteen-letters", 9, (text) => text.length), ["one two", "three", "fourteen-letters"]);
});
