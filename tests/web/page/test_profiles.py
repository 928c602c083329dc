"""Saved calibrations on the page, in a real browser: named, found again, used with three, nine or no dots, deleted."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, Route, expect

from tests.support.calibration_page import open_at_positioning, start_calibration, wait_for_words
from tests.support.page import (
    CAMERA_WITHOUT_A_FACE,
    PEOPLE,
    NewContext,
    camera_sockets,
    needs_browser,
    needs_people,
    open_page,
    wait_for_state,
)
from tests.support.simulated_user import load_person, sit_down

pytestmark = needs_browser


def row(page: Page, name: str) -> Locator:
    return page.locator(f'#kept li[data-user="{name}"]')


def keep(page: Page, name: str) -> None:
    page.fill("#keep-name", name)
    page.press("#keep-name", "Enter")


def sit_down_again(page: Page) -> None:
    """Another visit: a new tab remembers no calibration."""
    page.evaluate("sessionStorage.clear()")
    page.reload()
    page.click("#start")
    page.locator("#calibrate:enabled").wait_for()


@needs_people
@pytest.mark.slow
def test_a_calibration_is_saved_by_name_and_used_again_with_three_dots_with_none_and_with_nine_and_deleted(
    page_server: str, new_context: NewContext
) -> None:
    page, watch, wire = open_at_positioning(page_server, new_context)
    start_calibration(page, "quick")
    assert wait_for_state(page, "result", "positioning") == "result"
    assert [message for message in wire.sent if message.get("user")] == [], "nothing is saved automatically"
    keep(page, "../etc")
    expect(page.locator("#keep-words")).to_contain_text("letters and digits")
    assert [message for message in wire.sent if message["type"] == "profile_save"] == []
    keep(page, "Ada Lovelace")
    expect(page.locator("#kept-as")).to_have_text("Saved as Ada Lovelace")
    error = page.locator("#result-median").inner_text()

    sit_down_again(page)
    expect(row(page, "Ada Lovelace")).to_contain_text(f"expected error {error} px")
    row(page, "Ada Lovelace").locator(".kept-words").click()
    wait_for_state(page, "calibrating")
    assert wait_for_state(page, "result", "positioning") == "result"
    expect(page.locator("#kept-as")).to_have_text("Saved as Ada Lovelace")
    start = [message for message in wire.sent if message["type"] == "calibration_start"][-1]
    assert (start["pattern"], start["user"]) == ("3", "Ada Lovelace")
    assert wire.answers("calibration", "done")[-1]["report"]["n_earlier"] == 1

    page.click("#show-setup")
    wait_for_state(page, "positioning")
    expect(page.locator("#way-words")).to_contain_text("from three dots today")
    page.locator("#returning input[value=none]").check(force=True)
    expect(page.locator("#way-words")).to_contain_text("as it was saved")
    row(page, "Ada Lovelace").locator(".kept-words").click()
    wait_for_state(page, "result")
    expect(page.locator("#result-title")).to_have_text("Your saved calibration")
    page.click("#check-profile")
    wait_for_words(page, "Three dots")
    assert wait_for_state(page, "validation", "result") == "validation"
    expect(page.locator("#validation-title")).to_have_text("Does the calibration still fit?")
    (check,) = [message for message in wire.sent if message["type"] == "validation_start"]
    assert check["check"] is True
    assert len(wire.answers("validation", "started")[0]["targets"]) == 3
    expect(page.locator("#kept-as")).to_have_text("Saved as Ada Lovelace")

    page.click("#show-setup")
    wait_for_state(page, "positioning")
    page.locator("#returning input[value=nine]").check(force=True)
    row(page, "Ada Lovelace").locator(".kept-words").click()
    wait_for_state(page, "calibrating")
    page.keyboard.press("Escape")
    wait_for_state(page, "result")
    expect(page.locator("#result-title")).to_have_text("Your saved calibration")
    page.click("#track")
    page.locator("#gaze-dot[data-x]").wait_for(state="attached")

    page.click("#show-setup")
    row(page, "Ada Lovelace").get_by_text("Delete").click()
    page.locator("#positioning-title").click()
    assert row(page, "Ada Lovelace").get_by_text("Really delete?").count() == 0, "who looks elsewhere has not agreed"
    row(page, "Ada Lovelace").get_by_text("Delete").click()
    row(page, "Ada Lovelace").get_by_text("Really delete?").click()
    row(page, "Ada Lovelace").wait_for(state="detached")
    page.click("#back-to-gaze")
    wait_for_state(page, "tracking")
    assert watch.errors == []


@needs_people
@pytest.mark.slow
def test_after_a_lost_connection_the_calibration_is_active_again_and_a_deleted_one_reported_lost(
    page_server: str, new_context: NewContext
) -> None:
    context = new_context()
    sockets = camera_sockets(context)
    sit_down(context, load_person(PEOPLE[0]))
    page, watch = open_page(context, page_server)
    page.click("#start")
    page.locator("#calibrate:enabled").wait_for()
    start_calibration(page, "quick")
    assert wait_for_state(page, "result", "positioning") == "result"
    sockets[-1].close(code=1012, reason="network")
    expect(page.locator("#notice")).to_contain_text("Connected again, with your calibration.")
    assert page.locator("body").get_attribute("data-state") == "result"
    keep(page, "Grace")
    expect(page.locator("#kept-as")).to_have_text("Saved as Grace")
    page.click("#track")
    page.locator("#gaze-dot[data-x]").wait_for(state="attached")
    sockets[-1].close(code=1012, reason="restart")
    expect(page.locator("#notice")).to_contain_text("with the calibration of Grace")
    page.locator('#face-state[data-status="ok"]').wait_for()

    page.click("#show-setup")
    row(page, "Grace").get_by_text("Delete").click()
    row(page, "Grace").get_by_text("Really delete?").click()
    row(page, "Grace").wait_for(state="detached")
    page.click("#back-to-gaze")
    sockets[-1].close(code=1012, reason="restart")
    wait_for_state(page, "positioning")
    expect(page.locator("#notice")).to_contain_text("no saved calibration")
    expect(page.locator("#back-to-gaze")).to_be_hidden()
    assert watch.errors == []


HERE = {"user": "Ada", "screen": "1280x720", "camera": None, "key": "1280x720", "saved_ms": 1.7e12,
        "calibration_id": "c_1", "median_error_px": 60.2, "error_px": 52.4, "problem": None}  # fmt: skip


def with_profiles(
    page_server: str, new_context: NewContext, listed: list[dict[str, Any]], answer: Callable[[Route], None]
) -> Page:
    """A camera without a face, and a server with these profiles. Other requests about them get `answer`."""
    context = new_context()
    context.add_init_script(CAMERA_WITHOUT_A_FACE)

    def reply(route: Route) -> None:
        if route.request.url.endswith("/v1/profiles"):
            route.fulfill(json={"profiles": listed})
        else:
            answer(route)

    context.route(re.compile("/v1/profiles"), reply)
    page, _ = open_page(context, page_server)
    page.click("#start")
    page.locator("#kept li, #kept-elsewhere li").first.wait_for(state="attached")
    return page


def test_calibrations_for_other_screens_and_broken_ones_are_listed_apart_and_can_be_deleted(
    page_server: str, new_context: NewContext
) -> None:
    broken = HERE | {"user": "Bob", "problem": "made with other networks", "median_error_px": None, "error_px": None}
    other = HERE | {"user": "Cy", "screen": "2560x1440", "key": "2560x1440_hd", "camera": "hd"}
    asked: list[tuple[str, str]] = []

    def answer(route: Route) -> None:
        asked.append((route.request.method, route.request.url.rpartition("/v1/profiles")[2]))
        route.fulfill(status=204)

    page = with_profiles(page_server, new_context, [HERE, broken, other], answer)
    assert page.locator("#kept li").count() == 2
    assert row(page, "Bob").locator("button").all_inner_texts() == ["Delete"]
    expect(row(page, "Bob")).to_contain_text("no longer usable")
    expect(row(page, "Bob")).to_contain_text("made with other networks")
    page.click("#kept-elsewhere summary")
    elsewhere = page.locator("#kept-elsewhere li")
    expect(elsewhere).to_contain_text("screen 2560 × 1440, camera hd")
    elsewhere.get_by_text("Delete").click()
    elsewhere.get_by_text("Really delete?").click()
    expect(elsewhere.get_by_text("Really delete?")).to_have_count(0)
    assert asked == [("DELETE", "/Cy/2560x1440_hd")]


def test_a_refusal_of_the_server_is_shown(page_server: str, new_context: NewContext, tmp_path: Path) -> None:
    def answer(route: Route) -> None:
        route.fulfill(status=409, json={"type": "error", "code": "profile_failed", "message": "this one is broken"})

    page = with_profiles(page_server, new_context, [HERE], answer)
    row(page, "Ada").get_by_text("Export").click()
    expect(page.locator("#notice")).to_have_text("Export failed: this one is broken.")
    (tmp_path / "a.zip").write_bytes(b"no zip")
    page.click("summary:has-text('Import a calibration')")
    page.set_input_files("#import-profile", tmp_path / "a.zip")
    expect(page.locator("#notice")).to_have_text("Import failed: this one is broken.")


def test_an_imported_calibration_for_another_screen_is_reported_as_such(
    page_server: str, new_context: NewContext, tmp_path: Path
) -> None:
    elsewhere = {"user": "Cy", "key": "800x600"}
    page = with_profiles(page_server, new_context, [HERE], lambda route: route.fulfill(body=json.dumps(elsewhere)))
    (tmp_path / "a.zip").write_bytes(b"as the server takes it")
    page.click("summary:has-text('Import a calibration')")
    page.set_input_files("#import-profile", tmp_path / "a.zip")
    expect(page.locator("#notice")).to_contain_text("another screen or camera")


def test_a_calibration_deleted_before_it_is_chosen_is_reported_and_nothing_starts(
    page_server: str, new_context: NewContext
) -> None:
    page = with_profiles(page_server, new_context, [HERE], lambda route: route.fulfill(status=204))
    row(page, "Ada").locator(".kept-words").click()
    expect(page.locator("#notice")).to_contain_text("There is no saved calibration of 'Ada'")
    assert page.locator("body").get_attribute("data-state") == "positioning"
