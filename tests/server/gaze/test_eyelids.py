from __future__ import annotations

from server.gaze.eyelids import (
    CLOSING,
    CLOSING_MS,
    FALLING,
    MOMENT_MS,
    REOPEN_MS,
    SETTLE_MS,
    BlinkGuard,
    ClosingEyelids,
)


def accepted(*frames: tuple[float, float], shut_below: float = 0.1) -> list[bool]:
    """Frames of (time ms, openness)."""
    lids = BlinkGuard()
    return [not lids.rejects(openness, shut=openness < shut_below, time_ms=at) for at, openness in frames]


def test_a_blink_is_rejected_from_the_falling_lids_until_they_are_open_again() -> None:
    blink = [
        (0, 0.3),
        (33, 0.3),
        (66, 0.15),
        (100, 0.05),
        (133, 0.06),
        (166, 0.15),
        (200, 0.22),
        (240, 0.26),
        (273, 0.29),
    ]
    assert accepted(*blink) == [True, True, False, False, False, False, False, False, True]


def test_a_slow_camera_sees_one_frame_of_a_blink_and_the_lids_coming_up() -> None:
    assert accepted((0, 0.3), (150, 0.05), (150 + SETTLE_MS + 1, 0.2), (450, 0.3)) == [True, False, False, True]


def test_lids_that_stay_lower_after_a_blink_are_accepted_after_a_while() -> None:
    tired = accepted((0, 0.3), (50, 0.05), (50 + SETTLE_MS, 0.22), (50 + REOPEN_MS, 0.22))
    assert tired == [True, False, False, True]


def test_looking_down_lowers_the_lids_and_costs_one_frame() -> None:
    assert accepted((0, 0.3), (33, 0.3 * 0.7), (66, 0.3 * 0.71), (100, 0.3 * 0.7)) == [True, False, True, True]


def test_lids_a_little_lower_are_no_blink() -> None:
    assert accepted((0, 0.3), (33, 0.3 * FALLING + 0.01)) == [True, True]


def test_lids_that_were_open_long_ago_say_nothing_about_this_frame() -> None:
    assert accepted((0, 0.3), (MOMENT_MS, 0.15)) == [True, True]


def test_the_first_frame_of_all_has_nothing_to_be_compared_with() -> None:
    assert accepted((0, 0.15)) == [True]


def test_a_clock_that_was_set_back_hides_nothing() -> None:
    assert accepted((10_000, 0.3), (10_050, 0.05), (500, 0.3)) == [True, False, True]


def closing(*frames: tuple[float, float]) -> list[bool]:
    """Frames of (time ms, openness), as the event detector judges them."""
    lids = ClosingEyelids()
    return [lids.closing(openness, at) for at, openness in frames]


def test_falling_lids_hide_a_sample_from_the_event_detector() -> None:
    assert closing((0, 0.3), (33, 0.3 * CLOSING - 0.01), (66, 0.1)) == [False, True, True]
    assert closing((0, 0.3), (33, 0.3 * CLOSING + 0.01)) == [False, False]


def test_lids_that_stay_lower_than_they_were_pause_the_event_detector_for_the_time_a_lid_takes() -> None:
    assert closing((0, 0.3), (CLOSING_MS, 0.2), (CLOSING_MS + 1, 0.2)) == [False, True, False]


def test_lids_that_open_hide_nothing_nor_does_a_clock_that_was_set_back() -> None:
    assert closing((0, 0.1), (33, 0.2), (66, 0.3)) == [False, False, False]
    assert closing((10_000, 0.3), (500, 0.1)) == [False, False]
