import assert from "node:assert/strict";
import test from "node:test";

import { checkLook, checkName, serverInWords, socketUrl } from "../../../web/plugin/options.js";

globalThis.document = { baseURI: "https://page.example/" }; // where relative addresses start

for (const [server, words] of [
  ["http://127.0.0.1:8765", "the gaze server on this machine (127.0.0.1:8765)"],
  ["http://localhost:8765/", "the gaze server on this machine (localhost:8765)"],
  ["https://gaze.example.org", "the gaze server at gaze.example.org"],
  ["https://127.evil.example", "the gaze server at 127.evil.example"],
]) {
  test(`the dialog says truly where the pictures go: ${server}`, () => {
    assert.equal(serverInWords(server), words);
  });
}

test("a socket's address follows the server's scheme", () => {
  const urls = ["http://a:1/x/", "https://b/"].map((server) => socketUrl(server, "/v1/camera"));
  assert.deepEqual(urls, ["ws://a:1/v1/camera", "wss://b/v1/camera"]);
});

for (const [check, value, good] of [
  [checkName, "page 2", true],
  [checkName, "x".repeat(64), true],
  [checkName, "x".repeat(65), false],
  [checkName, "a\u00a0b", false],
  [checkName, "", false],
  [checkName, undefined, false],
  [checkLook, { x: 1, y: 2, startMs: 5, endMs: 10005 }, true],
  [checkLook, { x: 1, y: 2, startMs: 5, endMs: 10006 }, false],
  [checkLook, { x: 1, y: 2, startMs: 6, endMs: 5 }, false],
  [checkLook, { x: NaN, y: 2, startMs: 5, endMs: 6 }, false],
]) {
  test(`names and looks are taken as the server takes them: ${check.name}(${JSON.stringify(value)})`, () => {
    if (good) assert.doesNotThrow(() => check(value, "it"));
    else assert.throws(() => check(value, "it"), { code: "options" });
  });
}
