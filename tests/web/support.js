/** What the units of web/ share: data that Python checks too, and a comparison for numbers that are not exact. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";

/** @param {string} name of a file in tests/golden/; tests/web/test_golden.py holds it against the server */
export function golden(name) {
  return JSON.parse(readFileSync(new URL(`../golden/${name}`, import.meta.url), "utf8"));
}

/** @param {number} actual @param {number} expected @param {number} [tolerance] */
export function assertClose(actual, expected, tolerance = 1e-9) {
  assert.ok(Math.abs(actual - expected) <= tolerance, `${actual} is not ${expected} within ${tolerance}`);
}
