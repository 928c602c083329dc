import math

import numpy as np
import pytest

from calibration.calibration import fit_calibration
from calibration.expected import (
    LIMIT,
    MAX_GROWTH,
    MEASURED,
    Evidence,
    ExpectedError,
    expected_error,
    factor,
    frame_noise_px,
    median_error,
    place_factor,
)
from calibration.gating import gate
from calibration.samples import CalibrationSample
from calibration.staged import fit_staged
from tests.calibration_eye import GRID, SCREEN, LinearEye, game, means

PLACES = [(x / 9, y / 9) for x in range(1, 9) for y in range(1, 9)]


def single_frames(eye: LinearEye, n_frames: int = 1) -> list[CalibrationSample]:
    return [
        CalibrationSample(1000.0 * i + 10.0 * k, i, place, eye.blocks(*place), arrived_ms=1000.0 * i - 900.0)
        for i, place in enumerate(GRID)
        for k in range(n_frames)
    ]


@pytest.mark.parametrize("noise", [0.1, 0.4])
def test_the_announced_error_follows_the_true_one(noise: float) -> None:
    ratios = []
    for seed in range(12):
        eye = LinearEye(seed=seed, noise=noise)
        calibration = fit_calibration(single_frames(eye), SCREEN)
        errors = []
        for place in PLACES:
            point = calibration.predict(eye.blocks(*place))
            errors.append(SCREEN.distance_px((point.x, point.y), place))
        ratios.append(np.median(errors) / calibration.report.median_error_px)
    # This eye is easier than the rendered people on which the factors were measured: its map is exactly linear.
    assert 0.4 < np.median(ratios) < 1.3


def test_the_noise_of_single_frames_is_that_of_their_answers() -> None:
    eye = LinearEye(noise=0.5)
    gated = gate(single_frames(eye, 40), settle_ms=0.0)
    model = fit_staged(gated.means, SCREEN)
    noise_px = frame_noise_px(model, gated.means, SCREEN)
    spread = [model.predict(eye.blocks(0.5, 0.5)) for _ in range(300)]
    true_px = math.sqrt(float((np.var(spread, axis=0) * [1920**2, 1080**2]).sum()))
    assert noise_px == pytest.approx(true_px, rel=0.15)
    assert frame_noise_px(model, means(eye), SCREEN) is None  # nobody kept the frames


def test_who_trembles_more_is_expected_to_err_more_whatever_few_targets_say() -> None:
    calm, trembling = (median_error(Evidence(5, 0.1, noise, 2.0)) for noise in (0.005, 0.2))
    assert calm < 0.7 * trembling


def test_what_is_usual_counts_less_the_more_targets_there_are() -> None:
    def said(n_targets: int) -> float:
        """With targets that say 0.05 once their factor is applied, where 0.03 is usual."""
        return median_error(Evidence(n_targets, 0.05 / factor(MEASURED, n_targets), 0.024, 2.0))

    assert 0.03 < said(5) < said(9) < said(25) < 0.05


@pytest.mark.parametrize("noise", [0.0, 0.5])
def test_what_is_usual_never_moves_the_announced_error_by_more_than_its_limit(noise: float) -> None:
    targets_say = factor(MEASURED, 9) * 0.05
    assert abs(math.log(median_error(Evidence(9, 0.05, noise, 2.0)) / targets_say)) == pytest.approx(LIMIT)


def test_means_of_many_frames_hide_the_noise_of_single_ones_which_is_added_again() -> None:
    few, many = (median_error(Evidence(9, 0.01, 0.05, frames)) for frames in (2.0, 20.0))
    assert many > 1.2 * few


def test_a_turned_head_widens_the_radius_but_not_without_bound() -> None:
    eye = LinearEye(noise=0.1)
    calibration = fit_calibration(game(eye), SCREEN)
    blocks = eye.blocks(0.5, 0.5)
    radii = [
        calibration.error_px(0.5, 0.5, {**blocks, "head_rotation": np.array([0.0, turn, 0.0], np.float32)})
        for turn in (0.0, 0.2, 0.5, 100.0)
    ]
    assert radii[0] < radii[1] < radii[2] <= radii[3]
    assert radii[3] <= 4.0 * MAX_GROWTH * calibration.report.expected.radius_px
    assert calibration.error_px(0.5, 0.5) == pytest.approx(radii[0], rel=0.5)


def test_few_targets_announce_nearly_the_population_s_error() -> None:
    eye = LinearEye(noise=0.1)
    two = means(eye, GRID[:2])
    expected = expected_error(fit_staged(two, SCREEN), two, SCREEN)
    assert expected.median_px == pytest.approx(0.05 * SCREEN.diagonal_px)
    assert expected.radius_px > expected.median_px


def test_a_frame_of_unknown_variance_gets_the_typical_radius() -> None:
    assert ExpectedError(50.0, 75.0, 10.0, 5.0, 40.0).at(math.nan) == 75.0


@pytest.mark.parametrize("sigma_px", [0.0, 10.0])
def test_a_frame_of_endless_variance_gets_the_largest_radius_that_is_told(sigma_px: float) -> None:
    assert ExpectedError(50.0, 75.0, sigma_px, 5.0, 40.0).at(math.inf) == MAX_GROWTH * 75.0


def test_the_factor_falls_with_fewer_targets_and_stays_positive() -> None:
    values = [factor(MEASURED, n) for n in (3, 5, 9, 25)]
    assert values == sorted(values)
    assert values[0] > 0.0


def test_places_near_missed_targets_expect_more_and_far_ones_the_average() -> None:
    relative = [1.0] * 8 + [3.0]
    assert place_factor(*GRID[8], GRID, relative, SCREEN) > 1.3
    assert place_factor(*GRID[0], GRID, relative, SCREEN) == pytest.approx(1.0, abs=0.05)
    assert place_factor(50.0, -50.0, GRID, relative, SCREEN) == pytest.approx(1.0)
