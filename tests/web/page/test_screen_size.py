"""Measuring the screen with a bank card, in a real browser: pointer, slider, keys, and what the server gets."""

from __future__ import annotations

from playwright.sync_api import expect

from tests.support.calibration_page import WireLog
from tests.support.page import (
    CAMERA_WITHOUT_A_FACE,
    SCREEN,
    NewContext,
    needs_browser,
    open_page,
    wait_for_state,
    wait_until,
)

pytestmark = needs_browser


def test_a_bank_card_measures_the_screen_and_a_typed_diagonal_replaces_it(
    page_server: str, new_context: NewContext
) -> None:
    context = new_context()
    context.add_init_script(CAMERA_WITHOUT_A_FACE)
    page, watch = open_page(context, page_server)
    wire = WireLog(page)
    page.click("#start")
    page.locator("#stream").wait_for()
    wait_until(page, lambda: bool(wire.screen_sent()))
    assert "width_mm" not in wire.screen_sent()
    page.click("summary:has-text('degrees')")
    page.locator("#measure-screen").focus()
    page.keyboard.press("Enter")
    card = page.locator(".card-outline")
    assert round(card.bounding_box()["width"]) == 324  # 85.6 mm at 96 px to the inch

    box = card.bounding_box()
    x, y = box["x"] + box["width"] - 5, box["y"] + box["height"] - 5
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + 95, y + 60, steps=4)
    page.mouse.up()
    moved = card.bounding_box()
    assert (moved["x"], moved["y"]) == (box["x"], box["y"])
    assert abs(moved["width"] - 419) <= 2
    assert abs(moved["width"] / moved["height"] - 85.6 / 53.98) < 0.01

    assert page.evaluate("document.activeElement.type") == "range"
    while card.bounding_box()["width"] < 428:
        page.keyboard.press("ArrowRight")
    expect(page.locator("#card-dialog .card-words")).to_contain_text("25.6 × 14.4 cm")
    for _ in range(2):  # past the larger button, to the one that says it matches
        page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "measure-screen"
    expect(page.locator("#screen-size")).to_contain_text("measured with a card")
    wait_until(page, lambda: "width_mm" in wire.screen_sent())
    screen = wire.screen_sent()
    assert (screen["width_mm"], screen["height_mm"]) == (SCREEN["width"] * 0.2, SCREEN["height"] * 0.2)

    again, _ = open_page(context, page_server)
    kept = WireLog(again)
    again.click("#start")
    again.locator("#stream").wait_for()
    wait_until(again, lambda: bool(kept.screen_sent()))
    assert kept.screen_sent()["width_mm"] == SCREEN["width"] * 0.2
    again.click("summary:has-text('degrees')")
    again.fill("#diagonal", "13.3")
    again.dispatch_event("#diagonal", "change")
    wait_until(again, lambda: kept.screen_sent()["width_mm"] == 294.4)
    assert watch.errors == []


def test_escape_discards_the_measurement_and_the_pages_keys_do_nothing_meanwhile(
    page_server: str, new_context: NewContext
) -> None:
    context = new_context(viewport={"width": 400, "height": 740})
    context.add_init_script(CAMERA_WITHOUT_A_FACE)
    page, watch = open_page(context, page_server)
    page.click("#start")
    wait_for_state(page, "positioning")
    page.click("summary:has-text('degrees')")
    page.click("#measure-screen")
    box = page.locator(".card-outline").bounding_box()
    assert box["height"] > box["width"], "a narrow window shows the card upright"
    page.click("[data-act=smaller]")
    assert page.locator(".card-outline").bounding_box()["height"] == box["height"] - 1
    page.evaluate("document.querySelector('#calibrate').disabled = false; document.activeElement.blur()")
    page.keyboard.press("Space")
    page.keyboard.press("Escape")
    assert page.locator("body").get_attribute("data-state") == "positioning"
    assert page.locator("#card-dialog").is_hidden()
    assert page.locator("#screen-size").is_hidden()
    assert page.evaluate("localStorage.getItem('sightline.mm-per-px')") is None
    assert watch.errors == []
