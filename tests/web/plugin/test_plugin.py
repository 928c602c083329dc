"""The embeddable plugin in a real browser, on a page of another origin."""

from __future__ import annotations

import statistics
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Frame, Page

from tests.support.calibration_page import FILTER_SETTLES_MS, WireLog
from tests.support.page import (
    BROWSER_FLAGS,
    CAMERA_REFUSED,
    CAMERA_WITHOUT_A_FACE,
    CHROMIUM,
    FIRST_CAMERA_IS_BUSY,
    PEOPLE,
    SCREEN,
    TRACKS_COUNTED,
    NewContext,
    let_time_pass,
    needs_browser,
    needs_people,
    open_context,
    press_until,
    wait_until,
)
from tests.support.plugin_page import (
    WITHOUT_ASKING,
    PluginSites,
    gaze_captured_after,
    next_gaze,
    open_plugin_page,
    outcome_of,
)
from tests.support.program import ask_for_game, heard, program
from tests.support.simulated_user import eyes_arrived, load_person, look_at, sit_down
from tests.support.times import LONG_WAIT_MS

pytestmark = needs_browser


@pytest.mark.slow
@needs_people
def test_a_page_of_an_allowed_origin_asks_calibrates_and_gets_gaze_in_its_own_pixels_by_keyboard_alone(
    sites: PluginSites, new_context: NewContext
) -> None:
    person = load_person(PEOPLE[0])
    context = new_context()
    sit_down(context, person)
    page, errors = open_plugin_page(context, sites.friend.origin)
    page.evaluate("void window.connect()")
    dialog = page.get_by_role("dialog")
    dialog.get_by_role("button", name="Allow").wait_for()
    assert "We want to know which of these texts is read." in dialog.inner_text()
    assert sites.friend.origin.removeprefix("http://") in dialog.inner_text()
    assert "on this machine" in dialog.inner_text()
    page.keyboard.press("Enter")
    press_until(page, "Space", at="button:enabled:has-text('Start the dots')", comes="#target")
    dialog.get_by_role("button", name="Use it").wait_for(timeout=LONG_WAIT_MS)
    page.keyboard.press("Enter")
    assert outcome_of(page) == "connected"
    assert page.evaluate("window.seen.keys") == 0, "the page does not get keys that are pressed in the dialog"
    assert page.evaluate("window.gaze.state") == "tracking"
    assert page.evaluate("window.gaze.report.median_error_px") > 0

    distances = []
    for picture in person.held_out()[:8]:
        look_at(page, picture.x, picture.y)
        for point in gaze_captured_after(page, eyes_arrived(page) + FILTER_SETTLES_MS, 3):
            assert point["exact"]
            if point["valid"]:
                dx, dy = point["x"] - picture.x * SCREEN["width"], point["y"] - picture.y * SCREEN["height"]
                distances.append((dx**2 + dy**2) ** 0.5)
    assert len(distances) > 12
    assert statistics.median(distances) < 150, "always guessing the middle is off by about 400"
    assert errors == []


def test_a_page_of_another_origin_gets_nothing(sites: PluginSites, new_context: NewContext) -> None:
    page = new_context().new_page()
    page.goto(sites.stranger.origin)  # until the load event, which waits for modules
    assert not page.evaluate("window.ready"), "not even the module"
    opened = page.evaluate(
        """(server) => Promise.all(["camera", "stream"].map((name) => new Promise((resolve) => {
             const socket = new WebSocket(`${server.replace("http", "ws")}/v1/${name}`);
             socket.onopen = () => resolve("open");
             socket.onclose = ({ code }) => resolve(code);
           })))""",
        sites.server,
    )
    assert opened == [1006, 1006]
    for path in ("/gaze.js", "/v1/gaze/latest", "/v1/sessions"):
        read = page.evaluate("(url) => fetch(url).then((r) => r.text(), (error) => error.name)", sites.server + path)
        assert read == "TypeError", path


def test_a_server_that_is_not_open_to_the_page_is_named_as_the_reason(
    sites: PluginSites, new_context: NewContext
) -> None:
    """A page that has its own copy of the plugin."""
    context = new_context()
    context.add_init_script(CAMERA_WITHOUT_A_FACE)
    page, _ = open_plugin_page(context, sites.friend.origin)
    page.evaluate(
        "(o) => void window.connect(o)", {**WITHOUT_ASKING, "server": "http://127.0.0.1:9", "timeoutMs": 1500}
    )
    outcome = outcome_of(page)
    assert outcome.startswith("server:")
    assert "--allow-origin" in outcome
    assert page.evaluate("document.querySelectorAll('[data-sightline]').length") == 0


def test_without_consent_no_camera_is_opened_and_nothing_remains(sites: PluginSites, new_context: NewContext) -> None:
    context = new_context()
    context.add_init_script("navigator.mediaDevices.getUserMedia = () => { window.cameraAsked = true }")
    page, _ = open_plugin_page(context, sites.friend.origin)
    page.evaluate("void window.connect()")
    page.get_by_role("button", name="Not now").click()
    assert outcome_of(page).startswith("declined:")
    assert not page.evaluate("window.cameraAsked")
    assert page.evaluate("document.querySelectorAll('[data-sightline]').length") == 0


def test_a_blocked_camera_is_explained_and_can_be_tried_again_or_left(
    sites: PluginSites, new_context: NewContext
) -> None:
    context = new_context()
    context.add_init_script(CAMERA_REFUSED.replace("NAME", "NotAllowedError"))
    page, _ = open_plugin_page(context, sites.friend.origin)
    page.evaluate("void window.connect()")
    page.get_by_role("button", name="Allow").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_text("The camera is blocked for this page").wait_for()
    page.get_by_role("button", name="Try again").click()
    dialog.get_by_text("set Camera to Allow").wait_for()
    page.keyboard.press("Escape")
    assert outcome_of(page).startswith("camera: The camera is blocked")
    assert page.evaluate("document.querySelectorAll('[data-sightline]').length") == 0


def test_if_the_camera_is_busy_the_plugin_offers_another_one(sites: PluginSites, new_context: NewContext) -> None:
    context = new_context()
    context.add_init_script(FIRST_CAMERA_IS_BUSY)
    page, _ = open_plugin_page(context, sites.friend.origin)
    page.evaluate("void window.connect({ calibrate: 'manual' })")
    page.get_by_role("button", name="Allow").click()
    page.get_by_role("dialog").get_by_text("Another program is using the camera").wait_for()
    others = page.get_by_label("Another camera")
    assert others.locator("option").all_inner_texts() == ["Choose a camera", "Camera two"]
    others.select_option("two")
    assert outcome_of(page) == "connected"


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        ({"pupose": "x"}, 'no option "pupose"'),
        ({"consent": "maybe"}, "ask, given"),
        ({"calibrate": True}, "overlay, manual"),
        ({"pattern": "7"}, "3, 5, 9, 13, 16"),
        ({"profile": ""}, "profile's name"),
        ({"server": "ftp://x"}, "http://127.0.0.1:8765"),
        ({"page": "x" * 65}, "the name of this page"),
        ({"picture": True}, "needs page"),
    ],
)
def test_a_wrong_option_is_refused_before_anything_happens(
    sites: PluginSites, new_context: NewContext, options: dict[str, Any], reason: str
) -> None:
    page, _ = open_plugin_page(new_context(), sites.friend.origin)
    page.evaluate("(o) => void window.connect(o)", options)
    outcome = outcome_of(page)
    assert outcome.startswith("options:")
    assert reason in outcome


@pytest.mark.parametrize("area", ["p >", 7, {"id": "x"}])
def test_an_invalid_area_is_refused(sites: PluginSites, new_context: NewContext, area: Any) -> None:
    context = new_context()
    context.add_init_script(CAMERA_WITHOUT_A_FACE)
    page, _ = open_plugin_page(context, sites.friend.origin)
    page.evaluate("(o) => void window.connect(o)", {**WITHOUT_ASKING, "areas": [area]})
    assert outcome_of(page).startswith("options:")


def test_a_page_under_test_says_where_it_lies_as_it_scrolls(sites: PluginSites, new_context: NewContext) -> None:
    context = new_context()
    context.add_init_script(CAMERA_WITHOUT_A_FACE)
    page, errors = open_plugin_page(context, sites.friend.origin)
    wire = WireLog(page)

    def shown() -> list[dict[str, Any]]:
        return [message for message in wire.sent if message["type"] == "stimulus"]

    page.evaluate("document.body.style.minHeight = '5000px'")
    page.evaluate("(o) => void window.connect(o)", {**WITHOUT_ASKING, "page": "shop"})
    assert outcome_of(page) == "connected"
    wait_until(page, lambda: len(shown()) == 1)
    page.evaluate("window.scrollTo({ top: 700, behavior: 'instant' })")
    wait_until(page, lambda: len(shown()) == 2)
    page.evaluate("window.gaze.close()")
    wait_until(page, lambda: len(shown()) == 3)
    start, move, end = shown()
    assert [(one["phase"], one["name"], one["kind"]) for one in shown()] == [
        (phase, "shop", "page") for phase in ("start", "move", "end")
    ]
    assert start["height_px"] >= 5000
    assert move["y_px"] == start["y_px"] - 700
    assert start["shown_ms"] < move["shown_ms"] < end["shown_ms"]
    assert not [message for message in wire.received if message["type"] == "error"]
    assert errors == []


def test_a_program_has_the_plugin_play_the_game_or_hears_why_not(sites: PluginSites, new_context: NewContext) -> None:
    context = new_context()
    context.add_init_script(CAMERA_WITHOUT_A_FACE)
    page, errors = open_plugin_page(context, sites.friend.origin)
    wire = WireLog(page)
    page.evaluate("(o) => void window.connect(o)", WITHOUT_ASKING)
    assert outcome_of(page) == "connected"
    wait_until(page, lambda: any(message["type"] == "geometry" for message in wire.received))
    with program(sites.server, wire) as asking:
        ask_for_game(asking)
        dialog = page.get_by_role("dialog", name="Look at the dot until it moves on")
        dialog.wait_for()
        ask_for_game(asking)
        wait_until(page, lambda: any(message["type"] == "game_refuse" for message in wire.sent))
        assert "not ready: calibrating" in heard(asking, "calibration", "refused")["reason"]
        page.keyboard.press("Escape")
        dialog.wait_for(state="detached")
        wait_until(page, lambda: sum(message["type"] == "game_refuse" for message in wire.sent) == 2)
        assert "the person stopped it" in heard(asking, "calibration", "refused")["reason"]
        page.wait_for_function("window.gaze.state === 'uncalibrated'")
        page.evaluate("window.gaze.pause()")
        ask_for_game(asking)
        wait_until(page, lambda: sum(message["type"] == "game_refuse" for message in wire.sent) == 3)
        assert "paused" in heard(asking, "calibration", "refused")["reason"]
    assert errors == []


def test_the_styles_of_the_page_do_not_reach_the_dialog(sites: PluginSites, new_context: NewContext) -> None:
    page, _ = open_plugin_page(new_context(), sites.friend.origin)
    page.evaluate("void window.connect()")
    allow = page.get_by_role("button", name="Allow")
    allow.wait_for()
    look = allow.evaluate(
        """(button) => {
          const { fontSize, letterSpacing, backgroundColor, position } = getComputedStyle(button);
          const { fontFamily } = getComputedStyle(button.closest("dialog"));
          return { fontSize, letterSpacing, backgroundColor, position, fontFamily };
        }"""
    )
    assert look["fontSize"] == "16px"
    assert look["letterSpacing"] == "normal"
    assert look["position"] == "static"
    assert look["backgroundColor"] == "rgb(10, 100, 102)"
    assert "system-ui" in look["fontFamily"]


def test_the_dialog_keeps_the_focus_and_gives_it_back(sites: PluginSites, new_context: NewContext) -> None:
    page, _ = open_plugin_page(new_context(), sites.friend.origin)
    page.evaluate("document.querySelector('#go').focus(); void window.connect()")
    page.get_by_role("button", name="Allow").wait_for()
    for _ in range(5):
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement.matches('[data-sightline], body, html')")
    page.keyboard.press("Escape")
    assert outcome_of(page).startswith("declined")
    assert page.evaluate("document.activeElement.id") == "go"


@needs_people
def test_one_pointer_move_makes_points_accurate_in_a_window_smaller_than_the_screen(
    sites: PluginSites, new_context: NewContext
) -> None:
    context = new_context(viewport={"width": 1000, "height": 560})
    context.add_init_script(
        "addEventListener('pointermove', (e) => { window.offset = [e.screenX - e.clientX, e.screenY - e.clientY] })"
    )
    sit_down(context, load_person(PEOPLE[0]))
    page, _ = open_plugin_page(context, sites.friend.origin)
    page.evaluate("(o) => void window.connect(o)", WITHOUT_ASKING)
    assert outcome_of(page) == "connected"
    assert next_gaze(page, 1)[0]["exact"] is False
    page.mouse.move(300, 200)
    point = next_gaze(page, 2)[1]
    assert point["exact"] is True
    layout, offset = page.evaluate("[window.gaze.layout.viewport, window.offset]")
    assert [layout["x"], layout["y"]] == offset


def test_two_tabs_have_a_session_each(sites: PluginSites, new_context: NewContext) -> None:
    context = new_context()
    context.add_init_script(CAMERA_WITHOUT_A_FACE)
    tabs = [open_plugin_page(context, sites.friend.origin)[0] for _ in range(2)]
    for tab in tabs:
        tab.evaluate("(o) => void window.connect(o)", WITHOUT_ASKING)
    assert [outcome_of(tab) for tab in tabs] == ["connected", "connected"]
    seen = [next_gaze(tab, 3) for tab in tabs]
    sessions = [{point["message"]["session"] for point in points} for points in seen]
    assert sessions == [{tab.evaluate("window.gaze.id")} for tab in tabs]
    assert sessions[0] != sessions[1]
    tabs[0].evaluate("window.gaze.close()")
    assert len(next_gaze(tabs[1], 3)) == 3, "the other tab continues"


def test_a_hidden_page_sends_no_pictures(sites: PluginSites, new_context: NewContext) -> None:
    context = new_context()
    context.add_init_script(CAMERA_WITHOUT_A_FACE)
    page, _ = open_plugin_page(context, sites.friend.origin)
    page.evaluate("(o) => void window.connect(o)", WITHOUT_ASKING)
    assert outcome_of(page) == "connected"
    next_gaze(page, 2)
    hide = """(hidden) => {
      Object.defineProperty(document, "hidden", { value: hidden, configurable: true });
      document.dispatchEvent(new Event("visibilitychange"));
    }"""
    page.evaluate(hide, True)
    assert page.evaluate("window.gaze.state") == "paused"
    assert page.evaluate("window.gaze.latest") is None
    shown = page.evaluate("window.seen.gaze.at(-1)")
    assert (shown["valid"], shown["status"], shown["x"]) == (False, "paused", None)
    wait_until(page, lambda: page.request.get(f"{sites.server}/v1/gaze/latest").json()["status"] == "paused")
    let_time_pass(page, 0.3)  # what was under way is answered
    before = page.evaluate("window.seen.gaze.length")
    let_time_pass(page, 0.7)
    assert page.evaluate("window.seen.gaze.length") == before
    page.evaluate(hide, False)
    next_gaze(page, 2)
    page.wait_for_function("window.gaze.state === 'uncalibrated'")


def test_close_releases_everything(sites: PluginSites, new_context: NewContext) -> None:
    context = new_context()
    context.add_init_script(
        """
        window.timers = new Set();
        const { setInterval: start, clearInterval: stop } = window;
        window.setInterval = (...all) => { const id = start(...all); window.timers.add(id); return id };
        window.clearInterval = (id) => { window.timers.delete(id); stop(id) };
        """
        + CAMERA_WITHOUT_A_FACE.replace("setInterval(() => { context", "start(() => { context")
    )
    page, _ = open_plugin_page(context, sites.friend.origin)
    tools = context.new_cdp_session(page)

    def listeners() -> int:
        total = 0
        for name in ("window", "document", "navigator.mediaDevices"):
            remote = tools.send("Runtime.evaluate", {"expression": name})["result"]["objectId"]
            total += len(tools.send("DOMDebugger.getEventListeners", {"objectId": remote})["listeners"])
        return total

    def sessions_alive() -> int:
        prototype = page.evaluate(f"import('{sites.server}/gaze.js').then((m) => {{ window.C = m.GazeSession }})")
        assert prototype is None
        tools.send("HeapProfiler.collectGarbage")
        remote = tools.send("Runtime.evaluate", {"expression": "window.C.prototype"})["result"]["objectId"]
        objects = tools.send("Runtime.queryObjects", {"prototypeObjectId": remote})["objects"]["objectId"]
        counted = tools.send(
            "Runtime.callFunctionOn",
            {"objectId": objects, "functionDeclaration": "function () { return this.length }", "returnByValue": True},
        )
        return int(counted["result"]["value"])

    before = listeners()
    for _ in range(3):
        page.evaluate(
            """(options) => {
              window.c = new AbortController();
              void window.connect({ ...options, badge: true, areas: ["#area"], signal: window.c.signal });
            }""",
            WITHOUT_ASKING,
        )
        assert outcome_of(page) == "connected"
        next_gaze(page, 2)
        page.evaluate("window.track = window.gaze.stream.getVideoTracks()[0]")
        assert listeners() > before
        page.evaluate("window.c.abort()")
        assert page.evaluate("window.track.readyState") == "ended"
        assert page.evaluate("window.gaze.state") == "closed"
    assert listeners() == before
    assert page.evaluate("window.timers.size") == 0
    assert page.evaluate("document.querySelectorAll('[data-sightline]').length") == 0
    assert page.evaluate("window.gaze.latest") is None
    assert "closed" in page.evaluate("(() => { try { window.gaze.pause() } catch (error) { return error.code } })()")
    wait_until(page, lambda: page.request.get(f"{sites.server}/healthz").json()["sessions"] == 0)
    page.evaluate("window.gaze = window.track = window.c = null")
    wait_until(page, lambda: sessions_alive() == 0)


@pytest.mark.parametrize("consent", ["given", "ask"])
def test_a_connection_that_is_aborted_at_any_step_opens_no_camera_after_it(
    sites: PluginSites, new_context: NewContext, consent: str
) -> None:
    context = new_context()
    context.add_init_script(CAMERA_WITHOUT_A_FACE + TRACKS_COUNTED)
    page, _ = open_plugin_page(context, sites.friend.origin)
    page.evaluate(f"import('{sites.server}/gaze.js').then((m) => {{ window.m = m }})")
    for wait_ms in (None, 0, 1, 10, 40, 70, 150):
        code = page.evaluate(
            """async ([options, wait, consent]) => {
              const abort = new AbortController();
              if (wait === null) abort.abort();
              const connected = window.m.connectGaze({ ...options, consent, signal: abort.signal });
              const ended = connected.then((gaze) => gaze, (error) => error);
              if (consent === "ask") {
                const host = () => document.querySelector("[data-sightline]")?.shadowRoot.querySelector("button");
                host()?.click();
              }
              if (wait !== null) await new Promise((resolve) => setTimeout(resolve, wait));
              abort.abort();
              const end = await ended;
              return end.code ?? end.state;
            }""",
            [{**WITHOUT_ASKING, "server": sites.server}, wait_ms, consent],
        )
        assert code == "closed", wait_ms
        page.wait_for_function("window.liveTracks() === 0")
        assert page.evaluate("document.querySelectorAll('[data-sightline]').length") == 0
    let_time_pass(page, 0.2)  # a camera that opens late
    assert page.evaluate("window.liveTracks()") == 0
    wait_until(page, lambda: page.request.get(f"{sites.server}/healthz").json()["sessions"] == 0)


@pytest.fixture
def fake_camera(browser: Browser) -> Iterator[BrowserContext]:
    """A browser with a camera of its own that shows a test picture, so that its permission rules are the real ones."""
    flags = ["--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream"]
    running = browser.browser_type.launch(executable_path=CHROMIUM, args=[*BROWSER_FLAGS, *flags])
    yield open_context(running)
    running.close()


def frame_of(page: Page, sites: PluginSites, allow: str) -> Frame:
    """The friend's page in a frame of the stranger's."""
    sites.stranger.pages["/around"] = (
        '<!doctype html><title>Around</title><body style="margin:0"><h1>Around it</h1><iframe '
        f'style="position:absolute;left:200px;top:100px;width:900px;height:500px;border:0" allow="{allow}" '
        f'src="{sites.friend.origin}/"></iframe>'
    )
    page.goto(sites.stranger.origin + "/around")
    page.frame_locator("iframe").get_by_role("button", name="Go").wait_for(state="attached")
    frame = page.frames[1]
    frame.wait_for_function("window.ready")
    frame.evaluate("(o) => void window.connect(o)", WITHOUT_ASKING)
    return frame


def test_in_a_frame_that_may_use_the_camera_points_are_in_the_frames_own_pixels(
    sites: PluginSites, fake_camera: BrowserContext
) -> None:
    page = fake_camera.new_page()
    frame = frame_of(page, sites, "camera")
    assert outcome_of(frame) == "connected"
    assert next_gaze(frame, 1)[0]["exact"] is False
    page.mouse.move(400, 300)
    point = next_gaze(frame, 2)[1]
    assert point["exact"] is True
    assert point["status"] == "no_face"
    inner = frame.evaluate("window.gaze.layout.viewport")
    page.evaluate(
        """window.around = new Promise((resolve) => addEventListener("pointermove", (event) =>
             resolve([event.screenX - event.clientX, event.screenY - event.clientY]), { once: true })), null"""
    )
    page.mouse.move(20, 20)
    outer = page.evaluate("window.around")
    assert [inner["x"] - outer[0], inner["y"] - outer[1]] == [200, 100]
    assert [inner["width"], inner["height"]] == [900, 500]


def test_in_a_frame_without_permission_the_camera_stays_off(sites: PluginSites, fake_camera: BrowserContext) -> None:
    frame = frame_of(fake_camera.new_page(), sites, "fullscreen")
    assert outcome_of(frame).startswith("camera:")
