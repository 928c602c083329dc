import assert from "node:assert/strict";
import test from "node:test";

import { isKey, keyName } from "../../../web/study/keys.js";

test("keys have the names of study.yaml", () => {
  assert.equal(keyName({ key: " " }), "space");
  assert.equal(keyName({ key: "Enter" }), "enter");
  assert.equal(keyName({ key: "y" }), "y");
});

test("a key that does something else, or is held, ends nothing", () => {
  for (const key of ["Shift", "Escape", "Tab", "F11"]) assert.equal(keyName({ key }), "");
  assert.equal(keyName({ key: "r", ctrlKey: true }), "");
  assert.equal(keyName({ key: " ", repeat: true }), "");
});

test("a letter counts with and without Shift, and any key counts as any", () => {
  assert.ok(isKey("y", "Y"));
  assert.ok(isKey("any", "x"));
  assert.ok(isKey("space", "space"));
  assert.ok(!isKey("space", "enter"));
  assert.ok(!isKey("any", ""));
  assert.ok(!isKey(null, "x"));
});
