import assert from "node:assert/strict";
import test from "node:test";

import { between, firstAt, lastAt, nextTime } from "../../../web/lab/replay/time-index.js";

const TIMES = [0, 10, 20, 20, 30];

test("the last value at or before a time is found, also between and beyond the values", () => {
  assert.deepEqual([-1, 0, 9, 10, 20, 29, 99].map((time) => lastAt(TIMES, time)), [-1, 0, 0, 1, 3, 3, 4]);
  assert.equal(lastAt([], 5), -1);
});

test("the first value at or after a time is found", () => {
  assert.deepEqual([-1, 0, 9, 20, 21, 31].map((time) => firstAt(TIMES, time)), [0, 0, 1, 2, 4, 5]);
});

test("a range has the values at both its ends", () => {
  assert.deepEqual(between(TIMES, 10, 20), [1, 4]);
  assert.deepEqual(between(TIMES, 11, 12), [2, 2]);
});

test("a step leads to the nearest time of several people, and to none at the end", () => {
  const lists = [[0, 33, 66], [5, 40]];
  assert.equal(nextTime(lists, 0, 1), 5);
  assert.equal(nextTime(lists, 5, 1), 33);
  assert.equal(nextTime(lists, 40, -1), 33);
  assert.equal(nextTime(lists, 66, 1), null);
  assert.equal(nextTime([], 0, 1), null);
});
