"""What the view before the dots says of the camera's picture: one that stands still, and glare on glasses."""

from __future__ import annotations

from playwright.sync_api import expect

from tests.support.calibration_page import open_at_positioning
from tests.support.page import NewContext, needs_browser, needs_people, wait_until
from tests.support.simulated_user import freeze_camera, reflect_light

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


def test_glare_on_glasses_is_named_with_what_helps_and_does_not_forbid_the_dots(
    page_server: str, new_context: NewContext
) -> None:
    page, watch, wire = open_at_positioning(page_server, new_context)
    advice = page.locator('.checks [data-check="glare"]')
    expect(advice).to_be_hidden()
    wait_until(page, lambda: any(gaze.get("face") for gaze in wire.gaze))
    face = next(gaze["face"] for gaze in reversed(wire.gaze) if gaze.get("face"))
    reflect_light(page, face["eyes"])
    expect(advice).to_be_visible()
    expect(advice).to_have_text("Glare on your glasses: tilt the screen or move the lamp")
    expect(page.locator("#calibrate")).to_be_enabled()
    reflect_light(page, [])
    expect(advice).to_be_hidden()
    assert watch.errors == []
