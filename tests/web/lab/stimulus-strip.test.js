import assert from "node:assert/strict";
import test from "node:test";

import { shownOf, stimuliOf } from "../../../web/lab/stimulus-strip.js";

const timeline = (recording, ...stimuli) => ({ recording, stimuli: stimuli.map(([name, picture]) => ({ name, picture })) });
const STIMULI = stimuliOf([timeline("r_1", ["text", false], ["cat", false]), timeline("r_2", ["cat", true], ["fish", true])]);

test("stimuli come in the order of their first showing, each with a recording that has its picture", () => {
  assert.deepEqual(STIMULI, [{ name: "text", owner: null }, { name: "cat", owner: "r_2" }, { name: "fish", owner: "r_2" }]);
});

test("the chosen stimulus is shown, and the first one with a picture where none was chosen", () => {
  assert.equal(shownOf(STIMULI, "fish"), "fish");
  assert.equal(shownOf(STIMULI, undefined), "cat");
  assert.equal(shownOf(STIMULI, "of another study"), "cat");
  assert.equal(shownOf(STIMULI, null), null);
  assert.equal(shownOf([], undefined), null);
});
