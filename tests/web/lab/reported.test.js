import assert from "node:assert/strict";
import test from "node:test";

import { reportedOf } from "../../../web/lab/areas/reported.js";

const area = (name, y) => ({ name, x: 0.5, y, width: 0.25, height: 0.25 });
const timeline = (more) => ({ areas: [{ t_ms: 0, areas: [area("#a", 0), area("#b", 0.5)] }, { t_ms: 500, areas: [area("#a", 0.25)] }], stimuli: [], duration_ms: 1000, ...more });

test("areas that a page reported appear on the whole screen at their last place", () => {
  assert.deepEqual(reportedOf([timeline({ areas: [] }), timeline({})], null), [
    { name: "#a", shape: "rectangle", points: [[0.5, 0.25], [0.75, 0.5]], times: [] },
    { name: "#b", shape: "rectangle", points: [[0.5, 0.5], [0.75, 0.75]], times: [[0, 500]] },
  ]);
});

test("on a page they are in units of the page, wherever it was scrolled", () => {
  const page = { name: "page", kind: "page", start_ms: 0, end_ms: 1000, rect: { x: 0, y: 0, width: 1, height: 2 }, moves: [[400, 0, -0.5, 1, 2]] };
  const [a, b] = reportedOf([timeline({ stimuli: [page] })], "page");
  assert.deepEqual(a.points, [[0.5, 0.375], [0.75, 0.5]]);
  assert.deepEqual(b.points, [[0.5, 0.25], [0.75, 0.375]]);
});

const trial = (name, start_ms, end_ms) => ({ name, kind: "mark", start_ms, end_ms, rect: { x: 0, y: 0, width: 1, height: 1 }, moves: [] });

test("a trial of an experiment has the areas that its page reported while it was shown", () => {
  const recording = timeline({ stimuli: [trial("before", -900, -1), trial("first", 0, 480), trial("second", 480, 1000)] });
  assert.deepEqual(reportedOf([recording], "before"), []);
  assert.deepEqual(reportedOf([recording], "first").map(({ name }) => name), ["#a", "#b"]);
  assert.deepEqual(reportedOf([recording], "second").map(({ name }) => name), ["#a"], "the report of the first lasts some ms longer");
});

test("areas that stay are those of the next trial as well", () => {
  const recording = timeline({ areas: [{ t_ms: 0, areas: [area("#a", 0)] }], stimuli: [trial("first", 0, 400), trial("second", 400, 1000)] });
  assert.deepEqual(reportedOf([recording], "second").map(({ name }) => name), ["#a"]);
});

test("what was shown without a report has no areas", () => {
  assert.deepEqual(reportedOf([timeline({ areas: [], stimuli: [trial("cat", 0, 1000)] })], "cat"), []);
});

test("an area that was there for a part of the time says when, from the onset of the stimulus", () => {
  const areas = [[0, "#menu"], [700, "#menu", "#popup"], [900, "#menu", "#popup"], [1200, "#menu"], [1500, "#menu", "#popup"]];
  const reports = areas.map(([t_ms, ...names]) => ({ t_ms, areas: names.map((name) => area(name, 0)) }));
  const [menu, popup] = reportedOf([timeline({ areas: reports, stimuli: [trial("page", 200, 2200)] })], "page");
  assert.deepEqual([menu.times, popup.times], [[], [[500, 1000], [1300, 2000]]]);
});

test("an area that was there in each of several showings was always there", () => {
  const recording = timeline({ areas: [{ t_ms: 0, areas: [area("#a", 0)] }, { t_ms: 1000, areas: [area("#a", 0)] }], stimuli: [trial("cat", 0, 1000), trial("cat", 1000, 1600)] });
  assert.deepEqual(reportedOf([recording], "cat").map(({ times }) => times), [[]]);
});
