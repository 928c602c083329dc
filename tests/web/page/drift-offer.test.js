import assert from "node:assert/strict";
import test from "node:test";

import { DriftAdvice, DriftOffer, GROWN } from "../../../web/page/drift-offer.js";
import { golden } from "../support.js";

const MINUTE_MS = 60_000;

function after(first, last, { n = 400, atMs = 0 } = {}) {
  const advice = new DriftAdvice(0);
  for (let i = 0; i < 400; i += 1) advice.add(first);
  for (let i = 0; i < n; i += 1) advice.add(last);
  return advice.reason(atMs);
}

test("a check is advised ten minutes after the calibration", () => {
  const advice = new DriftAdvice(5000);
  assert.equal(advice.reason(5000 + 10 * MINUTE_MS - 1), null);
  assert.equal(advice.reason(5000 + 10 * MINUTE_MS), "age");
  assert.equal(advice.minutes(5000 + 12.2 * MINUTE_MS), 12);
});

test("a check is advised when the expected error has grown by half", () => {
  assert.equal(after(60, 91), "error");
  assert.equal(after(60, 89), null);
  assert.equal(after(60, 91, { atMs: 20 * MINUTE_MS }), "error");
});

test("the growth that counts is that from which the server names a cause", () => {
  assert.equal(GROWN, golden("server_rules.json").error_has_grown);
});

test("a few samples with a large error are no reason", () => {
  assert.equal(after(60, 500, { n: 399 }), null);
  const advice = new DriftAdvice(0);
  for (let i = 0; i < 400; i += 1) advice.add(60);
  for (let i = 0; i < 4000; i += 1) advice.add(i % 3 ? 60 : 500);
  assert.equal(advice.reason(0), null);
});

test("before there are samples to compare, only the age counts", () => {
  const advice = new DriftAdvice(0);
  assert.equal(advice.reason(MINUTE_MS), null);
  advice.add(500);
  assert.equal(advice.reason(11 * MINUTE_MS), "age");
});

test("an offer gives the cause of a larger error, where there is one, as its reason", (t) => {
  const parts = new Map();
  const part = (id) => parts.get(id) ?? parts.set(id, { hidden: true, textContent: "", addEventListener() {} }).get(id);
  const said = [];
  const offer = new DriftOffer({ part, check() {}, allowed: () => true, next: () => null, announce: (text) => said.push(text) });
  const now = Date.now();
  t.mock.method(Date, "now", () => now + 11 * MINUTE_MS);
  const show = (doubt) => {
    for (let i = 0; i < 30; i += 1) offer.onGaze({ valid: true, error_px: 60 }, doubt);
    return part("check-reason").textContent;
  };
  assert.match(show(""), /^Last check: 11 min ago/);
  assert.equal(show("You have moved nearer."), "You have moved nearer.");
  assert.match(show(""), /^Last check/);
  assert.deepEqual([said.length, part("check-offer").hidden, part("tracking-hint").hidden], [3, false, true]);
});
