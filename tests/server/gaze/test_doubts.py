from __future__ import annotations

import pytest

from calibration.calibration import Doubt
from server.gaze.doubts import FRAMES, MOMENT_MS, DistanceJumps, Steady, cause_of


def jumps(*frames: tuple[float, float]) -> list[bool]:
    """Frames of (time ms, distance mm)."""
    detector = DistanceJumps()
    return [detector.jumped(distance_mm, time_ms) for time_ms, distance_mm in frames]


def test_a_jump_of_67_mm_between_two_frames_lasts_until_the_distance_is_back() -> None:
    seen = jumps((0, 600), (33, 602), (66, 669), (100, 667), (2000, 665), (2033, 603), (2066, 601))
    assert seen == [False, False, True, True, True, False, False]


@pytest.mark.parametrize("step_ms", [33.0, 66.0, 100.0, 200.0])
def test_a_head_that_leans_forward_does_not_jump(step_ms: float) -> None:
    leaning = [(i * step_ms, 700.0 - 0.5 * i * step_ms + (8.0 if i % 2 else -8.0)) for i in range(int(600 / step_ms))]
    assert not any(jumps(*leaning))


def test_after_a_pause_and_with_a_clock_that_was_set_back_nothing_is_compared() -> None:
    assert jumps((0, 600), (600, 700), (500, 800)) == [False, False, False]


def test_a_new_calibration_ends_the_doubt() -> None:
    detector = DistanceJumps()
    assert [detector.jumped(mm, ms) for ms, mm in ((0.0, 600.0), (33.0, 700.0))] == [False, True]
    detector.reset()
    assert not detector.jumped(700.0, 66.0)


def test_one_strange_frame_does_not_change_a_steady_value_and_half_of_them_do() -> None:
    steady = Steady()
    values = [1.0] * 5 + [0.0] + [1.0] * 3 + [0.0] * FRAMES
    seen = [steady.add(value, 33.0 * i) for i, value in enumerate(values)]
    assert min(seen[:9]) == 1.0
    assert seen[-1] == 0.0


def test_frames_of_long_ago_do_not_count() -> None:
    steady = Steady()
    assert [steady.add(1.0, 0.0), steady.add(0.0, MOMENT_MS + 1.0), steady.add(0.5, 5.0)] == [1.0, 0.0, 0.5]


@pytest.mark.parametrize(
    ("shift_mm", "cause"),
    [
        ((0.0, 0.0, -90.0), "nearer"),
        ((30.0, 40.0, 90.0), "farther"),
        ((90.0, -40.0, 0.0), "left"),
        ((-90.0, 0.0, 40.0), "right"),
        ((0.0, 90.0, 40.0), "lower"),
        ((0.0, -90.0, 40.0), "higher"),
    ],
)
def test_a_head_that_has_moved_is_named_by_its_largest_shift(shift_mm: tuple[float, float, float], cause: str) -> None:
    assert cause_of(Doubt(1.0, 1.0, shift_mm), head_away=False) == cause
    assert cause_of(Doubt(9.0, 0.0, shift_mm), head_away=True) == cause, "a moved head also makes the eyes look unlike"


def test_a_turn_and_strange_eyes_are_named_when_they_add_more_than_the_shift() -> None:
    assert cause_of(Doubt(1.0, 1.0, (0.0, 0.0, 30.0), turn_rad=0.4), head_away=True) == "turned"
    assert cause_of(Doubt(9.0, 0.1, (0.0, 0.0, 30.0)), head_away=False) == "eyes"


def test_without_a_cause_none_is_named_and_a_profile_without_places_says_that_the_head_moved() -> None:
    assert cause_of(Doubt(1.5, 1.0), head_away=False) is None
    assert cause_of(Doubt(1.5, 1.0), head_away=True) == "moved"
