"""The page with a simulated user, at its positioning view or in the calibration."""

from __future__ import annotations

import json
from typing import Any

from playwright.sync_api import BrowserContext, Page

from tests.support.page import PEOPLE, NewContext, PageProblems, click_until, open_page, wait_until
from tests.support.simulated_user import Interval, eyes_arrived, load_person, look_away, sit_down

FILTER_SETTLES_MS = 500.0  # after a saccade
NO_FULL_SCREEN = """
Element.prototype.requestFullscreen = async () => { throw new TypeError("not here") };
addEventListener("pointermove", (e) => { window.offset = [e.screenX - e.clientX, e.screenY - e.clientY] });
"""


class WireLog:
    """What a page and the server send each other, without frames; gaze messages stand in a list of their own."""

    def __init__(self, page: Page) -> None:
        self.sent: list[dict[str, Any]] = []
        self.received: list[dict[str, Any]] = []
        self.gaze: list[dict[str, Any]] = []
        page.on("websocket", self._listen)

    def _listen(self, socket: Any) -> None:
        socket.on("framesent", lambda data: self._keep(self.sent, data))
        socket.on("framereceived", lambda data: self._keep(self.received, data))

    def _keep(self, where: list[dict[str, Any]], data: str | bytes) -> None:
        if isinstance(data, bytes):
            return
        message = json.loads(data)
        if message["type"] == "gaze":
            self.gaze.append(message)
        elif message["type"] != "dropped":
            where.append(message)

    def points(self, target_id: int | None = None) -> list[dict[str, Any]]:
        shown = [message for message in self.sent if message["type"] == "calibration_point"]
        return [message for message in shown if target_id is None or message["target_id"] == target_id]

    def screen_sent(self) -> dict[str, Any]:
        """The screen of the last geometry message; empty before the first one."""
        return next((m["screen"] for m in reversed(self.sent) if m["type"] == "geometry"), {})

    def answers(self, kind: str, state: str) -> list[dict[str, Any]]:
        return [m for m in self.received if m["type"] == kind and m.get("state") == state]


def open_at_positioning(
    page_server: str, new_context: NewContext, *, blink_between_ms: Interval | None = None, **options: Any
) -> tuple[Page, PageProblems, WireLog]:
    return open_at_positioning_in(new_context(**options), page_server, blink_between_ms)


def open_at_positioning_in(
    context: BrowserContext, page_server: str, blink_between_ms: Interval | None = None
) -> tuple[Page, PageProblems, WireLog]:
    sit_down(context, load_person(PEOPLE[0]), blink_between_ms=blink_between_ms)
    page, watch = open_page(context, page_server)
    wire = WireLog(page)
    page.click("#start")
    page.locator("#calibrate:enabled").wait_for()
    return page, watch, wire


def settled_gaze(page: Page, wire: WireLog, n: int = 6) -> list[dict[str, Any]]:
    """The first n valid gaze messages of the place that the eyes were to look at, the filter's settling left out."""
    since_ms = eyes_arrived(page) + FILTER_SETTLES_MS

    def settled() -> list[dict[str, Any]]:
        return [gaze for gaze in wire.gaze if gaze["valid"] and gaze["timestamp"] >= since_ms]

    wait_until(page, lambda: len(settled()) >= n)
    return settled()[:n]


def wait_for_frames_of_the_place(page: Page, wire: WireLog, n: int = 8) -> None:
    """Until the server has answered n frames in which the eyes were where they were to look."""
    since_ms = eyes_arrived(page)
    wait_until(page, lambda: sum(gaze["timestamp"] >= since_ms for gaze in wire.gaze) >= n)


def start_calibration(page: Page, plan: str = "standard") -> None:
    page.check(f"#plan input[value={plan}]", force=True)
    click_start(page)


def click_start(page: Page) -> None:
    """The button below the choice of dots."""
    click_until(page, at="#calibrate:enabled", comes='body[data-state="calibrating"]')


def calibrate_in_a_window(page_server: str, new_context: NewContext) -> tuple[Page, PageProblems, WireLog]:
    """A browser that gives no full screen: the window is smaller than the screen."""
    context = new_context(viewport={"width": 1000, "height": 560})
    context.add_init_script(NO_FULL_SCREEN)
    page, watch, wire = open_at_positioning_in(context, page_server)
    start_calibration(page)
    return page, watch, wire


def wait_for_words(page: Page, text: str) -> None:
    page.locator("#game-words", has_text=text).wait_for()


def target_shown(page: Page) -> str:
    return str(page.locator("#target").get_attribute("data-target-id"))


def look_away_from_one_target(page: Page) -> int:
    """Looks away while one of the first targets is shown; returns its number."""
    page.locator("#target[data-target-id]").wait_for()
    page.locator(f'#target[data-phase="settling"]:not([data-target-id="{target_shown(page)}"])').wait_for()
    away = int(target_shown(page))
    x, y = (float(page.locator("#target").get_attribute(f"data-{axis}") or 0) for axis in "xy")
    look_away(page, (0.08 if x > 0.5 else 0.92, 0.95 if y < 0.5 else 0.08))
    page.locator(f'#target:not([data-target-id="{away}"])').wait_for()
    look_away(page, None)
    return away
