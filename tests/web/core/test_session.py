"""One client's session of the protocol: what a lost connection does to a calibration."""

from __future__ import annotations

from tests.support.page import Evaluate, needs_browser

pytestmark = needs_browser


LOSE = """(async () => {
  class FakeSocket extends EventTarget {
    static OPEN = 1;
    readyState = 1;
    constructor() { super(); sockets.push(this); this.sent = []; }
    send(text) { if (typeof text === "string") this.sent.push(JSON.parse(text)); }
    close() {}
    say(message) { this.dispatchEvent(new MessageEvent("message", { data: JSON.stringify(message) })); }
    hello(session) { this.say({ type: "hello", v: 1, session, token: `t_${session}` }); }
    drop() { this.readyState = 3; this.dispatchEvent(new CloseEvent("close", { code: 1006 })); }
    answer(type, answer) {
      const { request_id } = this.sent.findLast((message) => message.type === type);
      this.say({ ...answer, request_id });
    }
  }
  const sockets = [];
  const { WebSocket } = window;
  window.WebSocket = FakeSocket;
  const session = new m.ServerSession({ url: "ws://nowhere", video: document.createElement("video") });
  const renewals = [];
  session.addEventListener("renewed", ({ detail }) => renewals.push(detail));
  const settle = () => new Promise((next) => setTimeout(next));
  const done = () => sockets.at(-1).say({ type: "calibration", state: "done", report: { median_error_px: 40 } });
  const lose = async (name) => {
    sockets.at(-1).drop();
    session.connection.retryNow();
    sockets.at(-1).hello(name);
    await settle();
  };
  session.open();
  sockets[0].hello("s_1");
  try {
    SCRIPT
  } finally {
    session.destroy();
    window.WebSocket = WebSocket;
  }
})()"""


def lose(evaluate: Evaluate, script: str) -> object:
    return evaluate("/core/session.js", LOSE.replace("SCRIPT", script))


def test_each_session_first_gets_the_geometry_of_the_page(evaluate: Evaluate) -> None:
    script = 'await lose("s_2"); return [session.id, session.token, sockets.map(({ sent }) => sent[0].type)];'
    assert lose(evaluate, script) == ["s_2", "t_s_2", ["geometry", "geometry"]]


def test_a_lost_calibration_that_was_saved_is_loaded_again(evaluate: Evaluate) -> None:
    script = """
      done();
      sockets[0].say({ type: "calibration", state: "saved", user: "Ada" });
      await lose("s_2");
      const between = [session.report, session.resuming];
      sockets[1].answer("profile_load", { type: "calibration", state: "loaded", report: { median_error_px: 41 } });
      await settle();
      return [between, session.report.median_error_px, session.savedAs, session.resuming, renewals];
    """
    assert lose(evaluate, script) == [[None, True], 41, "Ada", False, [{"had": True, "savedAs": "Ada", "reason": ""}]]


def test_a_connection_lost_while_loading_loads_the_calibration_again(evaluate: Evaluate) -> None:
    script = """
      done();
      sockets[0].say({ type: "calibration", state: "saved", user: "Ada" });
      await lose("s_2");
      await lose("s_3");
      sockets[2].answer("profile_load", { type: "calibration", state: "loaded", report: { median_error_px: 41 } });
      await settle();
      return [session.savedAs, renewals.length];
    """
    assert lose(evaluate, script) == ["Ada", 1]


def test_a_lost_calibration_that_was_not_saved_or_was_deleted_is_reported_lost(evaluate: Evaluate) -> None:
    script = """
      await lose("s_2");
      done();
      await lose("s_3");
      done();
      sockets[2].say({ type: "calibration", state: "saved", user: "Ada" });
      await lose("s_4");
      sockets[3].answer("profile_load", { type: "error", code: "profile_failed", message: "there is none" });
      await settle();
      return [session.report, renewals];
    """
    assert lose(evaluate, script) == [
        None,
        [
            {"had": False, "savedAs": "", "reason": ""},
            {"had": True, "savedAs": "", "reason": ""},
            {"had": True, "savedAs": "", "reason": "there is none"},
        ],
    ]


def test_an_error_without_a_request_is_emitted_as_a_problem(evaluate: Evaluate) -> None:
    script = """
      const heard = [];
      for (const type of ["message", "problem"]) {
        session.addEventListener(type, ({ detail }) => heard.push([type, detail.type]));
      }
      sockets[0].say({ type: "error", code: "bad", message: "no" });
      const asked = session.ask({ type: "look_fit" }).catch((error) => error.answer.code);
      sockets[0].answer("look_fit", { type: "error", code: "few", message: "too few" });
      return [await asked, heard];
    """
    assert lose(evaluate, script) == ["few", [["problem", "error"]]]
