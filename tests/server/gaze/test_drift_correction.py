from __future__ import annotations

import pytest

from calibration.correction import EXPIRES_MS
from server.gaze.drift_correction import NOT_ON_TARGET, TOO_LITTLE, DriftCorrector
from server.protocol.calibration import ClickIgnored, ClickUsed, DriftDone, DriftFailed, DriftStep, Offset
from tests.support.server import NOW_MS, SCREEN


def predicted(corrector: DriftCorrector, x: float, y: float, *, until_ms: float = NOW_MS) -> None:
    for i in range(10, 0, -1):
        corrector.add(until_ms - 33.0 * i, (x, y))


def test_a_drift_check_moves_all_points_and_reports_the_offset() -> None:
    corrector = DriftCorrector()
    answer = corrector.drift([(0.45, 0.5)] * 5, (0.5, 0.5), SCREEN)
    assert answer == DriftDone("done", Offset(50.0, 0.0))
    assert corrector.correction.apply((0.45, 0.5)) == pytest.approx((0.5, 0.5))
    assert corrector.drift([(0.44, 0.5)] * 5, (0.5, 0.5), SCREEN) == DriftDone("done", Offset(10.0, 0.0))


def test_a_failed_drift_check_changes_nothing_and_gives_advice() -> None:
    corrector = DriftCorrector()
    answer = corrector.drift([(0.9, 0.9)] * 5, (0.1, 0.1), SCREEN)
    assert answer == DriftFailed("failed", NOT_ON_TARGET)
    assert corrector.correction.apply((0.9, 0.9)) == (0.9, 0.9)


def test_clicks_pull_the_gaze_towards_them_and_are_counted() -> None:
    corrector = DriftCorrector()
    predicted(corrector, 0.47, 0.5)
    assert corrector.click((0.5, 0.5), NOW_MS, SCREEN) == ClickUsed("used", 1)
    once = corrector.correction.apply((0.47, 0.5))[0]
    predicted(corrector, 0.47, 0.5, until_ms=NOW_MS + 900.0)
    assert corrector.click((0.5, 0.5), NOW_MS + 900.0, SCREEN) == ClickUsed("used", 2)
    assert 0.47 < once < corrector.correction.apply((0.47, 0.5))[0] < 0.5


def test_a_click_elsewhere_than_the_gaze_is_ignored() -> None:
    corrector = DriftCorrector()
    assert corrector.click((0.5, 0.5), NOW_MS, SCREEN).state == "ignored"
    predicted(corrector, 0.9, 0.1)
    assert corrector.click((0.1, 0.9), NOW_MS, SCREEN) == ClickIgnored("ignored", "the gaze was not near the click", 0)
    assert corrector.correction.apply((0.9, 0.1)) == (0.9, 0.1)


def test_clicks_expire_without_further_clicks() -> None:
    corrector = DriftCorrector()
    predicted(corrector, 0.47, 0.5)
    corrector.click((0.5, 0.5), NOW_MS, SCREEN)
    corrector.add(NOW_MS + EXPIRES_MS + 1.0, (0.47, 0.5))
    assert corrector.correction.apply((0.47, 0.5)) == (0.47, 0.5)


def test_a_new_calibration_knows_of_no_drift_and_no_clicks() -> None:
    corrector = DriftCorrector()
    corrector.drift([(0.45, 0.5)] * 5, (0.5, 0.5), SCREEN)
    predicted(corrector, 0.47, 0.5)
    corrector.click((0.5, 0.5), NOW_MS, SCREEN)
    corrector.reset()
    assert corrector.correction.apply((0.45, 0.5)) == (0.45, 0.5)
    assert corrector.between(0.0, NOW_MS) == []


def test_a_shift_is_added_to_what_was_there() -> None:
    corrector = DriftCorrector()
    corrector.drift([(0.45, 0.5)] * 5, (0.5, 0.5), SCREEN)
    corrector.shift((0.01, -0.02))
    assert corrector.correction.apply((0.45, 0.5)) == pytest.approx((0.51, 0.48))


def test_a_machine_of_five_frames_a_second_learns_from_clicks_too_but_not_from_a_single_frame() -> None:
    corrector = DriftCorrector()
    corrector.add(NOW_MS - 500.0, (0.47, 0.5))
    assert corrector.click((0.5, 0.5), NOW_MS, SCREEN).state == "ignored"
    corrector.add(NOW_MS - 300.0, (0.47, 0.5))
    assert corrector.click((0.5, 0.5), NOW_MS, SCREEN).state == "used"


def test_the_second_click_of_a_double_click_is_ignored() -> None:
    corrector = DriftCorrector()
    predicted(corrector, 0.47, 0.5)
    corrector.click((0.5, 0.5), NOW_MS, SCREEN)
    once = corrector.correction
    predicted(corrector, 0.47, 0.5, until_ms=NOW_MS + 250.0)
    answer = corrector.click((0.5, 0.5), NOW_MS + 250.0, SCREEN)
    assert answer == ClickIgnored("ignored", "it came too soon after another click", 1)
    assert corrector.correction == once


@pytest.mark.parametrize("at_ms", [0.0, NOW_MS - 60_000.0, NOW_MS + 3_600_000.0, 8.64e15])
def test_a_click_at_a_time_without_frames_is_ignored_and_ages_no_other_click(at_ms: float) -> None:
    corrector = DriftCorrector()
    predicted(corrector, 0.47, 0.5)
    corrector.click((0.5, 0.5), NOW_MS, SCREEN)
    once = corrector.correction
    answer = corrector.click((0.5, 0.5), at_ms, SCREEN)
    assert answer == ClickIgnored("ignored", "there was no gaze just before the click", 1)
    assert corrector.correction == once


@pytest.mark.parametrize(("interval_ms", "reason"), [(1_000.0, "frame rate is too low"), (33.0, "no gaze just before")])
def test_a_click_with_no_frame_before_it_names_the_frame_rate_if_that_is_why(interval_ms: float, reason: str) -> None:
    corrector = DriftCorrector()
    for i in range(60):
        corrector.add(NOW_MS - 1_000.0 - interval_ms * (59 - i), (0.5, 0.5))
    answer = corrector.click((0.5, 0.5), NOW_MS, SCREEN)
    assert isinstance(answer, ClickIgnored)
    assert reason in answer.reason


def test_a_hundred_clicks_on_one_button_with_the_gaze_beside_it_move_it_by_little_more_than_half() -> None:
    corrector = DriftCorrector()
    for i in range(100):
        at_ms = NOW_MS + 2_000.0 * i
        predicted(corrector, 0.42, 0.5, until_ms=at_ms)
        corrector.click((0.5, 0.5), at_ms, SCREEN)
    for place in [(x, y) for x in (0.1, 0.42, 0.9) for y in (0.1, 0.5, 0.9)]:
        assert corrector.correction.apply(place)[0] - place[0] < 0.05


def test_undo_goes_back_to_the_calibration_as_it_was_measured() -> None:
    corrector = DriftCorrector()
    corrector.drift([(0.45, 0.5)] * 5, (0.5, 0.5), SCREEN)
    predicted(corrector, 0.47, 0.5)
    corrector.click((0.5, 0.5), NOW_MS, SCREEN)
    assert corrector.undo() == DriftStep("undone")
    assert corrector.correction.apply((0.45, 0.5)) == (0.45, 0.5)
    predicted(corrector, 0.5, 0.5, until_ms=NOW_MS + 900.0)
    assert corrector.click((0.5, 0.5), NOW_MS + 900.0, SCREEN).n == 1


def test_a_drift_check_with_too_few_frames_says_so_and_changes_nothing() -> None:
    corrector = DriftCorrector()
    answer = corrector.drift([(0.45, 0.5)] * 4, (0.5, 0.5), SCREEN)
    assert answer == DriftFailed("failed", TOO_LITTLE)
    assert corrector.correction.apply((0.45, 0.5)) == (0.45, 0.5)
