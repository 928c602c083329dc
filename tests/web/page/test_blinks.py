"""People blink: in the game nothing is learnt from shut eyes, and while tracking the dot stays where they look."""

from __future__ import annotations

import math
import statistics
from typing import Any

import pytest
from playwright.sync_api import Page

from models.analysis import CLOSED_OPENNESS
from tests.support.calibration_page import open_at_positioning, settled_gaze, start_calibration
from tests.support.drawn_eyelids import eyelid_columns
from tests.support.page import (
    PEOPLE,
    SCREEN,
    NewContext,
    Subscriber,
    needs_browser,
    needs_people,
    wait_for_state,
    wait_until,
)
from tests.support.simulated_user import blink_every, blinks_made, load_person, look_at

pytestmark = [*needs_browser, needs_people, pytest.mark.slow]

SHUT_FROM_MS, SHUT_TO_MS = 60.0, 160.0  # of a blink's 240 ms


def during_blinks(samples: list[dict[str, Any]], blinks: list[dict[str, float]]) -> list[dict[str, Any]]:
    return [
        sample
        for sample in samples
        for blink in blinks
        if blink["from_ms"] + SHUT_FROM_MS <= sample["timestamp"] <= blink["from_ms"] + SHUT_TO_MS
    ]


def wait_for_blinks(page: Page, n: int) -> None:
    page.wait_for_function(f"window.simulatedUser.blinks.length >= {len(blinks_made(page)) + n}")


def test_every_picture_has_drawn_eyelids() -> None:
    person = load_person(PEOPLE[0])
    eyelids = eyelid_columns(tuple(picture.path for picture in person.pictures))
    assert len(eyelids) == len(person.pictures)
    assert all(len(columns) > 20 for columns in eyelids)
    assert all(skin < upper <= lower for columns in eyelids for _, skin, upper, lower in columns)


def test_frequent_blinks_leave_the_calibration_good_and_the_dot_in_place(
    page_server: str, new_context: NewContext
) -> None:
    page, watch, wire = open_at_positioning(page_server, new_context, blink_between_ms=(500, 1000))
    address = page.locator("#stream code").text_content()
    assert address
    subscriber = Subscriber(address)
    page.evaluate(
        """() => {
          window.said = [];
          const words = document.querySelector("#game-words");
          new MutationObserver(() => window.said.push(words.textContent)).observe(words, { childList: true });
        }"""
    )
    start_calibration(page)
    assert wait_for_state(page, "result", "positioning") == "result"
    said = page.evaluate("window.said")
    assert not [text for text in said if "can't see" in text], "a blink is no absence"
    asked = [target["id"] for again in wire.answers("calibration", "again") for target in again["targets"]]
    assert len(wire.points()) == 9 + len(asked), "no dot came again because of a blink"
    (done,) = wire.answers("calibration", "done")
    report = done["report"]
    print(f"blinks {len(blinks_made(page))}, frames {report['n_frames']}, blink frames {report['n_blinks']}, "
          f"median error {report['median_error_px']:.0f} px, asked again {asked}")  # fmt: skip
    assert report["n_blinks"] > 0
    assert report["median_error_px"] < 120

    page.click("#track")
    look_at(page, 0.3, 0.35)
    blink_every(page, 1500, 2500)
    settled_gaze(page, wire)
    first, blinks_before = len(subscriber.samples), len(blinks_made(page))
    wait_for_blinks(page, 5)
    last_ms = blinks_made(page)[-1]["to_ms"]
    wait_until(page, lambda: subscriber.samples[-1]["timestamp"] > last_ms)
    samples = subscriber.samples[first:]
    blinks = blinks_made(page)[blinks_before:]
    shut = during_blinks(samples, blinks)
    assert [sample for sample in shut if sample["status"] == "eyes_closed"], "the server saw them"
    assert all(sample["x"] is None for sample in samples if not sample["valid"])
    openness = [sample["eyes"]["left"]["openness"] for sample in shut if sample.get("eyes")]
    limit, statuses = CLOSED_OPENNESS / 0.25, sorted({sample["status"] for sample in shut})
    print(f"{len(shut)} frames in {len(blinks)} blinks, openness {min(openness):.2f} to {max(openness):.2f}")
    print(f"closed under {limit:.2f}, statuses {statuses}")
    places = [(sample["x"] * SCREEN["width"], sample["y"] * SCREEN["height"]) for sample in samples if sample["valid"]]
    middle = tuple(statistics.median(axis) for axis in zip(*places, strict=True))
    strays = sorted(math.dist(place, middle) for place in places)
    print(f"farthest of {len(places)} points from their middle: {strays[-1]:.0f} px; 90 % within "
          f"{strays[int(0.9 * len(strays))]:.0f} px")  # fmt: skip
    assert strays[int(0.9 * len(strays))] < 100
    subscriber.close()
    assert watch.errors == []
