"""The help panel of the page: opened by key and by button, closed by Escape, and never over the dots."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.support.calibration_page import open_at_positioning
from tests.support.page import NewContext, needs_browser, needs_people, open_page, wait_for_state

pytestmark = needs_browser


def expect_help(page: Page, *, shown: bool) -> None:
    expect(page.locator("#help")).to_be_visible(visible=shown)


def focused(page: Page) -> str:
    return str(page.evaluate("document.activeElement.id || document.activeElement.textContent.trim()"))


@pytest.mark.parametrize("way_in", ["key", "button"])
def test_help_opens_by_key_or_button_and_escape_gives_the_focus_back(
    page_server: str, new_context: NewContext, way_in: str
) -> None:
    page, watch = open_page(new_context(), page_server)
    page.focus("#show-help")
    page.keyboard.press("?" if way_in == "key" else "Enter")
    expect_help(page, shown=True)
    assert focused(page).startswith("Close")
    page.keyboard.press("Escape")
    expect_help(page, shown=False)
    assert focused(page) == "show-help"
    assert watch.errors == []


def test_help_names_every_key_of_the_page(page_server: str, new_context: NewContext) -> None:
    page, _ = open_page(new_context(), page_server)
    keys = page.evaluate("[...document.querySelectorAll('[aria-keyshortcuts]')].map((it) => it.ariaKeyShortcuts)")
    named = page.locator("#help .keys kbd").all_text_contents()
    assert len(keys) > 5
    assert set(keys) - set(named) == set()


def test_help_fits_on_a_telephone(page_server: str, new_context: NewContext) -> None:
    page, _ = open_page(new_context(viewport={"width": 390, "height": 844}), page_server)
    page.click("#show-help")
    assert page.evaluate("document.querySelector('#help').scrollWidth <= document.querySelector('#help').clientWidth")
    page.locator("#help section").last.scroll_into_view_if_needed()
    page.get_by_role("button", name="Close").click()
    expect_help(page, shown=False)


@needs_people
def test_the_dots_close_the_help_and_ignore_its_key(page_server: str, new_context: NewContext) -> None:
    page, *_ = open_at_positioning(page_server, new_context)
    page.locator("#calibrate:enabled").wait_for()
    page.keyboard.press("?")
    expect_help(page, shown=True)
    page.evaluate("document.querySelector('#calibrate').click()")  # as another program can start the dots
    wait_for_state(page, "calibrating")
    expect_help(page, shown=False)
    page.locator('#target[data-phase="settling"]').wait_for()
    page.keyboard.press("?")
    assert page.locator("#help").is_hidden()


def test_a_question_mark_that_is_typed_opens_no_help(page_server: str, new_context: NewContext) -> None:
    page, _ = open_page(new_context(), page_server)
    page.evaluate("document.body.append(Object.assign(document.createElement('input'), { id: 'typed' }))")
    page.focus("#typed")
    page.keyboard.press("?")
    expect(page.locator("#typed")).to_have_value("?")
    expect_help(page, shown=False)
