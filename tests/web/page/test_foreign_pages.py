"""What a page that the person happens to visit can learn from a running server: nothing. In a real browser."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page
from websockets.sync.client import connect

from tests.support.foreign_page import open_site
from tests.support.page import needs_browser, open_context

pytestmark = needs_browser


@pytest.fixture
def stranger(page_server: str, browser: Browser) -> Iterator[tuple[Page, str, str]]:
    """(a page of another origin, the server, the token of a session that is live meanwhile)"""
    with open_site() as site, connect(page_server.replace("http", "ws") + "/v1/camera") as camera:
        hello = json.loads(camera.recv())
        site.pages["/"] = "<!doctype html><title>stranger</title>"
        context = open_context(browser)
        page = context.new_page()
        page.goto(site.origin)
        yield page, page_server, hello["token"]
        context.close()


LOADS = """([kind, url]) => new Promise((resolve) => {
  const element = document.createElement(kind);
  element.onload = () => resolve("loaded");
  element.onerror = () => resolve("error");
  element.src = url;
  document.body.append(element);
})"""


def test_a_foreign_page_gets_no_events_or_streams_even_with_the_token(stranger: tuple[Page, str, str]) -> None:
    page, server, token = stranger
    for query in ("", f"?token={token}"):
        state = page.evaluate(
            """(url) => new Promise((resolve) => {
                 const source = new EventSource(url);
                 source.onopen = () => resolve("open");
                 source.onerror = () => resolve(source.readyState);
               })""",
            f"{server}/v1/stream/sse{query}",
        )
        assert state == 2  # closed for good
        for path in ("/v1/stream/ndjson", "/v1/gaze/latest", "/v1/sessions", "/v1/profiles"):
            read = page.evaluate("(url) => fetch(url).then((r) => r.text(), (e) => e.name)", server + path + query)
            assert read == "TypeError", path


def test_a_foreign_page_cannot_load_pictures_scripts_or_frames(stranger: tuple[Page, str, str]) -> None:
    page, server, _ = stranger
    assert page.request.get(f"{server}/v1/heatmap.png").status == 200, "there is something to steal"
    for kind, path in (("img", "/v1/heatmap.png"), ("script", "/v1/gaze/latest"), ("img", "/icons/sightline.svg")):
        assert page.evaluate(LOADS, [kind, server + path]) == "error", path
    page.evaluate(LOADS, ["iframe", f"{server}/"])
    (frame,) = [frame for frame in page.frames if frame is not page.main_frame]
    assert frame.locator("#start").count() == 0


def test_a_request_without_a_preflight_changes_nothing(stranger: tuple[Page, str, str]) -> None:
    page, server, _ = stranger
    status = page.evaluate(
        """(url) => fetch(url, { method: "POST", mode: "no-cors", body: "x" }).then((r) => r.type, (e) => e.name)""",
        f"{server}/v1/profiles/Ada/1280x720",
    )
    assert status in ("opaque", "TypeError")
    assert page.request.get(f"{server}/v1/sessions").json()["sessions"][0]["frames"] == 0
