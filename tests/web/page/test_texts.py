"""The texts of the page's HTML come from a module; without it the page shows nothing half-written."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.support.page import NewContext, PageProblems, needs_browser

pytestmark = needs_browser


@pytest.mark.parametrize(("path", "button"), [("/", "#start"), ("/example/", "#connect")])
def test_the_page_is_hidden_until_its_texts_are_written(
    page_server: str, new_context: NewContext, path: str, button: str
) -> None:
    page = new_context().new_page()
    page.route("**/show-texts.js", lambda route: route.abort())
    page.goto(page_server + path)
    page.wait_for_load_state()
    expect(page.locator(button)).to_be_attached()
    expect(page.locator(button)).to_be_hidden()


@pytest.mark.parametrize("path", ["/", "/?demo", "/example/", "/example/#keyboard"])
def test_every_text_is_written_before_the_document_counts_as_loaded(
    page_server: str, new_context: NewContext, path: str
) -> None:
    page = new_context().new_page()
    watch = PageProblems(page, page_server)
    page.add_init_script(
        "addEventListener('DOMContentLoaded', () => { window.ready = 'ready' in document.documentElement.dataset })"
    )
    page.goto(page_server + path)
    page.wait_for_load_state()
    assert page.evaluate("window.ready") is True
    assert "Sightline" in page.title()
    assert page.locator("button:visible").evaluate_all("all => all.filter((it) => !it.innerText.trim()).length") == 0
    assert watch.errors == []
