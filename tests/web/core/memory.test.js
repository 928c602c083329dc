import assert from "node:assert/strict";
import test from "node:test";

import { recall, remember } from "../../../web/core/memory.js";

/** A browser's storage. */
function storage(values = new Map()) {
  return { full: false, getItem: (key) => values.get(key) ?? null, setItem(key, value) { if (this.full) throw new Error("full"); values.set(key, value); } };
}

test("without storage, values last as long as the page", () => {
  remember("a", "1");
  assert.deepEqual([recall("a"), recall("b")], ["1", ""]);
});

test("a value of another window is read, and one that does not fit into the storage is kept here", () => {
  globalThis.localStorage = storage();
  remember("a", "mine");
  localStorage.setItem("a", "of the other window");
  assert.equal(recall("a"), "of the other window");
  localStorage.full = true;
  remember("a", "mine again");
  assert.equal(recall("a"), "mine again");
  delete globalThis.localStorage;
});
