"""One client's session of the protocol: what a lost connection does to a calibration, present gaze, the clock."""

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


RENEWED = {"had": True, "kept": True, "savedAs": "", "reason": ""}


# A calibration with the camera `device`, which the test changes.
FIRST_CAMERA = """
  let device = "first";
  session.feed.open = async () => true;
  Object.defineProperty(session.feed, "deviceId", { get: () => device });
  await session.openCamera();
  done();
"""


def lose(evaluate: Evaluate, script: str) -> object:
    return evaluate("/core/session.js", LOSE.replace("SCRIPT", script))


def test_each_session_first_gets_the_geometry_of_the_page(evaluate: Evaluate) -> None:
    script = 'await lose("s_2"); return [session.id, session.token, sockets.map(({ sent }) => sent[0].type)];'
    assert lose(evaluate, script) == ["s_2", "t_s_2", ["geometry", "geometry"]]


def test_the_next_session_is_informed_that_the_page_is_paused(evaluate: Evaluate) -> None:
    script = """
      await lose("s_2");
      Object.defineProperty(session.feed, "sending", { get: () => true });
      await lose("s_3");
      return sockets.map(({ sent }) => sent.filter(({ type }) => type === "pause").length);
    """
    assert lose(evaluate, script) == [0, 1, 0]


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
    assert lose(evaluate, script) == [[None, True], 41, "Ada", False, [RENEWED | {"savedAs": "Ada"}]]


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


def test_a_lost_calibration_that_was_not_saved_is_resumed_with_the_token_of_the_session_that_had_it(
    evaluate: Evaluate,
) -> None:
    script = """
      done();
      await lose("s_2");
      await lose("s_3");
      const { token } = sockets[2].sent.findLast(({ type }) => type === "calibration_resume");
      const report = { median_error_px: 40 };
      sockets[2].answer("calibration_resume", { type: "calibration", state: "loaded", report });
      await settle();
      return [token, session.report.median_error_px, session.savedAs, session.resuming, renewals];
    """
    assert lose(evaluate, script) == ["t_s_1", 40, "", False, [RENEWED]]


def test_a_calibration_that_the_server_does_not_have_or_that_was_deleted_is_reported_lost(evaluate: Evaluate) -> None:
    script = """
      await lose("s_2");
      done();
      await lose("s_3");
      sockets[2].answer("calibration_resume", { type: "error", code: "calibration_gone", message: "not kept" });
      await settle();
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
            RENEWED | {"had": False, "kept": False},
            RENEWED | {"kept": False},
            RENEWED | {"kept": False, "reason": "there is none"},
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


PRESENT = """
  const gaze = { type: "gaze", v: 1, session: "s_1", seq: 7, frame: 7, timestamp: 1e12, space: "screen", valid: true,
    status: "ok", x: 0.5, y: 0.5, x_px: 9, y_px: 9, raw: { x: 0.5, y: 0.5 }, confidence: 1 };
  const heard = [];
  session.addEventListener("message", ({ detail }) => {
    if (detail.type === "gaze") heard.push([detail.status, detail.valid, detail.x, detail.raw]);
  });
  Object.defineProperty(session.feed, "sending", { configurable: true, get: () => sending });
  let sending = true;
  const until = async (holds) => { while (!holds()) await new Promise((next) => setTimeout(next, 10)); };
"""


def test_a_gaze_message_that_nothing_follows_is_soon_followed_by_one_without_a_point(evaluate: Evaluate) -> None:
    script = (
        PRESENT
        + """
      for (let i = 0; i < 3; i += 1) sockets[0].say(gaze);
      const before = session.fresh;
      await until(() => heard.length > 3);
      await new Promise((next) => setTimeout(next, 1200));
      return [before, session.fresh, heard.slice(3)];
    """
    )
    assert lose(evaluate, script) == [True, False, [["no_frames", False, None, None]]]


def test_a_lost_connection_and_a_page_that_stops_sending_end_the_present_gaze_at_once(evaluate: Evaluate) -> None:
    script = (
        PRESENT
        + """
      sockets[0].say(gaze);
      sockets[0].drop();
      const lost = [session.fresh, heard.splice(0).at(-1)];
      session.connection.retryNow();
      sockets[1].hello("s_2");
      sockets[1].say(gaze);
      sending = false;
      session.feed.dispatchEvent(new Event("stopped"));
      const stopped = [session.fresh, heard.at(-1)];
      sockets[1].say(gaze); // the answer of a frame that was sent before
      await new Promise((next) => setTimeout(next, 700));
      return [lost, stopped, session.fresh, heard.length];
    """
    )
    none = [False, None, None]
    assert lose(evaluate, script) == [[False, ["no_frames", *none]], [False, ["paused", *none]], False, 3]


def test_times_are_on_the_servers_clock_also_when_the_pages_clock_falls_behind(evaluate: Evaluate) -> None:
    script = """
      const answerSync = (aheadMs) => {
        const { client_ms, request_id } = sockets[0].sent.findLast((message) => message.type === "time_sync");
        sockets[0].say({ type: "time_sync", client_ms, server_ms: client_ms + aheadMs, request_id });
      };
      const rounds = async (aheadMs) => { for (let i = 0; i < 5; i += 1) { answerSync(aheadMs); await settle(); } };
      const unixMs = () => performance.timeOrigin + performance.now();
      const found = [];
      await rounds(0.3);
      found.push(Math.abs(session.clock.nowMs - unixMs()) < 2);
      const { now } = Date;
      Date.now = () => now() + 3600e3; // after an hour of sleep, the system's clock is ahead of the page's
      try {
        found.push(Math.abs(session.clock.nowMs - unixMs() - 3600e3) < 300, session.clock.due);
        sockets[0].say({ type: "gaze", v: 1, seq: 1, frame: 1, status: "no_face", valid: false });
        await settle();
        await rounds(3600e3 + 40);
        found.push(Math.abs(session.clock.nowMs - unixMs() - 3600e3 - 40) < 5, session.clock.due);
      } finally {
        Date.now = now;
      }
      return found;
    """
    assert lose(evaluate, script) == [True, True, True, True, False]


def test_another_camera_does_not_get_the_calibration_that_is_asked_for_after_a_loss(evaluate: Evaluate) -> None:
    script = """
      await lose("s_2"); // the answer about the calibration has not come
      device = "second";
      await session.openCamera();
      sockets.at(-1).hello("s_3");
      await settle();
      const asked = sockets.at(-1).sent.some(({ type }) => type === "calibration_resume");
      return [asked, session.report, renewals.map(({ had, kept }) => [had, kept])];
    """
    assert lose(evaluate, FIRST_CAMERA + script) == [False, None, [[True, False], [False, False]]]


def test_another_camera_ends_the_calibration_of_the_one_before_it(evaluate: Evaluate) -> None:
    script = """
      await session.openCamera(); // the same one, plugged in again
      const same = [session.report !== null, sockets.length];
      device = "second";
      await session.openCamera();
      return [same, session.report, sockets.length, renewals[0].had, renewals[0].reason];
    """
    same, report, n_sockets, had, reason = lose(evaluate, FIRST_CAMERA + script)  # type: ignore[misc]
    assert (same, report, n_sockets, had) == ([True, 1], None, 2, True)
    assert "another camera" in reason
