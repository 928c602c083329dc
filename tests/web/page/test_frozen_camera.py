"""A camera whose picture stands still, while its track is live: the page says so, and no gaze comes."""

from __future__ import annotations

from playwright.sync_api import expect

from tests.support.calibration_page import open_at_positioning
from tests.support.page import NewContext, needs_browser, needs_people
from tests.support.simulated_user import freeze_camera

pytestmark = [*needs_browser, needs_people]


def test_a_frozen_camera_is_named_and_the_game_cannot_start_until_it_moves(
    page_server: str, new_context: NewContext
) -> None:
    page, watch, _ = open_at_positioning(page_server, new_context)
    start = page.locator("#calibrate")
    expect(start).to_be_enabled()
    freeze_camera(page, frozen=True)
    expect(page.locator(".checks")).to_contain_text("The camera's picture stands still")
    expect(start).to_be_disabled()
    freeze_camera(page, frozen=False)
    expect(page.locator(".checks")).to_contain_text("Face found")
    expect(start).to_be_enabled()
    assert watch.errors == []
