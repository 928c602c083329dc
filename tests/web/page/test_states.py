"""The page with problems, by keyboard, and at every width: short tests in a real browser."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.support.page import (
    CAMERA_REFUSED,
    CAMERA_WITHOUT_A_FACE,
    PEOPLE,
    NewContext,
    camera_sockets,
    needs_browser,
    needs_people,
    open_page,
    press_until,
    wait_for_state,
    wait_until,
)
from tests.support.simulated_user import load_person, sit_down

pytestmark = needs_browser


@pytest.mark.parametrize(
    ("name", "title", "advice"),
    [
        ("NotAllowedError", "blocked", "set Camera to Allow"),
        ("NotFoundError", "No camera", "Plug a webcam in"),
        ("NotReadableError", "Another program", "Close video calls"),
        ("OverconstrainedError", "does not support", "any camera"),
        ("UnheardOfError", "could not be started", "as the test wants it"),
    ],
)
def test_each_camera_error_has_its_own_title_and_advice(
    page_server: str, new_context: NewContext, name: str, title: str, advice: str
) -> None:
    context = new_context()
    context.add_init_script(CAMERA_REFUSED.replace("NAME", name))
    page, watch = open_page(context, page_server)
    page.click("#start")
    wait_for_state(page, "camera-error")
    assert title in page.locator("#problem-title").inner_text()
    assert advice in page.locator("#problem-steps").inner_text()
    assert page.locator("#problem-name").inner_text() == name
    page.click("#try-again")
    wait_for_state(page, "camera-error")
    assert watch.errors == []


def test_without_a_secure_context_the_page_advises_localhost_or_https(
    page_server: str, new_context: NewContext
) -> None:
    context = new_context()
    context.add_init_script('Object.defineProperty(Navigator.prototype, "mediaDevices", { value: undefined })')
    page, _ = open_page(context, page_server)
    page.click("#start")
    wait_for_state(page, "camera-error")
    assert "localhost" in page.locator("#problem-steps").inner_text()
    assert "https" in page.locator("#problem-steps").inner_text()


def test_another_camera_is_taken_if_the_remembered_one_is_gone(page_server: str, new_context: NewContext) -> None:
    context = new_context()
    context.add_init_script(
        """
        localStorage.setItem("sightline.camera", "gone");
        Object.defineProperty(navigator.mediaDevices, "getUserMedia", { value: async ({ video }) => {
          if (video.deviceId) throw new DOMException("gone", "OverconstrainedError");
          return document.createElement("canvas").captureStream(5);
        } });
        """
    )
    page, _ = open_page(context, page_server)
    page.click("#start")
    wait_for_state(page, "positioning", "camera-error")
    assert page.locator("body").get_attribute("data-state") == "positioning"


def test_a_camera_that_is_unplugged_is_explained(page_server: str, new_context: NewContext) -> None:
    context = new_context()
    context.add_init_script(CAMERA_WITHOUT_A_FACE)
    page, _ = open_page(context, page_server)
    page.click("#start")
    wait_for_state(page, "positioning")
    page.evaluate("document.querySelector('#preview').srcObject.getTracks()[0].dispatchEvent(new Event('ended'))")
    wait_for_state(page, "camera-error")
    assert "stopped" in page.locator("#problem-title").inner_text()


def test_the_demo_needs_no_camera(page_server: str, new_context: NewContext) -> None:
    context = new_context()
    context.add_init_script(CAMERA_REFUSED.replace("NAME", "NotFoundError"))
    page, watch = open_page(context, page_server, "/?demo")
    assert page.locator("#demo-badge").is_visible()
    page.click("#start")
    page.locator("#calibrate:enabled").wait_for()
    assert page.locator("#profiles").is_hidden()
    assert (watch.errors, watch.foreign) == ([], [])


def test_a_demo_without_its_pictures_says_where_they_belong(page_server: str, new_context: NewContext) -> None:
    context = new_context()
    context.route("**/demo/person/session.json", lambda route: route.fulfill(status=404))
    page, _ = open_page(context, page_server, "/?demo")
    page.click("#start")
    wait_for_state(page, "camera-error")
    assert "web/demo/person" in page.locator("#problem-steps").inner_text()


def test_without_a_face_the_page_says_so_and_the_game_can_not_start(page_server: str, new_context: NewContext) -> None:
    context = new_context()
    context.add_init_script(CAMERA_WITHOUT_A_FACE)
    page, watch = open_page(context, page_server)
    page.click("#start")
    wait_for_state(page, "positioning")
    expect(page.locator('[data-check="found"][data-verdict="adjust"]')).to_contain_text("No face")
    assert page.locator("#calibrate").is_disabled()
    page.keyboard.press("Space")
    assert page.locator("body").get_attribute("data-state") == "positioning"
    assert watch.errors == []


def test_a_gaze_dot_left_from_tracking_does_not_stay_on_another_view(page_server: str, new_context: NewContext) -> None:
    context = new_context()
    context.add_init_script(CAMERA_WITHOUT_A_FACE)
    page, watch = open_page(context, page_server)
    page.click("#start")
    page.locator('[data-check="found"][data-verdict="adjust"]').wait_for()  # frames are answered
    page.click("#show-recordings")
    page.evaluate("document.querySelector('#gaze-dot').hidden = false")
    page.locator("#gaze-dot").wait_for(state="hidden")
    assert watch.errors == []


def test_a_calibration_from_before_a_reload_is_named_and_so_is_that_the_server_has_lost_it(
    page_server: str, new_context: NewContext
) -> None:
    context = new_context()
    context.add_init_script(CAMERA_WITHOUT_A_FACE)
    page, watch = open_page(context, page_server)
    page.evaluate(
        "sessionStorage.setItem('sightline.calibration',"
        " JSON.stringify({ token: 'of an earlier server', madeMs: Date.now() - 180_000, savedAs: '' }))"
    )
    page.reload()
    note = page.locator("#kept-note")
    expect(note).to_have_text("Your calibration (3 min ago) is used again when you start.")
    page.click("#start")
    notice = page.locator("#notice")
    expect(notice).to_contain_text("no longer has your calibration")
    page.evaluate("document.querySelector('#preview').srcObject.getTracks()[0].dispatchEvent(new Event('ended'))")
    wait_for_state(page, "camera-error")
    expect(notice).to_be_hidden()  # it belongs to the earlier view
    page.reload()
    expect(note).to_be_hidden()
    assert watch.errors == []


def test_a_lost_server_is_shown_and_connected_again(page_server: str, new_context: NewContext) -> None:
    context = new_context()
    context.add_init_script(CAMERA_WITHOUT_A_FACE)
    sockets = camera_sockets(context)
    page, _ = open_page(context, page_server)
    page.click("#start")
    page.locator("#stream").wait_for()
    assert page.locator("#connection").is_hidden()
    sockets[0].close(code=1012, reason="restart")
    page.locator('#connection[data-state="waiting"], #connection[data-state="connecting"]').wait_for()
    page.locator("#connection").wait_for(state="hidden")
    assert len(sockets) == 2


@needs_people
def test_starting_and_stopping_the_game_needs_only_the_keyboard(page_server: str, new_context: NewContext) -> None:
    context = new_context()
    sit_down(context, load_person(PEOPLE[0]))
    page, watch = open_page(context, page_server)
    for _ in range(6):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.id") == "start":
            break
    outline = page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
    assert (page.evaluate("document.activeElement.id"), outline) == ("start", "solid")
    page.keyboard.press("Enter")
    press_until(page, "Space", at="#calibrate:enabled", comes='body[data-state="calibrating"]')
    page.locator('#target[data-phase="collecting"]').wait_for()
    page.keyboard.press("Escape")
    assert wait_for_state(page, "positioning") == "positioning"
    assert page.locator("#target").is_hidden()
    assert watch.errors == []


@needs_people
def test_two_tabs_have_a_session_each_and_the_stream_follows_the_newer_while_it_is_there(
    page_server: str, new_context: NewContext
) -> None:
    context = new_context()
    sit_down(context, load_person(PEOPLE[0]))
    tabs: list[Page] = []
    for _ in range(2):
        page, watch = open_page(context, page_server)
        page.click("#start")
        page.locator("#calibrate:enabled").wait_for()
        tabs.append(page)
        assert watch.errors == []
    sessions = [session["session"] for session in tabs[0].request.get(f"{page_server}/v1/sessions").json()["sessions"]]
    newest, oldest = sessions[:2]
    assert newest != oldest

    def sample(query: str = "", after: int = 0) -> dict[str, Any]:
        """The newest sample, as soon as it is one of a frame and has a higher number."""
        newest_one: dict[str, Any] = {}

        def came() -> bool:
            newest_one.update(tabs[0].request.get(f"{page_server}/v1/gaze/latest{query}").json())
            return newest_one["status"] in ("uncalibrated", "eyes_closed") and newest_one["seq"] > after  # they blink

        wait_until(tabs[0], came)
        return newest_one

    assert sample()["session"] == newest
    for session in (newest, oldest):
        query = f"?session={session}"
        first = sample(query)
        assert first["session"] == session
        assert sample(query, after=first["seq"])["session"] == session
    tabs[1].close()
    tabs[0].wait_for_function(
        "(session) => fetch('/v1/gaze/latest').then((r) => r.json()).then((gaze) => gaze.session === session)",
        arg=oldest,
        polling=200,
    )
    expect(tabs[0].locator("#calibrate")).to_be_enabled()


@needs_people
def test_a_tab_that_does_not_get_the_camera_says_so_and_gets_it_when_it_is_free(
    page_server: str, new_context: NewContext
) -> None:
    context = new_context()
    sit_down(context, load_person(PEOPLE[0]))
    first, _ = open_page(context, page_server)
    first.click("#start")
    first.locator("#calibrate:enabled").wait_for()
    second = context.new_page()
    second.add_init_script(
        """
        const lend = navigator.mediaDevices.getUserMedia;
        window.taken = true;
        Object.defineProperty(navigator.mediaDevices, "getUserMedia", { value: async (wanted) => {
          if (window.taken) throw new DOMException("Could not start video source", "NotReadableError");
          return lend(wanted);
        } });
        """
    )
    second.goto(page_server)
    second.click("#start")
    wait_for_state(second, "camera-error")
    assert "Another program" in second.locator("#problem-title").inner_text()
    assert "other browser tabs" in second.locator("#problem-steps").inner_text()
    expect(first.locator("#calibrate"), "the first tab does not notice").to_be_enabled()
    first.close()
    second.evaluate("window.taken = false")
    second.click("#try-again")
    second.locator("#calibrate:enabled").wait_for()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [320, 360, 768, 1920])
def test_no_width_needs_to_scroll_sideways(page_server: str, new_context: NewContext, width: int, scheme: str) -> None:
    context = new_context(viewport={"width": width, "height": 740}, color_scheme=scheme)
    context.add_init_script(CAMERA_REFUSED.replace("NAME", "NotAllowedError"))
    page, watch = open_page(context, page_server)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    page.click("#start")
    wait_for_state(page, "camera-error")
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert (watch.errors, watch.foreign) == ([], [])


def test_the_dots_stand_still_for_a_person_who_prefers_less_motion(page_server: str, new_context: NewContext) -> None:
    page, _ = open_page(new_context(reduced_motion="reduce"), page_server)
    assert page.evaluate("getComputedStyle(document.querySelector('#target')).transitionDuration") == "0s"


def test_text_has_enough_contrast_in_both_schemes(page_server: str, new_context: NewContext) -> None:
    for scheme in ("light", "dark"):
        page, _ = open_page(new_context(color_scheme=scheme), page_server)
        tokens = page.evaluate(
            "names => Object.fromEntries(names.map(n => "
            "[n, getComputedStyle(document.documentElement).getPropertyValue('--' + n).trim()]))",
            ["bg", "surface", "sunken", "ink", "muted", "accent", "on-accent", "good", "good-soft", "warn", "warn-soft"]
            + ["bad", "bad-soft", "accent-soft", "accent-strong"],
        )
        pairs = [(text, ground) for text in ("ink", "muted", "accent") for ground in ("bg", "surface")]
        pairs += [("on-accent", "accent"), ("muted", "sunken"), ("accent-strong", "accent-soft")]
        pairs += [(grade, f"{grade}-soft") for grade in ("good", "warn", "bad")]
        low = {pair: ratio for pair in pairs if (ratio := _contrast(tokens[pair[0]], tokens[pair[1]])) < 4.5}
        assert low == {}, scheme


def _contrast(a: str, b: str) -> float:
    """WCAG 2 contrast ratio of two #rrggbb colours."""

    def luminance(colour: str) -> float:
        parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
        linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    light, dark = sorted((luminance(a), luminance(b)), reverse=True)
    return (light + 0.05) / (dark + 0.05)
