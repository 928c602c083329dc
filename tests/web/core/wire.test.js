import assert from "node:assert/strict";
import test from "node:test";

import { encodeHeader, parseServerMessage, ProtocolError } from "../../../web/core/wire.js";
import { golden } from "../support.js";

for (const { about, frame, hex } of golden("frame_headers.json")) {
  test(`the header of ${about} has the bytes that the server reads`, () => {
    assert.equal(Buffer.from(encodeHeader(frame)).toString("hex"), hex);
  });
}

const refused = [
  [() => parseServerMessage("{"), /not JSON/],
  [() => parseServerMessage("[1]"), /no type/],
  [() => parseServerMessage("null"), /no type/],
  [() => parseServerMessage("7"), /no type/],
  [() => parseServerMessage('{"type":7}'), /no type/],
  [() => parseServerMessage('{"type":"gaze","v":2}'), /version 2/],
  [() => encodeHeader(header({ capturedMs: NaN })), /finite/],
  [() => encodeHeader(header({ roi: { x: 5, y: 0, width: 9, height: 1 } })), /leaves/],
];

function header(changed) {
  const roi = { x: 0, y: 0, width: 1, height: 1 };
  return { seq: 1, capturedMs: 1, roi, full: { width: 9, height: 9 }, ...changed };
}

for (const [act, message] of refused) {
  test(`what is not the protocol is an error: ${message.source}, ${act}`, () => {
    assert.throws(act, (error) => error instanceof ProtocolError && message.test(error.message));
  });
}

test("a message of an unknown type is no error", () => {
  assert.deepEqual(parseServerMessage('{"type":"surprise","v":3}'), { type: "surprise", v: 3 });
});
