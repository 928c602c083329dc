from __future__ import annotations

import pytest

from calibration.screen import ScreenGeometry, ScreenPoint
from server.events.dwell import AWAY_MS, BLINK_GRACE_MS, DwellTracker
from server.protocol.areas import Area
from server.protocol.geometry import Rect, ScreenLayout

PLACE = ScreenLayout(ScreenGeometry(1000.0, 1000.0))
FRAME_MS = 33.0
A, B = (
    Area("a", Rect(0.0, 0.0, 100.0, 100.0), dwell_ms=600.0),
    Area("b", Rect(100.0, 0.0, 100.0, 100.0), dwell_ms=600.0),
)


class Gaze:
    def __init__(self, *areas: Area, noise_px: float = 20.0, frame_ms: float = FRAME_MS) -> None:
        self.tracker = DwellTracker()
        self.areas = list(areas)
        self.noise_px = noise_px
        self.time_ms = 0.0
        self.frame_ms = frame_ms
        self.reported: list[tuple[str, str]] = []
        self.times: list[float] = []

    def rest(self, point: tuple[float, float] | None, ms: float) -> None:
        """point: in px."""
        place = None if point is None else ScreenPoint(point[0] / 1000.0, point[1] / 1000.0)
        end_ms = self.time_ms + ms
        while self.time_ms < end_ms:
            reported = self.tracker.update(self.areas, place, self.time_ms, place=PLACE, noise_px=self.noise_px)
            self.reported += [(dwell.phase, dwell.id) for dwell in reported]
            self.times += [dwell.time_ms for dwell in reported]
            self.time_ms += self.frame_ms


def test_resting_on_an_area_for_its_time_selects_it_once() -> None:
    gaze = Gaze(A, B)
    gaze.rest((50, 50), 500)
    assert gaze.reported == [("start", "a")]
    progress = gaze.tracker.progress()
    assert progress is not None
    assert 0.7 < progress[1] < 0.95
    gaze.rest((50, 50), 1500)
    assert gaze.reported == [("start", "a"), ("select", "a")]
    assert 600.0 <= gaze.times[-1] <= 600.0 + 2 * FRAME_MS
    assert gaze.tracker.progress() == ("a", 1.0)
    gaze.rest((500, 500), 300)
    gaze.rest((50, 50), 700)
    assert gaze.reported[2:] == [("end", "a"), ("start", "a"), ("select", "a")]


def test_with_repeat_it_is_selected_again_and_again() -> None:
    gaze = Gaze(Area("x", A.rect, dwell_ms=600.0, repeat=True))
    gaze.rest((50, 50), 1900)
    assert gaze.reported.count(("select", "x")) == 3


def test_a_glance_across_is_silent() -> None:
    gaze = Gaze(A, B)
    gaze.rest((50, 50), 90)
    gaze.rest((150, 50), 90)
    gaze.rest((500, 500), 500)
    assert gaze.reported == []


def test_a_blink_stops_the_clock_and_does_not_end_the_dwell() -> None:
    gaze = Gaze(A)
    gaze.rest((50, 50), 400)
    gaze.rest(None, BLINK_GRACE_MS - 2 * FRAME_MS)
    assert gaze.reported == [("start", "a")]
    gaze.rest((50, 50), 100)
    assert gaze.reported == [("start", "a")]  # 500 ms rested of 600; the blink did not count
    gaze.rest((50, 50), 250)
    assert gaze.reported[-1] == ("select", "a")


def test_a_lost_face_ends_the_dwell_at_its_last_frame() -> None:
    gaze = Gaze(A)
    gaze.rest((50, 50), 400)
    last_ms = gaze.time_ms - FRAME_MS
    gaze.rest(None, BLINK_GRACE_MS + 200)
    assert gaze.reported == [("start", "a"), ("end", "a")]
    assert gaze.times[-1] == last_ms
    assert gaze.tracker.progress() is None


def test_trembling_just_beside_the_edge_still_counts_but_not_far_from_it() -> None:
    near, far = Gaze(A), Gaze(A)
    for gaze, beside_px in ((near, 130), (far, 180)):
        gaze.rest((90, 50), 200)
        gaze.rest((beside_px, 50), 600)
    assert near.reported[-1] == ("select", "a")
    assert far.reported == [("start", "a"), ("end", "a")]


def test_a_small_area_has_a_small_margin() -> None:
    tiny = Gaze(Area("t", Rect(0.0, 0.0, 20.0, 20.0), dwell_ms=600.0), noise_px=100.0)
    tiny.rest((10, 10), 200)
    tiny.rest((40, 10), 600)
    assert tiny.reported == [("start", "t"), ("end", "t")]


def test_the_neighbour_takes_over_only_after_a_moment() -> None:
    gaze = Gaze(A, B)
    gaze.rest((90, 50), 300)
    gaze.rest((110, 50), AWAY_MS - 2 * FRAME_MS)
    gaze.rest((90, 50), 400)
    assert gaze.reported == [("start", "a"), ("select", "a")]
    gaze.rest((110, 50), 1000)
    assert gaze.reported[2:] == [("end", "a"), ("start", "b"), ("select", "b")]


def test_the_smaller_of_nested_areas_is_used() -> None:
    gaze = Gaze(Area("page", Rect(0.0, 0.0, 1000.0, 1000.0), dwell_ms=600.0), A)
    gaze.rest((50, 50), 700)
    assert ("select", "a") in gaze.reported
    assert ("select", "page") not in gaze.reported


def test_an_area_that_scrolls_keeps_its_time_and_a_removed_area_loses_it() -> None:
    gaze = Gaze(A)
    gaze.rest((50, 50), 400)
    gaze.areas = [Area("a", Rect(300.0, 0.0, 100.0, 100.0), dwell_ms=600.0)]
    gaze.rest((350, 50), 300)
    assert gaze.reported == [("start", "a"), ("select", "a")]
    gaze.areas = []
    gaze.rest((350, 50), 100)
    assert gaze.reported[-1] == ("end", "a")


def test_a_camera_that_stalls_selects_nothing() -> None:
    gaze = Gaze(A)
    gaze.rest((50, 50), 150)
    gaze.time_ms += 10_000.0
    gaze.rest((50, 50), 100)
    assert ("select", "a") not in gaze.reported


def test_a_clock_that_is_set_back_ends_the_dwell_when_the_gaze_was_last_on_it() -> None:
    gaze = Gaze(A)
    gaze.rest((50, 50), 300)
    last_ms = gaze.time_ms - FRAME_MS
    gaze.time_ms -= 5_000.0
    gaze.rest((50, 50), 300)
    assert gaze.reported == [("start", "a"), ("end", "a"), ("start", "a")]
    assert gaze.times[1] == last_ms


@pytest.mark.parametrize("rate_hz", [30.0, 10.0, 5.0, 4.0, 3.0, 2.9, 2.0, 1.5])
def test_resting_selects_after_the_dwell_time_also_with_a_slow_camera(rate_hz: float) -> None:
    gaze = Gaze(Area("a", A.rect, dwell_ms=900.0), frame_ms=1000.0 / rate_hz)
    gaze.rest((500, 500), 3000)
    began_ms = gaze.time_ms
    gaze.rest((50, 50), 2500)
    assert gaze.reported == [("start", "a"), ("select", "a")]
    assert 900.0 <= gaze.times[-1] - began_ms <= 900.0 + gaze.frame_ms + 1e-6
    gaze.rest((500, 500), 2500)
    assert gaze.reported[2:] == [("end", "a")]


@pytest.mark.parametrize("rate_hz", [30.0, 5.0, 3.0, 2.0])
@pytest.mark.parametrize("stray", [None, (500, 500)])
def test_one_stray_or_missing_frame_does_not_end_a_dwell(rate_hz: float, stray: tuple[float, float] | None) -> None:
    gaze = Gaze(A, frame_ms=1000.0 / rate_hz)
    gaze.rest((500, 500), 3000)
    gaze.rest((50, 50), 2 * gaze.frame_ms)
    gaze.rest(stray, gaze.frame_ms)
    gaze.rest((50, 50), 1500)
    assert gaze.reported == [("start", "a"), ("select", "a")]


@pytest.mark.parametrize("rate_hz", [30.0, 3.0])
def test_a_camera_that_stalls_does_not_select(rate_hz: float) -> None:
    gaze = Gaze(Area("a", A.rect, dwell_ms=2000.0), frame_ms=1000.0 / rate_hz)
    gaze.rest((500, 500), 3000)
    gaze.rest((50, 50), 2 * gaze.frame_ms)
    gaze.time_ms += 5000.0
    gaze.rest((50, 50), gaze.frame_ms)
    assert ("select", "a") not in gaze.reported
