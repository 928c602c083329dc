"""Each error has its solution beside it: another camera, another address, another try, or what to do."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import Page, Route, WebSocketRoute, expect

from tests.support.calibration_page import open_at_positioning
from tests.support.page import (
    CAMERA_REFUSED,
    CAMERA_WITHOUT_A_FACE,
    FIRST_CAMERA_IS_BUSY,
    Evaluate,
    NewContext,
    camera_sockets,
    change_number,
    needs_browser,
    needs_people,
    open_page,
    wait_for_state,
)
from tests.support.simulated_user import set_light

pytestmark = needs_browser


def open_at_error(context_script: str, server: str, new_context: NewContext, **options: Any) -> Page:
    context = new_context(**options)
    context.add_init_script(context_script)
    page, _ = open_page(context, server)
    page.click("#start")
    wait_for_state(page, "camera-error")
    return page


def test_if_the_camera_is_busy_another_one_can_be_chosen_in_the_same_view(
    page_server: str, new_context: NewContext
) -> None:
    page = open_at_error(FIRST_CAMERA_IS_BUSY, page_server, new_context)
    others = page.get_by_label("Another camera")
    expect(others).to_be_visible()
    assert others.locator("option").all_inner_texts() == ["Choose a camera", "Camera two"]
    page.click("#try-again")
    wait_for_state(page, "camera-error")
    others.select_option("two")
    wait_for_state(page, "positioning")
    page.evaluate("document.querySelector('#preview').srcObject.getTracks()[0].dispatchEvent(new Event('ended'))")
    wait_for_state(page, "camera-error")  # now the other one has gone
    assert others.locator("option").all_inner_texts() == ["Choose a camera", "Camera one"]


def test_the_other_cameras_are_in_sight_in_a_low_window(page_server: str, new_context: NewContext) -> None:
    page = open_at_error(FIRST_CAMERA_IS_BUSY, page_server, new_context, viewport={"width": 844, "height": 390})
    for control in ("#problem-camera", "#try-again"):
        expect(page.locator(control)).to_be_in_viewport(ratio=1)
    page.locator("#problem-camera").click(trial=True)  # nothing lies above it


def test_a_camera_that_is_plugged_in_later_is_offered(page_server: str, new_context: NewContext) -> None:
    page = open_at_error(FIRST_CAMERA_IS_BUSY + "window.cameras = [window.cameras[0]];", page_server, new_context)
    expect(page.locator("#problem-field")).to_be_hidden()
    page.evaluate(
        "window.cameras.push({ ...window.cameras[0], deviceId: 'two', label: 'New' });"
        "navigator.mediaDevices.dispatchEvent(new Event('devicechange'))"
    )
    page.get_by_label("Another camera").select_option("two")
    wait_for_state(page, "positioning")


@pytest.mark.parametrize(
    ("message", "title", "advice"),
    [
        ("Permission dismissed", "was closed", "Choose Allow"),
        ("Permission denied by system", "system blocks", "Privacy"),
        ("Permission denied", "blocked for this page", "set Camera to Allow"),
    ],
)
def test_a_refused_camera_says_who_refused_it(
    page_server: str, new_context: NewContext, message: str, title: str, advice: str
) -> None:
    script = CAMERA_REFUSED.replace("as the test wants it", message).replace("NAME", "NotAllowedError")
    page = open_at_error(script, page_server, new_context)
    expect(page.locator("#problem-title")).to_contain_text(title)
    expect(page.locator("#problem-steps")).to_contain_text(advice)


def test_an_address_without_a_camera_links_to_the_one_that_has_it(page_server: str, new_context: NewContext) -> None:
    no_camera = 'Object.defineProperty(Navigator.prototype, "mediaDevices", { value: undefined });'
    insecure = 'Object.defineProperty(window, "isSecureContext", { value: false });'
    page = open_at_error(no_camera + insecure, page_server, new_context)
    expect(page.locator("#try-again")).to_be_hidden()
    port = page_server.rsplit(":", 1)[1]
    expect(page.locator("#problem-link")).to_have_attribute("href", f"http://localhost:{port}/")
    page = open_at_error(no_camera, page_server, new_context)
    expect(page.locator("#problem-title")).to_contain_text("This browser")
    expect(page.locator("#problem-steps")).to_contain_text("current Chrome")
    expect(page.locator("#problem-link")).to_be_hidden()


def test_a_browser_without_what_the_page_needs_gets_a_text_instead_of_nothing(
    page_server: str, new_context: NewContext
) -> None:
    page = open_at_error("delete window.OffscreenCanvas;", page_server, new_context)
    expect(page.locator("#problem-title")).to_contain_text("This browser")
    page = new_context().new_page()
    page.route("**/page/show-texts.js", lambda route: route.fulfill(body="?", content_type="text/javascript"))
    page.goto(page_server)
    expect(page.get_by_text("current Chrome")).to_be_visible()


def test_a_lost_server_can_be_tried_at_once_and_the_focus_stays(page_server: str, new_context: NewContext) -> None:
    context = new_context()
    context.add_init_script(CAMERA_WITHOUT_A_FACE)
    sockets = camera_sockets(context)
    page, _ = open_page(context, page_server)
    page.click("#start")
    page.locator("#stream").wait_for()
    page.evaluate("Math.random = () => 1e4")  # so the next try of the page is far away
    sockets[0].close(code=1012)
    note = page.locator("#connection")
    expect(note).to_contain_text("start Sightline again")
    page.click("#connection button")
    note.wait_for(state="hidden")
    expect(page.locator("#positioning-title")).to_be_focused()


def test_a_full_server_says_what_to_close(page_server: str, new_context: NewContext) -> None:
    context = new_context()
    context.add_init_script(CAMERA_WITHOUT_A_FACE)
    full = "8 cameras are already connected; close another page first"
    context.route_web_socket("**/v1/camera", lambda route: route.close(code=1013, reason=full))
    page, _ = open_page(context, page_server)
    page.click("#start")
    expect(page.locator("#connection")).to_contain_text("close another page first")
    expect(page.get_by_role("button", name="Try now")).to_be_visible()


def test_a_server_that_analyses_nothing_is_reported(page_server: str, new_context: NewContext) -> None:
    context = new_context()
    context.add_init_script(CAMERA_WITHOUT_A_FACE)

    def lose_frames(route: WebSocketRoute) -> None:
        server = route.connect_to_server()
        route.on_message(lambda message: server.send(message) if isinstance(message, str) else None)

    context.route_web_socket("**/v1/camera", lose_frames)
    change_number(context, "page/notices.js", "SILENCE_MS = 12_000", "SILENCE_MS = 1_000")
    page, _ = open_page(context, page_server)
    page.click("#start")
    expect(page.locator("#notice")).to_contain_text("The server analyses no pictures")


def test_an_ended_session_and_a_missing_server_are_explained_at_the_list_of_recordings(
    page_server: str, new_context: NewContext
) -> None:
    page, _ = open_page(new_context(), page_server)
    refusal = {"type": "error", "code": "wrong_token", "message": "this is not the token of that session"}

    def refuse(route: Route) -> None:
        route.fulfill(status=403, json=refusal)

    page.route("**/v1/recordings", refuse)
    page.click("#show-recordings")
    problem = page.locator("#recordings-problem")
    expect(problem).to_contain_text("Start the camera again")
    page.unroute("**/v1/recordings")
    page.route("**/v1/recordings", lambda route: route.abort())
    problem.get_by_role("button").click()
    expect(problem).to_contain_text("start Sightline again")
    page.unroute("**/v1/recordings")
    problem.get_by_role("button").click()
    expect(problem).to_be_hidden()
    expect(page.locator("#recordings-title")).to_be_focused()


NOTICES = """(() => {
  const element = document.createElement("aside");
  let dots = true;
  const notice = new m.Notice({ element, announce() {}, next: () => document.body, dots: () => dots });
  const shown = () => element.hidden ? "" : element.textContent;
  element.hidden = true;
  const seen = [];
  const step = (act) => { act(); seen.push(shown()); };
  step(() => notice.showAfterDots("the recording stopped: no space"));
  step(() => notice.show("the server reported an error"));
  step(() => notice.hide());
  dots = false;
  step(() => notice.endDots());
  step(() => notice.hide());
  step(() => notice.endDots());
  step(() => notice.showAfterDots("Saved."));
  return seen;
})()"""


def test_a_notice_is_a_sentence_and_one_that_can_wait_comes_after_the_dots(evaluate: Evaluate) -> None:
    late, problem = "The recording stopped: no space.", "The server reported an error."
    assert evaluate("/page/notices.js", NOTICES) == ["", problem, "", late, "", "", "Saved."]


@needs_people
def test_a_dark_picture_is_named_with_its_remedy_and_no_face_is_not(page_server: str, new_context: NewContext) -> None:
    page, watch, _ = open_at_positioning(page_server, new_context)
    found = page.locator('[data-check="found"]')
    set_light(page, 0.0)
    expect(found).to_contain_text("dark")
    expect(found).to_contain_text("shutter")
    expect(page.locator("#calibrate")).to_be_disabled()
    set_light(page, 1.0)
    expect(found).to_contain_text("Face found")
    assert watch.errors == []
