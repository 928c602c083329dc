"""The dot game with unplanned changes of the window, the tab and the input, in a real browser."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.support.calibration_page import (
    calibrate_in_a_window,
    open_at_positioning,
    open_at_positioning_in,
    start_calibration,
    target_shown,
    wait_for_words,
)
from tests.support.page import (
    SCREEN,
    NewContext,
    camera_sockets,
    let_time_pass,
    needs_browser,
    needs_people,
    wait_for_state,
    wait_until,
)
from tests.support.simulated_user import set_light

pytestmark = [*needs_browser, needs_people]

SEE_HIDDEN = """(hidden) => {
  Object.defineProperty(document, "hidden", { value: hidden, configurable: true });
  document.dispatchEvent(new Event("visibilitychange"));
}"""


def test_a_double_click_on_start_begins_one_game_which_does_not_pause(
    page_server: str, new_context: NewContext
) -> None:
    page, watch, wire = open_at_positioning(page_server, new_context)
    page.check("#plan input[value=quick]", force=True)
    page.dblclick("#calibrate")
    page.locator('#target[data-phase="collecting"]').wait_for()
    assert len([message for message in wire.sent if message["type"] == "calibration_start"]) == 1
    assert [message for message in wire.sent if message["type"] == "pause"] == []
    page.keyboard.press("Escape")
    wait_for_state(page, "positioning")
    assert watch.errors == []


@pytest.mark.slow
def test_a_window_that_changes_its_size_shows_the_dot_at_its_new_place(
    page_server: str, new_context: NewContext
) -> None:
    page, watch, wire = calibrate_in_a_window(page_server, new_context)
    page.locator('#target[data-phase="settling"][data-target-id]').wait_for()
    shown = int(target_shown(page))
    before = len(wire.points(shown))
    # Not set_viewport_size: that would change the emulated screen as well.
    metrics = {"width": 820, "height": 600, "deviceScaleFactor": 1, "mobile": False}
    screen = {"screenWidth": SCREEN["width"], "screenHeight": SCREEN["height"]}
    page.context.new_cdp_session(page).send("Emulation.setDeviceMetricsOverride", metrics | screen)
    wait_until(page, lambda: len(wire.points(shown)) > before)
    page.mouse.move(200, 200)  # gives the page the place of the window
    page.wait_for_function(
        """(shown) => {
          const dot = document.querySelector("#target");
          const box = dot.getBoundingClientRect();
          const drawn = [box.left + box.width / 2, box.top + box.height / 2];
          const sent = [dot.dataset.x * screen.width - offset[0], dot.dataset.y * screen.height - offset[1]];
          return dot.dataset.targetId === shown && dot.dataset.phase === "collecting"
            && Math.hypot(sent[0] - drawn[0], sent[1] - drawn[1]) < 1;
        }""",
        arg=str(shown),
    )
    page.keyboard.press("Escape")
    wait_for_state(page, "positioning")
    assert watch.errors == []


def test_a_window_moved_to_another_screen_ends_the_game_with_a_reason(
    page_server: str, new_context: NewContext
) -> None:
    page, watch, wire = open_at_positioning(page_server, new_context)
    start_calibration(page)
    page.locator("#target[data-target-id]").wait_for()
    page.set_viewport_size({"width": 1024, "height": 768})  # the emulated screen is as large as that
    wait_for_state(page, "positioning")
    expect(page.locator("#notice")).to_contain_text("another screen")
    assert wire.sent[-1]["type"] != "calibration_finish"
    wait_until(page, lambda: any(message["type"] == "calibration_cancel" for message in wire.sent))
    assert [message["type"] for message in wire.sent].count("calibration_cancel") == 1
    assert watch.errors == []


@pytest.mark.slow
def test_a_hidden_tab_pauses_the_game_and_the_dot_is_repeated(page_server: str, new_context: NewContext) -> None:
    page, watch, wire = open_at_positioning(page_server, new_context)
    start_calibration(page, "quick")
    page.locator('#target[data-phase="settling"][data-target-id]').wait_for()
    page.evaluate(SEE_HIDDEN, True)
    page.locator(".sl-pause").wait_for()
    shown = int(target_shown(page))  # only now: on a busy machine, an earlier dot may have been shown until here
    shown_before = len(wire.points(shown))
    page.evaluate(SEE_HIDDEN, False)
    expect(page.locator(".sl-pause")).to_be_visible()  # the person continues when they are ready
    page.get_by_text("Continue", exact=True).click()
    page.locator(f'#target[data-target-id="{shown}"][data-phase="collecting"]').wait_for()
    assert len(wire.points(shown)) == shown_before + 1
    page.keyboard.press("Escape")
    wait_for_state(page, "positioning")
    assert watch.errors == []


@pytest.mark.slow
def test_a_reload_in_the_middle_of_the_game_leaves_nothing_behind(page_server: str, new_context: NewContext) -> None:
    page, watch, wire = open_at_positioning(page_server, new_context)
    start_calibration(page)
    page.locator('#target[data-phase="collecting"]').wait_for()
    page.reload()
    page.click("#start")
    page.locator("#calibrate:enabled").wait_for()
    start_calibration(page, "quick")
    assert wait_for_state(page, "result", "positioning") == "result"
    (done,) = wire.answers("calibration", "done")
    assert len(done["report"]["targets"]) == 5
    assert watch.errors == []


def test_a_connection_lost_during_the_dots_ends_them_with_a_reason(page_server: str, new_context: NewContext) -> None:
    context = new_context()
    sockets = camera_sockets(context)
    page, problems, _ = open_at_positioning_in(context, page_server)
    start_calibration(page)
    page.locator("#target[data-target-id]").wait_for()
    sockets[0].close(code=1012, reason="restart")
    wait_for_state(page, "positioning")
    expect(page.locator("#notice")).to_contain_text("connection to the gaze server was lost")
    page.locator("#calibrate:enabled").wait_for()
    assert problems.errors == []


def test_a_camera_lost_during_the_dots_is_explained_and_leads_back_to_the_dots(
    page_server: str, new_context: NewContext
) -> None:
    page, problems, wire = open_at_positioning(page_server, new_context)
    start_calibration(page)
    page.locator("#target[data-target-id]").wait_for()
    page.evaluate("document.querySelector('#preview').srcObject.getTracks()[0].dispatchEvent(new Event('ended'))")
    wait_for_state(page, "camera-error")
    assert "stopped" in page.locator("#problem-title").inner_text()
    wait_until(page, lambda: wire.sent[-1]["type"] == "calibration_cancel")
    assert page.evaluate("document.fullscreenElement") is None
    page.click("#try-again")
    wait_for_state(page, "positioning")
    page.locator("#calibrate:enabled").wait_for()
    assert problems.errors == []


def test_a_touch_screen_explains_taps_and_a_tap_stops_a_waiting_game(page_server: str, new_context: NewContext) -> None:
    page, _, _ = open_at_positioning(page_server, new_context, has_touch=True, is_mobile=True)
    assert page.locator("kbd").filter(visible=True).count() == 0
    page.locator("#show-help").tap()
    expect(page.get_by_text("Keyboard shortcuts")).to_be_hidden()
    assert page.locator("kbd").filter(visible=True).count() == 0
    page.locator("#help button").tap()
    set_light(page, 0.25)
    page.locator('[data-check="light"][data-verdict="adjust"]').wait_for()
    page.locator("#calibrate").tap()
    wait_for_words(page, "Too dark")
    expect(page.locator(".sl-keys")).to_have_text("A tap stops")
    let_time_pass(page, 0.7)  # a tap sooner is taken for the second half of a double tap
    page.touchscreen.tap(300, 300)
    wait_for_state(page, "positioning")
