"""The plugin over time: a lost connection, a saved calibration, a lost camera, the page's own dots."""

from __future__ import annotations

import json
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Page, WebSocketRoute

from tests.support.gaze_messages import STREAMED_GAZE
from tests.support.page import (
    CAMERA_WITHOUT_A_FACE,
    PEOPLE,
    SCREEN,
    NewContext,
    let_time_pass,
    needs_browser,
    needs_people,
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
from tests.support.simulated_user import eyes_arrived, load_person, look_at, sit_down

pytestmark = needs_browser


def watch_sockets(context: BrowserContext) -> list[WebSocketRoute]:
    """The page's sockets, each connected to the server; closing one looks like a lost network."""
    sockets: list[WebSocketRoute] = []

    def opened(socket: WebSocketRoute) -> None:
        socket.connect_to_server()
        sockets.append(socket)

    context.route_web_socket("**/v1/camera", opened)
    return sockets


def connect(page: Page, **options: Any) -> None:
    page.evaluate("(o) => void window.connect(o)", {**WITHOUT_ASKING, **options})
    assert outcome_of(page) == "connected"


def wait_for_states(page: Page, *states: str) -> None:
    """These, in this order, among others."""
    page.wait_for_function(
        """(wanted) => {
          let next = 0;
          for (const { state } of window.seen.state) if (state === wanted[next]) next += 1;
          return next === wanted.length;
        }""",
        arg=list(states),
    )


def wait_for_a_point_near(page: Page, x: float, y: float) -> None:
    """Waits for a valid point near the place. The person blinks, so single points may be invalid."""
    look_at(page, x, y)
    page.wait_for_function(
        """([x, y]) => {
          const last = window.seen.gaze.at(-1);
          return last.valid && Math.hypot(last.x - x, last.y - y) < 250;
        }""",
        arg=[x * SCREEN["width"], y * SCREEN["height"]],
    )


def say(socket: WebSocketRoute, message: dict[str, Any]) -> None:
    socket.send(json.dumps(message))


def connect_to_the_test(sites: PluginSites, new_context: NewContext) -> tuple[Page, WebSocketRoute]:
    """A page whose server is the test."""
    context = new_context()
    context.add_init_script(CAMERA_WITHOUT_A_FACE)
    sockets: list[WebSocketRoute] = []
    context.route_web_socket("**/v1/camera", lambda socket: sockets.append(socket))
    page, _ = open_plugin_page(context, sites.friend.origin)
    page.evaluate("(o) => void window.connect(o)", WITHOUT_ASKING)
    wait_until(page, lambda: bool(sockets))
    say(sockets[0], {"type": "hello", "v": 1, "version": "0", "session": "s_1", "token": "t" * 20, "overview": None})
    assert outcome_of(page) == "connected"
    return page, sockets[0]


def test_a_point_of_a_frame_that_was_sent_before_the_pause_does_not_come_after_it(
    sites: PluginSites, new_context: NewContext
) -> None:
    page, socket = connect_to_the_test(sites, new_context)
    for frame in (1, 2):
        say(socket, {**STREAMED_GAZE, "frame": frame, "space": "screen"})
        say(socket, {"type": "blink", "session": "s_1", "id": frame, "phase": "start", "start": 1.0, "timestamp": 1.0})
        page.wait_for_function(f"window.seen.blink.length === {frame}")  # it came after the point
        page.evaluate("window.gaze.pause()")
    assert page.evaluate("window.seen.gaze.map((point) => point.status)") == [STREAMED_GAZE["status"], "paused"]


def test_what_has_begun_ends_with_a_lost_connection(sites: PluginSites, new_context: NewContext) -> None:
    page, socket = connect_to_the_test(sites, new_context)
    page.evaluate(
        """() => { window.ends = []; for (const type of ["fixation", "aoi"]) window.gaze.addEventListener(type,
             ({ detail }) => window.ends.push([type, detail.id, detail.phase, detail.duration_ms])) }"""
    )
    for kind, name, phase in (
        ("fixation", 1, "start"),
        ("fixation", 1, "end"),
        ("fixation", 2, "start"),
        ("aoi", "a", "start"),
    ):
        say(
            socket, {"type": kind, "session": "s_1", "id": name, "phase": phase, "start": 1_000.0, "timestamp": 1_000.0}
        )
    say(socket, {**STREAMED_GAZE, "frame": 1, "space": "screen", "timestamp": 1_400.0})
    page.wait_for_function("window.seen.gaze.length")
    socket.close(code=1012, reason="restart")
    page.wait_for_function("window.gaze.state === 'reconnecting'")
    assert page.evaluate("window.ends.slice(4)") == [["fixation", 2, "end", 400], ["aoi", "a", "end", 400]]
    assert page.evaluate("window.gaze.latest") is None


def look_at_own_dots(page: Page, places: list[tuple[float, float]]) -> None:
    for x, y in places:
        look_at(page, x, y)
        start_ms = eyes_arrived(page)
        gaze_captured_after(page, start_ms, 10)
        reported = page.evaluate(
            """([x, y, startMs]) =>
                 window.gaze.look({ x, y, startMs, endMs: performance.timeOrigin + performance.now() })""",
            [x * SCREEN["width"], y * SCREEN["height"], start_ms],
        )
        assert reported["frames"] >= 1


def test_a_lost_connection_is_opened_again_and_an_unsaved_calibration_is_reported_lost(
    sites: PluginSites, new_context: NewContext
) -> None:
    context = new_context()
    context.add_init_script(CAMERA_WITHOUT_A_FACE)
    sockets = watch_sockets(context)
    page, _ = open_plugin_page(context, sites.friend.origin)
    connect(page)
    before = page.evaluate("window.gaze.id")
    next_gaze(page, 1)
    sockets[0].close(code=1012)
    wait_for_states(page, "reconnecting", "uncalibrated")
    assert page.evaluate("window.gaze.id") != before
    assert next_gaze(page, 2)[-1]["status"] == "no_face"


@pytest.mark.slow
@needs_people
def test_a_calibration_with_the_pages_own_dots_is_saved_and_used_after_a_loss_and_in_another_tab(
    sites: PluginSites, new_context: NewContext
) -> None:
    person = load_person(PEOPLE[0])
    context = new_context()
    sit_down(context, person)
    sockets = watch_sockets(context)
    page, _ = open_plugin_page(context, sites.friend.origin)
    connect(page, profile="Ada")
    assert page.evaluate("window.gaze.state") == "uncalibrated"
    assert page.evaluate("window.gaze.fitLooks().catch((error) => error.code)") == "calibration"
    page.wait_for_function("window.gaze.latest?.status === 'uncalibrated'")
    dots = list(dict.fromkeys((picture.x, picture.y) for picture in person.pictures if picture.phase == "calibrate"))
    look_at_own_dots(page, dots)
    assert page.evaluate("window.gaze.fitLooks()")["median_error_px"] > 0
    assert page.evaluate("window.gaze.state") == "tracking"

    sockets[0].close(code=1012)
    wait_for_states(page, "tracking", "reconnecting", "tracking")
    wait_for_a_point_near(page, 0.5, 0.5)

    other, _ = open_plugin_page(context, sites.friend.origin)
    connect(other, profile="Ada", calibrate="overlay")
    assert other.evaluate("window.gaze.state") == "tracking"
    assert other.evaluate("window.gaze.report.median_error_px") > 0


def test_a_camera_that_is_unplugged_ends_a_session_that_may_not_ask(
    sites: PluginSites, new_context: NewContext
) -> None:
    context = new_context()
    context.add_init_script(CAMERA_WITHOUT_A_FACE)
    page, _ = open_plugin_page(context, sites.friend.origin)
    connect(page)
    page.evaluate("window.gaze.stream.getVideoTracks()[0].dispatchEvent(new Event('ended'))")
    wait_for_states(page, "paused", "closed")
    assert "camera" in page.evaluate("window.seen.state.at(-1).reason").lower()


def test_an_unplugged_camera_is_explained_and_opened_again(sites: PluginSites, new_context: NewContext) -> None:
    context = new_context()
    context.add_init_script(CAMERA_WITHOUT_A_FACE)
    page, _ = open_plugin_page(context, sites.friend.origin)
    page.evaluate("void window.connect({ calibrate: 'manual' })")
    page.get_by_role("button", name="Allow").click()
    assert outcome_of(page) == "connected"
    page.evaluate("window.gaze.stream.getVideoTracks()[0].dispatchEvent(new Event('ended'))")
    page.get_by_role("dialog").get_by_text("The camera stopped").wait_for()
    page.get_by_role("button", name="Try again").click()
    wait_for_states(page, "paused", "uncalibrated")
    next_gaze(page, 2)


def test_pause_sends_nothing_until_resume(sites: PluginSites, new_context: NewContext) -> None:
    context = new_context()
    context.add_init_script(CAMERA_WITHOUT_A_FACE)
    page, _ = open_plugin_page(context, sites.friend.origin)
    connect(page)
    next_gaze(page, 1)
    page.evaluate("window.gaze.pause()")
    let_time_pass(page, 0.5)  # what was under way is answered
    before = page.evaluate("window.seen.gaze.length")
    let_time_pass(page, 0.7)
    assert page.evaluate("window.seen.gaze.length") == before
    page.evaluate("window.gaze.resume()")
    next_gaze(page, 2)
    wait_for_states(page, "paused", "uncalibrated")


def test_escape_during_the_dots_offers_another_try(sites: PluginSites, new_context: NewContext) -> None:
    context = new_context()
    sit_down(context, load_person(PEOPLE[0]))
    page, _ = open_plugin_page(context, sites.friend.origin)
    page.evaluate("void window.connect()")
    page.get_by_role("button", name="Allow").click()
    page.locator("button:enabled", has_text="Start the dots").click()
    page.locator("#target").wait_for()
    page.keyboard.press("Escape")
    dialog = page.get_by_role("dialog")
    dialog.get_by_text("The dots were stopped").wait_for()
    page.get_by_role("button", name="Continue without").click()
    assert outcome_of(page).startswith("calibration:")
    assert page.evaluate("document.querySelectorAll('[data-sightline]').length") == 0
