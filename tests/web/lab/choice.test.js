import assert from "node:assert/strict";
import test from "node:test";

import { chosenIn, hashOf } from "../../../web/lab/choice.js";

test("an address keeps what is chosen, whatever the name of the stimulus", () => {
  const chosen = { recordings: ["r_1", "r_2"], stimulus: "page #1 & more", view: "areas" };
  assert.deepEqual(chosenIn(hashOf(chosen)), chosen);
  for (const stimulus of [null, undefined]) assert.deepEqual(chosenIn(hashOf({ ...chosen, stimulus })), { ...chosen, stimulus });
});

test("an address with nothing or with nonsense opens the replay of nothing", () => {
  for (const hash of ["", "#", "#view=fly&recordings=,,"]) assert.deepEqual(chosenIn(hash), { recordings: [], stimulus: undefined, view: "replay" });
});

test("a recording that is named twice counts once", () => {
  assert.deepEqual(chosenIn("#recordings=r_1,r_1").recordings, ["r_1"]);
});
