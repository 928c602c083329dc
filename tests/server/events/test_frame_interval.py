from __future__ import annotations

from server.events.frame_interval import FrameInterval


def limit(*times_ms: float, at_least_ms: float = 100.0) -> float:
    interval = FrameInterval()
    for time_ms in times_ms:
        interval.add(time_ms)
    return interval.at_least(at_least_ms)


def test_a_limit_is_one_and_a_half_intervals_of_a_slow_camera() -> None:
    assert limit(0.0, 400.0, 800.0, 1200.0) == 600.0
    assert limit(0.0, 33.0, 66.0, 99.0) == 100.0


def test_few_frames_do_not_change_a_limit() -> None:
    assert limit() == limit(0.0, 400.0) == limit(0.0, 400.0, 800.0) == 100.0


def test_a_single_long_interval_does_not_change_a_limit() -> None:
    assert limit(0.0, 33.0, 66.0, 5000.0, 5033.0, 5066.0) == 100.0


def test_a_limit_stays_bounded_and_a_clock_that_is_set_back_restarts_it() -> None:
    assert limit(0.0, 5000.0, 10_000.0, 15_000.0) == 1500.0
    assert limit(0.0, 400.0, 800.0, 1200.0, 0.0) == 100.0
