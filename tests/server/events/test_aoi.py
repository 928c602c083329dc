from __future__ import annotations

import json
from typing import Any

import pytest

from calibration.screen import ScreenGeometry, ScreenPoint
from server.errors import ProtocolError
from server.events.aoi import AWAY_MS, LEAVE_MS, AreaTracker, areas_at, contains
from server.protocol.areas import MAX_AREAS, Area, SetAreas
from server.protocol.geometry import Rect, ScreenLayout
from server.protocol.parsing import parse_text

PLACE = ScreenLayout(ScreenGeometry(1000.0, 500.0), Rect(100.0, 50.0, 800.0, 400.0))
PX = {"id": "#a", "x_px": 10, "y_px": 20, "width_px": 100, "height_px": 50}
VIEWPORT = {"x": 500, "y": 0, "width": 200, "height": 100}
UNITS = {"id": "#a", "x": 0.1, "y": 0.1, "width": 0.5, "height": 0.5}


def parsed(*areas: dict[str, Any], **more: Any) -> tuple[Area, ...]:
    body = parse_text(json.dumps({"type": "aois", "areas": list(areas), **more})).body
    assert isinstance(body, SetAreas)
    return body.areas


def test_a_page_reports_css_pixels_of_its_viewport_and_they_move_with_it() -> None:
    (area,) = parsed(PX)
    assert area.on_screen(PLACE) == Rect(110.0, 70.0, 100.0, 50.0)
    moved = ScreenLayout(PLACE.screen, Rect(0.0, 0.0, 800.0, 400.0))
    assert area.on_screen(moved) == Rect(10.0, 20.0, 100.0, 50.0)
    assert area.on_screen(ScreenLayout(PLACE.screen)) is None


@pytest.mark.parametrize(
    ("area", "more", "rect"),
    [
        (UNITS, {}, Rect(180.0, 90.0, 400.0, 200.0)),
        (UNITS, {"space": "screen"}, Rect(100.0, 50.0, 500.0, 250.0)),
        (PX, {"space": "screen"}, Rect(10.0, 20.0, 100.0, 50.0)),
        (PX, {"viewport": VIEWPORT}, Rect(510.0, 20.0, 100.0, 50.0)),
        (UNITS, {"viewport": VIEWPORT}, Rect(520.0, 10.0, 100.0, 50.0)),
    ],
)
def test_areas_may_be_given_in_units_or_pixels_of_screen_or_viewport(
    area: dict[str, Any], more: dict[str, Any], rect: Rect
) -> None:
    (found,) = parsed(area, **more)
    on_screen = found.on_screen(PLACE)
    assert on_screen is not None
    assert (on_screen.x, on_screen.y, on_screen.width, on_screen.height) == pytest.approx(
        (rect.x, rect.y, rect.width, rect.height)
    )


def test_a_dwell_time_is_given_with_the_area() -> None:
    (area,) = parsed({**PX, "dwell_ms": 800, "repeat": True})
    assert (area.dwell_ms, area.repeat) == (800.0, True)
    (plain,) = parsed(PX)
    assert (plain.dwell_ms, plain.repeat) == (None, False)


@pytest.mark.parametrize(
    ("message", "says"),
    [
        ({}, "areas must be a list"),
        ({"areas": {}}, "areas must be a list"),
        ({"areas": ["#a"]}, r"areas\[0\] must be an object, got"),
        ({"areas": [PX] * (MAX_AREAS + 1)}, "at most 128"),
        ({"areas": [{**PX, "id": ""}]}, r"areas\[0\].id must be"),
        ({"areas": [PX, {**PX, "id": 5}]}, r"areas\[1\].id must be"),
        ({"areas": [{**PX, "width_px": -1}]}, "width_px must be"),
        ({"areas": [{"id": "a"}]}, "x must be"),
        ({"areas": [{**UNITS, "height": None}]}, "height must be"),
        ({"areas": [{**PX, "dwell_ms": 5}]}, "dwell_ms must be a number from 100"),
        ({"areas": [{**PX, "repeat": "yes"}]}, "repeat must be true or false"),
        ({"areas": [], "space": "moon"}, "space must be one of"),
        (
            {"areas": [], "space": "screen", "viewport": {"x": 0, "y": 0, "width": 1, "height": 1}},
            "viewport must be left out in screen space",
        ),
    ],
)
def test_a_wrong_report_is_refused_with_the_member(message: dict[str, Any], says: str) -> None:
    with pytest.raises(ProtocolError, match=says):
        parse_text(json.dumps({"type": "aois", **message}))


def test_the_edge_between_two_areas_belongs_to_one_of_them() -> None:
    left, right = Rect(0.0, 0.0, 10.0, 10.0), Rect(10.0, 0.0, 10.0, 10.0)
    assert (contains(left, 10.0, 5.0), contains(right, 10.0, 5.0)) == (False, True)


def test_a_name_with_several_rectangles_counts_once_and_areas_may_overlap() -> None:
    rects = [
        ("a", Rect(0.0, 0.0, 200.0, 200.0)),
        ("a", Rect(50.0, 50.0, 200.0, 200.0)),
        ("b", Rect(90.0, 90.0, 20.0, 20.0)),
    ]
    areas = [Area(name, rect) for name, rect in rects]
    assert [area.id for area in areas_at(areas, ScreenPoint(0.1, 0.2), PLACE)] == ["a", "b"]
    assert [area.id for area in areas_at(areas, ScreenPoint(0.24, 0.2), PLACE)] == ["a"]
    assert areas_at(areas, ScreenPoint(0.9, 0.9), PLACE) == []


class Visitor:
    def __init__(self) -> None:
        self.tracker = AreaTracker()
        self.time_ms = 0.0
        self.reported: list[tuple[str, str, float, float]] = []

    def see(self, here: list[str] | None, frames: int = 1) -> None:
        for _ in range(frames):
            self.reported += [(b.phase, b.id, b.start_ms, b.time_ms) for b in self.tracker.update(here, self.time_ms)]
            self.time_ms += 30.0


def test_a_visit_begins_and_ends_at_its_first_and_last_point() -> None:
    visitor = Visitor()
    visitor.see(["a"], 10)
    assert visitor.tracker.inside() == ["a"]
    visitor.see([], 10)
    assert visitor.reported == [("start", "a", 0.0, 0.0), ("end", "a", 0.0, 270.0)]
    assert visitor.tracker.inside() == []


def test_one_stray_point_begins_and_ends_nothing() -> None:
    visitor = Visitor()
    visitor.see(["a"])
    visitor.see([], 5)
    assert visitor.reported == []
    visitor.see(["b"], 5)
    visitor.see(["a"])
    visitor.see(["b"], 5)
    assert [boundary[:2] for boundary in visitor.reported] == [("start", "b")]


def test_a_blink_does_not_end_a_visit_but_an_empty_chair_does() -> None:
    visitor = Visitor()
    visitor.see(["a"], 5)
    visitor.see(None, round(AWAY_MS / 30) - 1)
    visitor.see(["a"], 5)
    assert [boundary[:2] for boundary in visitor.reported] == [("start", "a")]
    last_ms = visitor.time_ms - 30.0
    visitor.see(None, round(AWAY_MS / 30) + 3)
    assert visitor.reported[-1] == ("end", "a", 0.0, last_ms)
    assert LEAVE_MS < AWAY_MS


def test_an_area_that_is_taken_away_has_ended() -> None:
    visitor = Visitor()
    visitor.see(["a", "b"], 5)
    ended = visitor.tracker.keep(frozenset({"b"}))
    assert [(b.phase, b.id) for b in ended] == [("end", "a")]
    assert visitor.tracker.inside() == ["b"]


def test_a_clock_that_is_set_back_ends_every_visit_at_its_last_frame() -> None:
    tracker = AreaTracker()
    for time_ms in (0.0, 33.0, 66.0):
        tracker.update(["a", "b"], time_ms)
    ended = tracker.update(["a"], 50.0)
    assert [(b.phase, b.id, b.start_ms, b.time_ms) for b in ended] == [("end", "a", 0.0, 66.0), ("end", "b", 0.0, 66.0)]
    assert [b.start_ms for b in tracker.update(["a"], 83.0)] == [50.0]


@pytest.mark.parametrize("rate_hz", [30.0, 10.0, 5.0, 3.0, 2.0])
@pytest.mark.parametrize("stray", [None, []])
def test_one_stray_or_missing_frame_does_not_end_a_visit(rate_hz: float, stray: list[str] | None) -> None:
    tracker = AreaTracker()
    frames = [[], [], [], [], ["a"], ["a"], ["a"], stray, ["a"], ["a"], [], [], [], [], []]
    found = [b for i, here in enumerate(frames) for b in tracker.update(here, 1000.0 / rate_hz * i)]
    assert [(b.phase, round(b.time_ms * rate_hz / 1000.0)) for b in found] == [("start", 4), ("end", 9)]
