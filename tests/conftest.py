"""What several test modules need: the server as a process, a browser, fresh browser windows."""

from __future__ import annotations

import contextlib
import os
import re
import shlex
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.support.paths import ROOT

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext

    from tests.support.page import Evaluate, NewContext

START_S, STOP_S = 120, 60  # importing PyTorch, and letting it go, on a busy machine
# No flag lets the browser talk to anybody but the server under test.
BROWSER_FLAGS = [
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]


@contextlib.contextmanager
def running_server(profiles: Path, *options: str) -> Iterator[str]:
    """The address that `python -m server` prints. SIGHTLINE_SERVER puts another command in its place."""
    command = shlex.split(os.environ.get("SIGHTLINE_SERVER", f"{sys.executable} -m server"))
    process = subprocess.Popen(
        [
            *command,
            "--port",
            "0",
            "--profiles",
            str(profiles),
            "--recordings",
            f"{profiles}-recordings",
            "--device",
            "cpu",
            *options,
        ],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    too_late = threading.Timer(START_S, process.kill)
    too_late.start()
    printed = process.stdout.readline()
    too_late.cancel()
    found = re.search(r"http://\S+?/", printed)
    try:
        assert found, f"the server printed no address: {printed!r}"
        yield found[0].rstrip("/")
    finally:
        process.terminate()
        process.wait(timeout=STOP_S)


@pytest.fixture(scope="session")
def page_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with running_server(tmp_path_factory.mktemp("profiles")) as address:
        yield address


@pytest.fixture(scope="module")  # not session: while Playwright runs, no asyncio test can
def browser() -> Iterator[Browser]:
    from playwright.sync_api import sync_playwright

    from tests.support.page import CHROMIUM

    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=CHROMIUM, args=BROWSER_FLAGS)
        yield running
        running.close()


@pytest.fixture(scope="module")
def evaluate(page_server: str, browser: Browser) -> Iterator[Evaluate]:
    """evaluate("/core/wire.js", "m.encodeHeader(...)"): an expression with a module as `m`, in one page for all."""
    from tests.support.page import open_page

    context = browser.new_context()
    page, _ = open_page(context, page_server)
    yield lambda path, expression: page.evaluate(f"import('{path}').then((m) => {{ return {expression} }})")
    context.close()


@pytest.fixture
def new_context(browser: Browser) -> Iterator[NewContext]:
    """Fresh browser windows, closed after the test."""
    from tests.support.page import SCREEN

    opened: list[BrowserContext] = []

    def make(**options: Any) -> BrowserContext:
        settings: dict[str, Any] = {"viewport": SCREEN, "screen": SCREEN, "accept_downloads": True}
        opened.append(browser.new_context(**(settings | options)))
        return opened[-1]

    yield make
    for context in opened:
        context.close()
