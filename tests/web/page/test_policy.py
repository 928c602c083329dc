"""The page under the content security policy that people get. The other tests let Playwright evaluate texts."""

from __future__ import annotations

from pathlib import Path

from tests.support.page import NewContext, needs_browser, open_page, wait_until
from tests.support.server_process import server_process

pytestmark = needs_browser


def test_the_page_sees_the_face_and_no_text_is_evaluated(tmp_path: Path, new_context: NewContext) -> None:
    with server_process(tmp_path, test_driver=False) as server:
        page, watch = open_page(new_context(), server, "/?demo")
        page.click("#start")
        page.locator("#calibrate:enabled").wait_for()
        assert watch.errors == []
        page.evaluate("setTimeout('window.evaluated = true')")
        wait_until(page, lambda: any("unsafe-eval" in error for error in watch.errors))
        assert page.evaluate("window.evaluated") is None
