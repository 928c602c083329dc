"""Degrees in the plugin: the screen is measured with a bank card before the dots, and stored for the origin."""

from __future__ import annotations

from typing import Any

from playwright.sync_api import Page, expect

from tests.support.calibration_page import WireLog
from tests.support.page import CAMERA_WITHOUT_A_FACE, SCREEN, NewContext, needs_browser, wait_until

pytestmark = needs_browser


def sitting_down(page_server: str, new_context: NewContext, **options: Any) -> tuple[Page, WireLog]:
    """The server's own example, at the step before the dots."""
    context = new_context(**options)
    context.add_init_script(CAMERA_WITHOUT_A_FACE)
    page = context.new_page()
    wire = WireLog(page)
    page.goto(f"{page_server}/example/")
    page.click("#connect")
    page.get_by_role("button", name="Allow").click()
    page.get_by_role("button", name="Measure the screen").wait_for()
    return page, wire


def test_a_bank_card_gives_the_plugin_degrees_now_and_on_the_next_visit(
    page_server: str, new_context: NewContext
) -> None:
    page, wire = sitting_down(page_server, new_context)
    assert "width_mm" not in wire.screen_sent()
    page.get_by_role("button", name="Measure the screen").click()
    slider = page.get_by_role("slider", name="Size of the outline")
    slider.fill("428")
    expect(page.locator("#card-dialog .card-words")).to_contain_text("25.6 × 14.4 cm")
    page.get_by_role("button", name="It matches").click()
    expect(page.locator("span", has_text="measured with a card")).to_be_visible()
    expect(page.get_by_role("button", name="Start the dots")).to_be_visible()
    wait_until(page, lambda: "width_mm" in wire.screen_sent())
    screen = wire.screen_sent()
    assert (screen["width_mm"], screen["height_mm"]) == (SCREEN["width"] * 0.2, SCREEN["height"] * 0.2)
    page.reload()
    page.click("#connect")
    page.get_by_role("button", name="Allow").click()
    expect(page.locator("span", has_text="measured with a card")).to_be_visible()
    wait_until(page, lambda: wire.screen_sent()["width_mm"] == SCREEN["width"] * 0.2)


def test_escape_closes_the_outline_and_leaves_the_step_behind_it(page_server: str, new_context: NewContext) -> None:
    page, wire = sitting_down(page_server, new_context, viewport={"width": 400, "height": 740})
    page.get_by_role("button", name="Measure the screen").click()
    outline = page.locator(".card-outline").bounding_box()
    assert outline is not None
    assert outline["height"] > outline["width"], "a narrow window shows the card upright"
    page.keyboard.press("Escape")
    expect(page.locator("#card-dialog")).to_be_hidden()
    expect(page.get_by_role("button", name="Start the dots")).to_be_visible()
    assert "width_mm" not in wire.screen_sent()
