"""Measures the duration of the dot game, in a real browser with the real server:

    python -m tests.support.game_duration [--miss-a-dot] [standard thorough ...]

A rendered person who blinks plays each plan. With --miss-a-dot they look away from one dot, which is then repeated.
It prints the seconds that the page promises, those from the press of the button to the result, and those of the parts;
also the frames per second and the machine's load, which influence them. So no test checks these seconds.
"""

from __future__ import annotations

import os
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from playwright.sync_api import Page, sync_playwright

from tests.support.calibration_page import WireLog, look_away_from_one_target
from tests.support.page import BROWSER_FLAGS, CHROMIUM, PEOPLE, open_context, wait_for_state, wait_until
from tests.support.server_process import server_process
from tests.support.simulated_user import load_person, move_head, sit_down
from tests.support.times import LONG_WAIT_MS

PLANS = ("quick", "standard", "dense", "thorough")
TURNS_DEG = (10.0, -10.0, 6.0, 0.0)


@dataclass
class Timed(WireLog):
    """The messages on the wire, with their times."""

    page: Page
    at_s: dict[str, float] = field(default_factory=dict)  # of the first message of a kind; of the last `finish`

    def __post_init__(self) -> None:
        super().__init__(self.page)

    def _keep(self, where: list[dict[str, Any]], data: str | bytes) -> None:
        n = len(where)
        super()._keep(where, data)
        for message in where[n:]:
            name = message["type"] + (f":{message['state']}" if "state" in message else "")
            if name not in self.at_s or name == "calibration_finish":
                self.at_s[name] = time.monotonic()


def play(page: Page, plan: str, *, miss: bool) -> dict[str, float]:
    """Seconds by the clock; the page is sat down at its positioning view."""
    wire = Timed(page)
    page.evaluate("sessionStorage.clear()")  # without the calibration of the game before
    page.reload()
    page.click("#start")
    page.locator("#calibrate:enabled").wait_for()
    wait_until(page, lambda: len(wire.gaze) >= 20)
    page.check(f"#plan input[value={plan}]", force=True)
    promised = float(page.locator(f'[data-time="{plan}"]').inner_text().split()[0])
    pressed = time.monotonic()
    page.click("#calibrate")
    if miss:
        look_away_from_one_target(page)
    if plan == "thorough":
        page.locator('#target[data-target-id="1001"][data-phase="following"]').wait_for(timeout=LONG_WAIT_MS)
        for turn in TURNS_DEG:
            move_head(page, roll_deg=turn)
            page.wait_for_timeout(1700)  # a person turns as fast as that on any machine
        move_head(page)
    if wait_for_state(page, "result", "positioning") != "result":
        raise SystemExit(f"{plan}: {page.locator('#notice').inner_text()}")
    shown = time.monotonic()
    (report,) = [message["report"] for message in wire.answers("calibration", "done")]
    again = [target["reason"] for answer in wire.answers("calibration", "again") for target in answer["targets"]]
    start, finish = wire.at_s["calibration_start"], wire.at_s["calibration_finish"]
    return {
        "promised": promised,
        "took": shown - pressed,
        "to the first dot": wire.at_s["calibration_point"] - pressed,
        "dots and rounds": finish - wire.at_s["calibration_point"],
        "fit": shown - finish,
        **{f"again: {reason}": again.count(reason) for reason in sorted(set(again))},
        "frames a second": report["n_frames"] / (finish - start),
        "median error px": report["median_error_px"],
    }


def main() -> None:
    plans = [name for name in sys.argv[1:] if name in PLANS] or ["standard", "thorough"]
    with (
        tempfile.TemporaryDirectory() as folder,
        server_process(Path(folder) / "profiles") as server,
        sync_playwright() as playwright,
    ):
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=BROWSER_FLAGS)
        context = open_context(browser)
        sit_down(context, load_person(PEOPLE[0]), blink_between_ms=(2500, 5000))
        page = context.new_page()
        page.goto(server)
        for plan in plans:
            load = os.getloadavg()[0]
            timed = play(page, plan, miss="--miss-a-dot" in sys.argv)
            durations = ", ".join(f"{name} {value:.1f}" for name, value in timed.items())
            print(f"{plan}: {durations}; load {load:.1f} before, {os.getloadavg()[0]:.1f} after", flush=True)
        browser.close()


if __name__ == "__main__":
    main()
