"""The plugin on a page of another origin, before a server that allows it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from playwright.sync_api import Frame, Page

from tests.support.foreign_page import Site

# While a busy machine answers no frame, the page says so with a point of its own.
OF_FRAMES = "window.seen.gaze.filter((point) => point.status !== 'no_frames')"
WITHOUT_ASKING = {"consent": "given", "calibrate": "manual", "badge": False}


@dataclass(frozen=True, slots=True)
class PluginSites:
    """A gaze server and two sites. The server allows `friend` and not `stranger`."""

    server: str
    friend: Site
    stranger: Site


def open_plugin_page(context: Any, url: str) -> tuple[Page, list[str]]:
    page = context.new_page()
    errors: list[str] = []
    page.on("console", lambda message: errors.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.goto(url)
    page.wait_for_function("window.ready")
    return page, errors


def outcome_of(page: Page | Frame) -> str:
    page.wait_for_function("window.seen.outcome")
    return str(page.evaluate("window.seen.outcome"))


def gaze_captured_after(page: Page, since_ms: float, n: int) -> list[dict[str, Any]]:
    """The first n points of frames that were captured after that, unix ms."""
    later = f"{OF_FRAMES}.filter((point) => point.message.timestamp >= {since_ms})"
    page.wait_for_function(f"{later}.length >= {n}")
    return list(page.evaluate(f"{later}.slice(0, {n})"))


def next_gaze(page: Page | Frame, n: int) -> list[dict[str, Any]]:
    """The next n points of frames."""
    before = page.evaluate(f"{OF_FRAMES}.length")
    page.wait_for_function(f"{OF_FRAMES}.length >= {before + n}")
    return list(page.evaluate(f"{OF_FRAMES}.slice({before}, {before + n})"))
