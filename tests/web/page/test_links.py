"""The links at the foot of the page, and the address of the stream with and without the session's token."""

from __future__ import annotations

import json

from playwright.sync_api import expect
from websockets.sync.client import connect

from tests.support.page import CAMERA_WITHOUT_A_FACE, NewContext, needs_browser, open_page, wait_until

pytestmark = needs_browser


def test_example_keyboard_and_protocol_are_reachable_from_the_start_with_a_way_back(
    page_server: str, new_context: NewContext
) -> None:
    page, watch = open_page(new_context(), page_server, "/?demo")
    for name, address, heading in (
        ("Example: gaze in a page", "/example/?demo", "Areas of interest: which picture do you look at?"),
        ("Eye keyboard", "/example/?demo#keyboard", "A keyboard for the eyes"),
    ):
        page.get_by_role("link", name=name).click()
        page.get_by_role("heading", name=heading).wait_for()
        assert page.url == page_server + address
        back = page.get_by_role("link", name="Sightline")
        expect(back).to_have_attribute("href", "../?demo")
        back.click()
        page.locator("#demo-badge").wait_for()
    assert (watch.errors, watch.foreign) == ([], [])
    page.get_by_role("link", name="Protocol").click()
    page.get_by_text("This document describes version 1 of the protocol").wait_for()


def test_the_address_of_the_stream_is_copied_with_and_without_the_token(
    page_server: str, new_context: NewContext
) -> None:
    context = new_context(permissions=["clipboard-read", "clipboard-write"])
    context.add_init_script(CAMERA_WITHOUT_A_FACE)
    page, watch = open_page(context, page_server)
    expect(page.locator("#stream")).to_be_hidden()
    page.click("#start")
    page.get_by_role("button", name="Copy", exact=True).click()
    page.get_by_role("button", name="Copied").wait_for()
    plain = page.evaluate("navigator.clipboard.readText()")
    assert plain == page.locator("#stream code").text_content()
    assert "token" not in plain
    page.get_by_role("button", name="Copy with token").click()
    wait_until(page, lambda: "token=" in page.evaluate("navigator.clipboard.readText()"))
    with connect(page.evaluate("navigator.clipboard.readText()")) as stream:
        stream.send(json.dumps({"type": "mark", "label": "here", "request_id": 1}))
        assert any(json.loads(text).get("request_id") == 1 for text in stream)
    assert watch.errors == []


def test_a_page_that_may_not_use_the_clipboard_selects_the_address(page_server: str, new_context: NewContext) -> None:
    context = new_context()
    context.add_init_script(CAMERA_WITHOUT_A_FACE)
    context.add_init_script("Object.defineProperty(Navigator.prototype, 'clipboard', { value: undefined })")
    page, watch = open_page(context, page_server)
    page.click("#start")
    page.get_by_role("button", name="Copy with token").click()
    page.get_by_role("button", name="Press Ctrl+C").wait_for()
    assert "token=" in page.evaluate("getSelection().toString()")
    assert watch.errors == []
