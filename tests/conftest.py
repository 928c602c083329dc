"""What several test modules need: the server as a process, a browser, fresh browser windows. How many run at a time."""

from __future__ import annotations

import os
import signal
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.support.server_process import recordings_of, server_process

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext

    from tests.support.page import Evaluate, NewContext

MOST_CORES = 4  # that are used; each worker may have a browser and a server


def pytest_configure() -> None:
    """In the background of a shell, commands and their children ignore SIGINT, which ends servers in the tests."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_xdist_auto_num_workers() -> int:
    """For `-n auto`: one more than cores, because a test in the browser waits for half of its time."""
    return min(os.cpu_count() or 1, MOST_CORES) + 1


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The longest files first: workers take whole files (see Makefile), and so end at about one time."""
    roughly_s: defaultdict[Path, float] = defaultdict(float)
    for item in items:
        slow, browser = (item.get_closest_marker(name) is not None for name in ("slow", "browser"))
        roughly_s[item.path] += 30.0 if slow and browser else 3.0 if slow or browser else 0.1
    items.sort(key=lambda item: -roughly_s[item.path])


@pytest.fixture(scope="session")
def page_profiles(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of profiles of `page_server`."""
    return tmp_path_factory.mktemp("profiles")


@pytest.fixture(scope="session")
def page_server(page_profiles: Path) -> Iterator[str]:
    with server_process(page_profiles) as address:
        yield address


@pytest.fixture(scope="session")
def page_recordings(page_profiles: Path) -> Path:
    """The folder of recordings of `page_server`."""
    return recordings_of(page_profiles)


@pytest.fixture(scope="module")  # not session: while Playwright runs, no asyncio test can
def browser() -> Iterator[Browser]:
    from playwright.sync_api import sync_playwright

    from tests.support.page import BROWSER_FLAGS, CHROMIUM

    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=CHROMIUM, args=BROWSER_FLAGS)
        yield running
        running.close()


@pytest.fixture(scope="module")
def evaluate(page_server: str, browser: Browser) -> Iterator[Evaluate]:
    """evaluate("/core/wire.js", "m.encodeHeader(...)"): an expression with a module as `m`, in one page for all."""
    from tests.support.page import open_context, open_page

    context = open_context(browser)
    page, _ = open_page(context, page_server)
    yield lambda path, expression: page.evaluate(f"import('{path}').then((m) => {{ return {expression} }})")
    context.close()


@pytest.fixture
def new_context(browser: Browser) -> Iterator[NewContext]:
    """Fresh browser windows, closed after the test."""
    from tests.support.page import open_context

    opened: list[BrowserContext] = []

    def make(**options: Any) -> BrowserContext:
        opened.append(open_context(browser, **options))
        return opened[-1]

    yield make
    for context in opened:
        context.close()
