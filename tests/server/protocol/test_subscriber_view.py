from __future__ import annotations

from typing import Any

import pytest

from calibration.screen import ScreenGeometry
from server.protocol.geometry import Rect, ScreenLayout
from server.protocol.subscriber_view import ALWAYS, Projection

PLACE = ScreenLayout(ScreenGeometry(1000.0, 500.0), Rect(100.0, 50.0, 800.0, 400.0))
GAZE: dict[str, Any] = {
    "type": "gaze",
    "v": 1,
    "session": "s_1",
    "seq": 1,
    "timestamp": 1.0,
    "latency_ms": 5.0,
    "valid": True,
    "status": "ok",
    "space": "screen",
    "x": 0.5,
    "y": 0.5,
    "x_px": 500.0,
    "y_px": 250.0,
    "on_screen": True,
    "error_px": 40.0,
    "raw": {"x": 0.1, "y": 0.1},
    "confidence": 0.9,
    "fixation": {"id": 1, "start": 1.0, "duration_ms": 2.0, "x": 0.3, "y": 0.5, "dispersion": 0.02},
}


def test_the_default_projection_is_the_whole_message() -> None:
    assert Projection().of(GAZE, PLACE) == GAZE


def test_chosen_fields_come_beside_those_that_always_come() -> None:
    seen = Projection(fields=frozenset({"error_px"})).of(GAZE, PLACE)
    assert seen.keys() == ALWAYS | {"error_px"}
    assert Projection(fields=frozenset()).of(GAZE, PLACE).keys() == ALWAYS


def test_fields_are_chosen_of_gaze_only() -> None:
    mark = {"type": "mark", "label": "a", "timestamp": 1.0}
    assert Projection(fields=frozenset()).of(mark, PLACE) == mark


def test_in_viewport_space_points_are_where_a_page_would_draw_them() -> None:
    seen = Projection(space="viewport").of(GAZE, PLACE)
    assert (seen["x"], seen["y"], seen["x_px"], seen["y_px"]) == (0.5, 0.5, 400.0, 200.0)
    assert (seen["space"], seen["on_screen"], seen["error_px"]) == ("viewport", True, 40.0)
    assert seen["raw"] == {"x": 0.0, "y": 0.0}
    assert seen["fixation"] == {"id": 1, "start": 1.0, "duration_ms": 2.0, "x": 0.25, "y": 0.5, "dispersion": 0.025}
    assert GAZE["fixation"]["x"] == 0.3  # the published message serves others, too


def test_a_reader_in_another_window_brings_its_own_viewport() -> None:
    seen = Projection(space="viewport", viewport=Rect(500.0, 0.0, 500.0, 500.0)).of(GAZE, PLACE)
    assert (seen["x"], seen["x_px"], seen["y_px"]) == (0.0, 0.0, 250.0)


@pytest.mark.parametrize(
    "place", [None, ScreenLayout(PLACE.screen), ScreenLayout(PLACE.screen, Rect(0.0, 0.0, 0.0, 10.0))]
)
def test_a_point_in_an_unknown_viewport_is_no_point(place: ScreenLayout | None) -> None:
    seen = Projection(space="viewport").of(GAZE, place)
    assert (seen["valid"], seen["status"], seen["confidence"]) == (False, "no_viewport", 0.0)
    assert [seen[key] for key in ("x", "y", "x_px", "y_px", "raw", "fixation")] == [None] * 6
    assert not seen.keys() & {"on_screen", "error_px"}
    assert seen["space"] == "viewport"


def test_places_in_events_are_converted_or_left_out() -> None:
    saccade = {"type": "saccade", "phase": "end", "from": {"x": 0.1, "y": 0.1}, "to": {"x": 0.5, "y": 0.5}}
    seen = Projection(space="viewport").of(saccade, PLACE)
    assert (seen["from"], seen["to"]) == ({"x": 0.0, "y": 0.0}, {"x": 0.5, "y": 0.5})
    unknown = Projection(space="viewport").of(saccade, None)
    assert (unknown["from"], unknown["to"], unknown["phase"]) == (None, None, "end")


def test_a_message_without_a_face_keeps_its_status() -> None:
    nothing = GAZE | {
        "valid": False,
        "status": "no_face",
        "x": None,
        "y": None,
        "x_px": None,
        "y_px": None,
        "raw": None,
    }
    for place in (PLACE, None):
        seen = Projection(space="viewport").of(nothing, place)
        assert (seen["status"], seen["x"], seen["raw"]) == ("no_face", None, None)
