import assert from "node:assert/strict";
import test from "node:test";

import { isUserName } from "../../../web/core/names.js";
import { nameProblem } from "../../../web/page/profile-list.js";
import { golden } from "../support.js";

const names = golden("user_names.json");

test("names are taken and refused as the server does, and a refusal has words", () => {
  for (const name of names.taken) assert.deepEqual([isUserName(name), nameProblem(name)], [true, ""], name);
  for (const name of names.refused) {
    assert.equal(isUserName(name), false, name);
    assert.notEqual(nameProblem(name), "", name);
  }
});

test("every letter is taken or refused as the server does, at the start and inside", () => {
  const letters = Array.from({ length: names.letters_up_to }, (_, point) => String.fromCodePoint(point));
  assert.equal(letters.filter(isUserName).join(""), names.letters_that_begin);
  assert.equal(letters.filter((letter) => isUserName(`a${letter}b`)).join(""), names.letters_inside);
});
