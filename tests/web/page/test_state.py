"""The table that decides what the page shows, and the session under the page and the plugin: without a server."""

from __future__ import annotations

import json

import pytest

from tests.support.page import Evaluate, needs_browser

pytestmark = needs_browser


def walk(evaluate: Evaluate, *events: str, start: str = "welcome") -> list[str]:
    """The states that these events lead through."""
    return list(
        evaluate(
            "/page/state.js",
            f"""{json.dumps(events)}.reduce(
              (seen, event) => [...seen, m.follow(seen.at(-1), event)], [{{ ...m.START, state: "{start}" }}],
            ).slice(1).map(({{ state }}) => state)""",
        )
    )


def test_the_way_to_the_gaze_is_camera_dots_result_tracking(evaluate: Evaluate) -> None:
    events = ("camera opened", "game started", "game waits for the fit", "calibrated", "track pressed")
    assert walk(evaluate, *events) == ["positioning", "calibrating", "fitting", "result", "tracking"]


def test_a_game_that_comes_to_nothing_leads_back_to_where_it_was_begun(evaluate: Evaluate) -> None:
    for start in ("positioning", "result", "validation", "tracking", "recordings"):
        assert walk(evaluate, "game started", "game stopped", start=start) == ["calibrating", start]
        fitting = walk(evaluate, "game started", "game waits for the fit", "game stopped", start=start)
        assert fitting[-1] == start


def test_back_leads_to_where_a_view_was_opened_from_however_deep(evaluate: Evaluate) -> None:
    events = ("set-up pressed", "recordings pressed", "back pressed", "back pressed")
    assert walk(evaluate, *events, start="validation") == ["positioning", "recordings", "positioning", "validation"]
    assert walk(evaluate, "recordings pressed", "back pressed") == ["recordings", "welcome"]


@pytest.mark.parametrize(
    ("state", "event"),
    [
        ("welcome", "game started"),
        ("camera-error", "game started"),
        ("camera-error", "game stopped"),
        ("camera-error", "calibrated"),
        ("calibrating", "game started"),
        ("calibrating", "set-up pressed"),
        ("calibrating", "profile loaded"),
        ("positioning", "track pressed"),
        ("recordings", "recordings pressed"),
        ("tracking", "camera opened"),
    ],
)
def test_what_is_not_in_the_table_changes_nothing(evaluate: Evaluate, state: str, event: str) -> None:
    same = evaluate("/page/state.js", f"((at) => m.follow(at, '{event}') === at)({{ ...m.START, state: '{state}' }})")
    assert same is True


def test_a_lost_calibration_leaves_no_way_back_to_what_needs_one(evaluate: Evaluate) -> None:
    assert walk(evaluate, "calibration lost", start="tracking") == ["positioning"]
    events = ("recordings pressed", "calibration lost", "back pressed")
    assert walk(evaluate, *events, start="tracking") == ["recordings", "recordings", "positioning"]
    events = ("game started", "calibration lost", "game stopped")
    assert walk(evaluate, *events, start="result") == ["calibrating", "calibrating", "positioning"]


def test_a_camera_that_fails_is_explained_wherever_the_page_is(evaluate: Evaluate) -> None:
    for start in ("welcome", "positioning", "calibrating", "fitting", "result", "validation", "tracking", "recordings"):
        assert walk(evaluate, "camera failed", "camera opened", start=start) == ["camera-error", "positioning"]


def test_every_state_of_the_table_has_a_part_of_the_page(evaluate: Evaluate) -> None:
    views = """[...document.querySelectorAll("[data-view]")].flatMap((part) => part.dataset.view.split(" "))"""
    states = "Object.values(m.TABLE).flatMap((step) => [...step.in, step.show])"
    parts, shown = (set(evaluate("/page/state.js", names)) for names in (views, states))
    assert shown - {"back"} == parts
