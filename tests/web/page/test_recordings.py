"""Recording on the page: off until it is switched on, pictures only with consent, seen, kept, taken away, deleted."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pytest
from playwright.sync_api import expect

from server.recordings.reader import read_recording
from tests.support.calibration_page import open_at_positioning, open_at_positioning_in, start_calibration
from tests.support.page import NewContext, camera_sockets, needs_browser, needs_people, open_page, wait_for_state

pytestmark = needs_browser


@needs_people
@pytest.mark.slow
def test_a_run_with_consent_is_recorded_downloaded_and_deleted(
    page_server: str, new_context: NewContext, tmp_path: Path
) -> None:
    page, watch, wire = open_at_positioning(page_server, new_context)
    page.click("#record-options summary")
    assert not page.is_checked("#record-numbers")
    assert not page.is_checked("#record-frames")
    page.check("#record-frames")
    assert page.is_checked("#record-numbers")
    start_calibration(page, "quick")
    assert wait_for_state(page, "result", "positioning") == "result"
    (start,) = [message for message in wire.sent if message["type"] == "record_start"]
    assert (start["frames"], start["consent"]) == (True, True)
    assert "with pictures" in page.locator("#record-lamp").inner_text()
    page.click("#validate")
    assert wait_for_state(page, "validation", "tracking") == "validation"
    page.click("#record-lamp button")
    page.locator("#record-lamp").wait_for(state="hidden")
    assert not page.is_checked("#record-frames"), "consent is for one recording"

    page.click("#show-recordings")
    name = wire.answers("record", "started")[0]["recording"]
    row = page.locator(f'[data-recording="{name}"]')
    row.wait_for()
    assert "pictures and numbers" in row.inner_text()
    with page.expect_download() as download:
        row.get_by_text("Download").click()
    zipfile.ZipFile(download.value.path()).extractall(tmp_path)
    recording = read_recording(tmp_path / name)
    assert len({frame.target_id for frame in recording.in_phase("calibrate")}) == 5
    assert len({frame.target_id for frame in recording.in_phase("test")}) == 9
    assert recording.frames[-1].region is not None
    row.get_by_text("Delete").click()
    row.get_by_text("Really delete?").click()
    row.wait_for(state="detached")
    page.set_viewport_size({"width": 360, "height": 740})
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    assert watch.errors == []


@needs_people
def test_nothing_is_recorded_unless_it_was_ticked(page_server: str, new_context: NewContext) -> None:
    page, _, wire = open_at_positioning(page_server, new_context)
    start_calibration(page, "quick")
    page.locator("#target[data-target-id]").wait_for()
    assert [message for message in wire.sent if message["type"] == "record_start"] == []
    assert page.locator("#record-lamp").is_hidden()
    page.keyboard.press("Escape")
    wait_for_state(page, "positioning")


@needs_people
def test_a_recording_whose_connection_is_lost_says_so_and_continues_as_a_new_part(
    page_server: str, new_context: NewContext
) -> None:
    context = new_context()
    sockets = camera_sockets(context)
    page, _, _ = open_at_positioning_in(context, page_server, None)
    page.click("#record-options summary")
    page.check("#record-numbers")
    start_calibration(page, "quick")
    lamp = page.locator("#record-lamp")
    lamp.wait_for(state="visible")
    page.evaluate(
        """() => new MutationObserver(() => { window.wentOut ||= document.querySelector("#record-lamp").hidden })
          .observe(document.querySelector("#record-lamp"), { attributes: true })"""
    )
    sockets[0].close(code=1012, reason="restart")
    expect(page.locator("#notice")).to_contain_text("The recording has ended")
    expect(lamp).to_contain_text("new part")
    assert page.evaluate("window.wentOut")
    page.click("#record-lamp button")
    lamp.wait_for(state="hidden")


def test_the_list_says_when_it_is_empty_and_leads_back(page_server: str, new_context: NewContext) -> None:
    page, watch = open_page(new_context(), page_server)
    page.click("#show-recordings")
    page.locator("#recordings-empty:visible, #recordings-list li").first.wait_for()
    page.click("#recordings-back")
    assert wait_for_state(page, "welcome") == "welcome"
    assert watch.errors == []
