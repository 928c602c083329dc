import assert from "node:assert/strict";
import test from "node:test";

import { Refused, Requests } from "../../../web/core/requests.js";

function connected() {
  const sent = [];
  const requests = new Requests({ send: (message) => Boolean(sent.push(message)) });
  return { sent, requests };
}

test("each request gets the answer that repeats its id", async () => {
  const { sent, requests } = connected();
  const both = ["a", "b"].map((type) => requests.ask({ type }));
  for (const { request_id, type } of sent.toReversed()) requests.hear({ type: `${type}!`, request_id });
  assert.deepEqual((await Promise.all(both)).map(({ type }) => type), ["a!", "b!"]);
});

test("a request may wait for a later message", async () => {
  const { sent, requests } = connected();
  const until = ({ type, state }) => type === "calibration" && state === "done";
  const done = requests.ask({ type: "calibration_finish" }, { until });
  requests.hear({ type: "calibration", state: "fitting", request_id: sent[0].request_id });
  requests.hear({ type: "calibration", state: "done" });
  assert.equal((await done).state, "done");
});

test("a refusal reaches its request, and an error without an id reaches none", async () => {
  const { sent, requests } = connected();
  const refused = requests.ask({ type: "look_fit" });
  assert.equal(requests.hear({ type: "error", message: "of another request" }), false);
  assert.equal(requests.hear({ type: "error", message: "too few", request_id: sent[0].request_id }), true);
  await assert.rejects(refused, (error) => error instanceof Refused && error.message === "too few");
});

test("a request without an answer ends with its connection", async () => {
  const { requests } = connected();
  const waits = requests.ask({ type: "a" });
  requests.end(new Refused("gone"));
  await assert.rejects(waits, (error) => error instanceof Refused && error.message === "gone");
});

test("an aborted request ends with the reason, and its late answer is taken", async () => {
  const { sent, requests } = connected();
  const abort = new AbortController();
  const waits = requests.ask({ type: "a" }, abort);
  abort.abort(new Error("stopped"));
  await assert.rejects(waits, (error) => error.constructor === Error && error.message === "stopped");
  assert.equal(requests.hear({ type: "error", message: "late", request_id: sent[0].request_id }), true);
});

test("without a connection a request is refused at once", async () => {
  await assert.rejects(new Requests({ send: () => false }).ask({ type: "a" }), Refused);
});
