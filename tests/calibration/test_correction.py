from __future__ import annotations

import math

import pytest

from calibration.correction import (
    EXPIRES_MS,
    HALF_LIFE_MS,
    MAX_CLICKS,
    MAX_SHIFT,
    ClickSample,
    Correction,
    agrees,
    click_correction,
    drift_correction,
    still_valid,
)
from calibration.screen import ScreenGeometry

SCREEN = ScreenGeometry(1000, 500)
NONE = Correction()
PLACES = [(x, y) for x in (0.1, 0.5, 0.9) for y in (0.1, 0.5, 0.9)]


def test_a_drift_is_the_offset_at_one_dot() -> None:
    found = drift_correction([(0.45, 0.52), *[(0.46, 0.52)] * 3, (0.90, 0.9)], (0.5, 0.5), SCREEN, NONE)
    assert found is not None
    assert found.apply((0.46, 0.52)) == pytest.approx((0.5, 0.5))
    assert found.apply((0.1, 0.1)) == pytest.approx((0.14, 0.08))


def test_a_gaze_far_from_the_dot_is_no_drift() -> None:
    assert drift_correction([(0.9, 0.9)] * 5, (0.5, 0.5), SCREEN, NONE) is None
    assert drift_correction([], (0.5, 0.5), SCREEN, NONE) is None


def test_a_gaze_that_wandered_is_no_drift_though_its_middle_is_near_the_dot() -> None:
    around = [(0.5 + dx, 0.5 + dy) for dx in (-0.08, 0.0, 0.08) for dy in (-0.16, 0.0, 0.16)]
    assert drift_correction(around, (0.5, 0.5), SCREEN, NONE) is None


def test_an_earlier_correction_counts_when_the_distance_is_judged_but_is_not_added_twice() -> None:
    before = Correction(shift=(0.14, 0.0))
    found = drift_correction([(0.36, 0.5)] * 5, (0.5, 0.5), SCREEN, before)
    assert found is not None
    assert found.shift == pytest.approx((0.14, 0.0))


def clicks(residual: tuple[float, float], n: int = 9, at_ms: float = 0.0) -> list[ClickSample]:
    return [ClickSample(at_ms, (x + residual[0], y + residual[1]), (x, y)) for x, y in (PLACES * 10)[:n]]


def test_one_click_moves_little_and_many_move_nearly_all_the_way() -> None:
    one = click_correction(clicks((0.05, 0.0), n=1), NONE, 0.0).apply((0.5, 0.5))[0] - 0.5
    many = click_correction(clicks((0.05, 0.0), n=36), NONE, 0.0).apply((0.5, 0.5))[0] - 0.5
    assert 0.0 < one < 0.015
    assert 0.04 < many < 0.05


def test_a_stretch_is_learned_from_clicks_everywhere() -> None:
    stretched = [ClickSample(0.0, (0.5 + 1.1 * (x - 0.5), y), (x, y)) for x, y in PLACES * 4]
    found = click_correction(stretched, NONE, 0.0)
    assert found.gain[0][0] > 0.03
    assert found.gain[0][1] == pytest.approx(0.0, abs=1e-9)
    assert found.apply((0.9, 0.5))[0] > 0.9 > 0.1 > found.apply((0.1, 0.5))[0]


def test_old_clicks_fade_towards_the_drift_that_was_measured() -> None:
    drift = Correction(shift=(-0.02, 0.0))
    fresh, old = (click_correction(clicks((0.05, 0.0)), drift, age).shift[0] for age in (0.0, 4 * HALF_LIFE_MS))
    assert fresh > old > -0.02
    assert click_correction([], drift, 0.0) == drift


def test_clicks_that_disagree_with_the_others_hardly_count() -> None:
    right, wrong = clicks((0.03, 0.0), n=18), clicks((-0.08, 0.05), n=4)
    alone, mixed = (click_correction(some, NONE, 0.0).apply((0.5, 0.5)) for some in (right, [*right, *wrong]))
    assert math.dist(alone, mixed) < 0.008


def test_clicks_at_one_place_count_as_four() -> None:
    here = clicks((0.03, 0.0), n=1)
    four, forty = (click_correction(here * n, NONE, 0.0) for n in (4, 40))
    assert forty.shift == pytest.approx(four.shift)


def test_clicks_expire_and_only_the_newest_are_kept() -> None:
    assert still_valid(clicks((0, 0), at_ms=0.0), EXPIRES_MS + 1.0) == ()
    assert len(still_valid(clicks((0, 0), n=60), 0.0)) == MAX_CLICKS


def test_a_click_far_from_the_gaze_does_not_agree() -> None:
    assert agrees(ClickSample(0.0, (0.55, 0.5), (0.5, 0.5)), SCREEN, NONE)
    assert not agrees(ClickSample(0.0, (0.7, 0.5), (0.5, 0.5)), SCREEN, NONE)
    assert agrees(ClickSample(0.0, (0.7, 0.5), (0.5, 0.5)), SCREEN, Correction(shift=(0.15, 0.0)))


def test_no_correction_moves_a_point_by_more_than_its_limit() -> None:
    assert Correction(shift=(0.5, -0.5)).apply((0.5, 0.5)) == (0.5 + MAX_SHIFT, 0.5 - MAX_SHIFT)
    assert Correction(shift=(float("nan"), 0.0)).apply((0.5, 0.5)) == (0.5, 0.5)
