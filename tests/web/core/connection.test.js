import assert from "node:assert/strict";
import { mock, test } from "node:test";

class FakeSocket extends EventTarget {
  static OPEN = 1;
  static opened = [];
  readyState = FakeSocket.OPEN;

  constructor() {
    super();
    FakeSocket.opened.push(this);
  }

  close() {}

  say(message) {
    this.dispatchEvent(Object.assign(new Event("message"), { data: JSON.stringify(message) }));
  }

  end(code, reason) {
    this.dispatchEvent(Object.assign(new Event("close"), { code, reason }));
  }
}

globalThis.window = globalThis;
globalThis.WebSocket = FakeSocket;
const { Connection } = await import("../../../web/core/connection.js");
const { NO_SERVER } = await import("../../../web/core/texts.js");
const HELLO = { type: "hello", v: 1, version: "0", session: "s_1" };

/** @returns the connection, its newest socket and its states */
function connected() {
  const connection = new Connection({ url: "ws://x" });
  const states = [];
  connection.addEventListener("state", (event) => states.push(event.detail));
  connection.open();
  FakeSocket.opened.at(-1).say(HELLO);
  return { connection, states, socket: FakeSocket.opened.at(-1) };
}

test("a server that stops is tried again when it said, and the page says why", () => {
  mock.timers.enable({ apis: ["setTimeout"] });
  const { connection, states, socket } = connected();
  socket.say({ type: "stopping", retry_ms: 30_000 });
  socket.end(1001, "the server is stopping");
  const { name, reason, retryInMs } = states.at(-1);
  assert.deepEqual([name, reason], ["waiting", NO_SERVER.stopping]);
  assert.ok(retryInMs >= 24_000 && retryInMs <= 36_000);
  const before = FakeSocket.opened.length;
  mock.timers.tick(23_000);
  assert.equal(FakeSocket.opened.length, before);
  mock.timers.tick(14_000);
  assert.equal(FakeSocket.opened.length, before + 1);
  FakeSocket.opened.at(-1).end(1006, ""); // it is not back yet: the usual delays
  assert.equal(states.at(-1).reason, "");
  assert.ok(states.at(-1).retryInMs < 5_000);
  connection.destroy();
  mock.timers.reset();
});

test("a lost connection is tried again soon", () => {
  mock.timers.enable({ apis: ["setTimeout"] });
  const { connection, states, socket } = connected();
  socket.end(1006, "");
  assert.equal(states.at(-1).name, "waiting");
  assert.ok(states.at(-1).retryInMs <= 600);
  connection.destroy();
  mock.timers.reset();
});
