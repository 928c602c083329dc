"""The bar of the tracking view: pause, camera off and on, the person's picture, settings, and its place."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from playwright.sync_api import Browser, FloatRect, Page, WebSocketRoute, expect

from tests.support.calibration_page import WireLog, start_calibration
from tests.support.page import (
    PEOPLE,
    TRACKS_COUNTED,
    PageProblems,
    camera_sockets,
    change_number,
    forget_calibrations,
    needs_browser,
    needs_people,
    open_context,
    open_page,
    wait_for_state,
    wait_until,
)
from tests.support.simulated_user import load_person, move_head, set_light, sit_down

pytestmark = [*needs_browser, needs_people]
LAPTOP = {"width": 1366, "height": 768}


@dataclass(frozen=True, slots=True)
class Tracked:
    page: Page
    watch: PageProblems
    wire: WireLog
    sockets: list[WebSocketRoute]
    server: str

    def status(self) -> str:
        """That of the newest message of the JSON stream."""
        return str(self.page.request.get(f"{self.server}/v1/gaze/latest").json()["status"])

    def face_words(self, text: str) -> None:
        expect(self.page.locator("#face-words")).to_have_text(text)

    def valid_gaze(self, n: int) -> list[dict[str, Any]]:
        """The next n valid gaze messages."""
        first = len(self.wire.gaze)
        wait_until(self.page, lambda: sum(gaze["valid"] for gaze in self.wire.gaze[first:]) >= n)
        return [gaze for gaze in self.wire.gaze[first:] if gaze["valid"]][:n]

    def is_tracking(self) -> None:
        self.face_words("Tracking")
        self.page.locator("#gaze-dot:not([hidden]) .point").wait_for()


@pytest.fixture(scope="module")
def tracked(page_server: str, browser: Browser) -> Iterator[Tracked]:
    """One calibrated page for all tests of this module. Each leaves it as it was."""
    context = open_context(browser, viewport=LAPTOP, screen=LAPTOP)
    sit_down(context, load_person(PEOPLE[0]))
    context.add_init_script(TRACKS_COUNTED)
    context.add_init_script("localStorage.setItem('sightline.display', '{\"offers\": false}')")
    change_number(context, "page/drift-offer.js", "10 * 60_000", "3_000")  # ms until a check is offered
    sockets = camera_sockets(context)
    page, watch = open_page(context, page_server)
    wire = WireLog(page)
    page.click("#start")
    page.locator("#calibrate:enabled").wait_for()
    start_calibration(page, "quick")
    wait_for_state(page, "result")
    page.click("#track")
    wait_for_state(page, "tracking")
    yield Tracked(page, watch, wire, sockets, page_server)
    assert (watch.errors, watch.foreign) == ([], [])
    context.close()


def box(page: Page, selector: str) -> FloatRect:
    found = page.locator(selector).bounding_box()
    assert found is not None, selector
    return found


def overlap(a: FloatRect, b: FloatRect) -> bool:
    across = a["x"] < b["x"] + b["width"] and b["x"] < a["x"] + a["width"]
    return across and a["y"] < b["y"] + b["height"] and b["y"] < a["y"] + a["height"]


def test_while_paused_no_frame_is_sent_and_the_stream_says_so(tracked: Tracked) -> None:
    page = tracked.page
    tracked.is_tracking()
    page.keyboard.press("p")
    tracked.face_words("Paused")
    wait_until(page, lambda: tracked.status() == "paused")
    expect(page.locator("#gaze-dot .point")).to_be_hidden()
    expect(page.locator("#error")).to_have_text("–")
    expect(page.locator("#fps")).to_have_text("–")  # no answers in two seconds
    page.get_by_role("button", name="Continue").click()
    tracked.is_tracking()
    wait_until(page, lambda: tracked.status() in ("ok", "eyes_closed"))


def test_a_dark_picture_is_named_in_the_bar_and_its_remedy_in_a_notice(tracked: Tracked) -> None:
    page = tracked.page
    tracked.is_tracking()
    height = box(page, "#bar")["height"]
    set_light(page, 0.0)
    tracked.face_words("The picture is dark")
    expect(page.locator("#notice")).to_contain_text("shutter")
    assert box(page, "#bar")["height"] == height
    set_light(page, 1.0)
    tracked.is_tracking()


def test_a_head_that_has_moved_is_told_why_the_gaze_is_less_accurate_and_what_to_do(tracked: Tracked) -> None:
    page = tracked.page
    tracked.is_tracking()
    words = page.locator("#tracking-words")
    before = words.inner_text()
    move_head(page, shift=0.13)
    tracked.face_words("You moved: less accurate")
    expect(words).to_have_text("You have moved to your left: less accurate. Move to your right, or recalibrate (R).")
    assert tracked.status() in ("ok", "eyes_closed")
    move_head(page)
    tracked.is_tracking()
    expect(words).to_have_text(before)


def test_a_view_that_needs_pictures_ends_the_pause(tracked: Tracked) -> None:
    page = tracked.page
    page.keyboard.press("p")
    page.click("#show-recordings")
    page.click("#recordings-back")
    tracked.face_words("Paused")
    page.click("#show-setup")
    page.locator('[data-check="found"][data-verdict="good"]').wait_for()
    page.click("#back-to-gaze")
    tracked.is_tracking()


def test_the_camera_goes_off_and_on_and_the_calibration_stays(tracked: Tracked) -> None:
    page = tracked.page
    tracked.is_tracking()
    before = page.request.get(f"{tracked.server}/v1/gaze/latest").json()["calibration"]
    page.click("#camera-off")
    tracked.face_words("Camera off")
    assert page.evaluate("window.liveTracks()") == 0
    expect(page.locator("#camera-view")).to_have_text("The camera is off")
    expect(page.locator("#pause")).to_be_disabled()
    wait_until(page, lambda: tracked.status() == "paused")
    # Another program asks for a calibration. It turns no camera on.
    tracked.sockets[-1].send(json.dumps({"type": "calibration", "state": "requested"}))
    tracked.sockets[-1].send(json.dumps({"type": "error", "code": "bad_user", "message": "what came after it"}))
    expect(page.locator("#notice")).to_contain_text("What came after it.")
    assert page.locator("body").get_attribute("data-state") == "tracking"
    assert page.evaluate("window.liveTracks()") == 0
    page.keyboard.press("o")
    tracked.is_tracking()
    assert page.evaluate("window.liveTracks()") == 1
    assert page.request.get(f"{tracked.server}/v1/gaze/latest").json()["calibration"] == before


def test_the_picture_shows_the_face_in_its_box_and_can_be_hidden(tracked: Tracked) -> None:
    page = tracked.page
    face, picture = box(page, ".face-box"), box(page, ".camera-frame")
    middle = face["x"] + face["width"] / 2, face["y"] + face["height"] / 2
    assert picture["x"] < middle[0] < picture["x"] + picture["width"]
    assert picture["y"] < middle[1] < picture["y"] + picture["height"]
    mirror = "new DOMMatrix(getComputedStyle(document.querySelector('.camera-frame .mirror')).transform).a"
    assert page.evaluate(mirror) == -1
    seen = [thing.bounding_box() for thing in page.locator("[data-glance]").all()]
    assert not any(overlap(picture, thing) for thing in seen if thing)
    page.keyboard.press("i")
    expect(page.locator("#camera-view")).to_be_hidden()
    expect(page.locator("#toggle-picture")).to_have_attribute("aria-pressed", "false")
    page.click("#toggle-picture")
    expect(page.locator("#camera-view")).to_be_visible()


def test_the_settings_work_by_keyboard_and_are_remembered(tracked: Tracked) -> None:
    page = tracked.page
    tracked.is_tracking()
    size = "getComputedStyle(document.querySelector('#gaze-dot .point')).width"
    ring = "getComputedStyle(document.querySelector('#gaze-dot .ring')).visibility"
    assert [page.evaluate(size), page.evaluate(ring)] == ["16px", "visible"]
    page.keyboard.press("g")
    expect(page.get_by_label("Size of the gaze dot")).to_be_focused()
    for _ in range(4):
        page.keyboard.press("ArrowRight")
    page.keyboard.press("Tab")
    page.keyboard.press("Space")
    assert [page.evaluate(size), page.evaluate(ring)] == ["24px", "hidden"]
    kept = json.loads(page.evaluate("localStorage.getItem('sightline.display')"))
    assert (kept["dotPx"], kept["ring"]) == (24, False)
    page.get_by_label("Smoothing").select_option("none")
    wait_until(page, lambda: tracked.wire.answers("filter", "set")[-1:] != [])
    for gaze in tracked.valid_gaze(4):
        assert (gaze["x"], gaze["y"]) == pytest.approx((gaze["raw"]["x"], gaze["raw"]["y"]), abs=2e-4)
    page.get_by_role("button", name="Reset").press("Enter")
    page.get_by_label("Offer a check").uncheck()
    wait_until(page, lambda: tracked.wire.answers("filter", "set")[-1]["filter"] is None)
    assert [page.evaluate(size), page.evaluate(ring)] == ["16px", "visible"]
    page.keyboard.press("Escape")
    expect(page.locator("#display")).to_be_hidden()


def test_a_check_with_one_dot_is_offered_and_can_be_declined(tracked: Tracked) -> None:
    page = tracked.page
    tracked.is_tracking()
    offer, board = page.locator("#check-offer"), box(page, ".board")
    expect(offer).to_be_hidden()
    page.keyboard.press("g")
    page.get_by_label("Offer a check").check()
    page.keyboard.press("Escape")
    expect(offer).to_contain_text("Is the dot still right?")
    assert box(page, ".board") == board, "nothing moves while a person looks around"
    page.get_by_role("button", name="Not now").click()
    expect(offer).to_be_hidden()
    page.get_by_role("button", name="Check with one dot").click()  # the next offer
    wait_for_state(page, "calibrating")
    wait_for_state(page, "tracking")
    expect(page.locator("#notice")).to_contain_text("Drift corrected")
    page.keyboard.press("g")
    page.get_by_label("Offer a check").uncheck()
    page.keyboard.press("Escape")
    expect(offer).to_be_hidden()


def test_help_opens_from_the_bar(tracked: Tracked) -> None:
    page = tracked.page
    page.locator("#bar").get_by_role("button", name="Help").click()
    expect(page.locator("#help")).to_be_visible()
    page.keyboard.press("Escape")


@pytest.mark.parametrize(
    ("width", "height", "lines"), [(1366, 768, 1), (1440, 900, 1), (911, 512, 1), (844, 390, 1), (390, 844, 3)]
)
def test_the_bar_has_few_lines_and_covers_no_picture(tracked: Tracked, width: int, height: int, lines: int) -> None:
    page = tracked.page
    page.set_viewport_size({"width": width, "height": height})
    try:
        tops = {round(box_of["y"]) for b in page.locator("#bar .tools button").all() if (box_of := b.bounding_box())}
        assert len(tops) == max(1, lines - 1)
        bar = box(page, "#bar")
        assert bar["width"] == width
        assert bar["y"] + bar["height"] == pytest.approx(height, abs=1)
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        if width >= LAPTOP["width"]:
            assert not overlap(bar, box(page, ".board"))
        # Where the pictures need scrolling, each can be scrolled to a place without the bar.
        for picture in page.locator(".board img").all():
            picture.evaluate("(it) => it.scrollIntoView({ block: 'center', behavior: 'instant' })")
            place = picture.bounding_box()
            assert place is not None
            assert not overlap(box(page, "#bar"), place)
        page.keyboard.press("g")
        panel = box(page, "#display")
        assert panel["y"] >= 0
        assert panel["y"] + panel["height"] <= bar["y"]
        expect(page.get_by_role("button", name="Close")).to_be_in_viewport(ratio=1)
        page.keyboard.press("Escape")
        whole = bar["height"]
        page.keyboard.press("b")
        expect(page.locator("#drift")).to_be_hidden()
        assert box(page, "#bar")["height"] < whole
        expect(page.get_by_role("button", name="Pause")).to_be_visible()
        page.click("#fold-bar")
        expect(page.locator("#drift")).to_be_visible()
    finally:
        page.set_viewport_size(LAPTOP)
        page.evaluate("scrollTo(0, 0)")


def test_the_bar_moves_to_the_other_edge(tracked: Tracked) -> None:
    page = tracked.page
    page.keyboard.press("g")
    page.get_by_label("Bar at the top").check()
    bar = box(page, "#bar")
    assert bar["y"] == 0
    assert not overlap(bar, box(page, ".top"))
    page.get_by_label("Bar at the top").uncheck()
    page.keyboard.press("Escape")


def test_a_lost_calibration_turns_no_camera_on(tracked: Tracked) -> None:
    """The last test of this module, because the calibration is gone afterwards."""
    page = tracked.page
    page.click("#camera-off")
    tracked.face_words("Camera off")
    tracked.sockets[-1].close(code=1012, reason="network")
    expect(page.locator("#notice")).to_contain_text("Connected again, with your calibration")
    assert page.locator("body").get_attribute("data-state") == "tracking"
    forget_calibrations(page)
    tracked.sockets[-1].close(code=1012, reason="restart")
    wait_for_state(page, "welcome")
    assert page.evaluate("window.liveTracks()") == 0
    expect(page.locator("#notice")).to_contain_text("the server no longer has your calibration. Calibrate again")
    page.click("#start")
    page.locator("#calibrate:enabled").wait_for()
