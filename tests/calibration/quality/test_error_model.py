import math
from types import SimpleNamespace

import numpy as np
import pytest

from calibration.fit import fit_calibration
from calibration.mapping.mixture import fit_mixture
from calibration.quality.error_model import (
    COVERED,
    MAX_GROWTH,
    MEDIAN_OF_MEAN,
    NOISE_MEDIAN,
    RADIUS_OF_MEDIAN,
    UNKNOWN_DIAGONALS,
    ExpectedError,
    expected_error,
    frame_noise_px,
    place_factor,
)
from calibration.samples.sample import CalibrationSample
from calibration.samples.selection import select
from tests.support.calibration_eye import GRID, SCREEN, LinearEye, game, means

PLACES = [(x / 9, y / 9) for x in range(1, 9) for y in range(1, 9)]


def single_frames(eye: LinearEye, n_frames: int = 1) -> list[CalibrationSample]:
    return [
        CalibrationSample(1000.0 * i + 10.0 * k, i, place, eye.blocks(*place), arrived_ms=1000.0 * i - 900.0)
        for i, place in enumerate(GRID)
        for k in range(n_frames)
    ]


@pytest.mark.parametrize("noise", [0.1, 0.4])
@pytest.mark.parametrize("n_frames", [2, 10, 40])
def test_predicted_errors_hold_with_any_number_of_frames_of_a_dot(noise: float, n_frames: int) -> None:
    ratios, shares = [], []
    for seed in range(8):
        eye = LinearEye(seed=seed, noise=noise)
        calibration = fit_calibration(single_frames(eye, n_frames), SCREEN)
        errors, inside = [], []
        for place in PLACES:
            blocks = eye.blocks(*place)
            point = calibration.predict(blocks)
            errors.append(SCREEN.distance_px((point.x, point.y), place))
            inside.append(errors[-1] <= calibration.error_px(point.x, point.y, blocks))
        ratios.append(np.median(errors) / calibration.report.median_error_px)
        shares.append(np.mean(inside))
    assert 0.8 < np.median(ratios) < 1.2
    assert 0.6 < np.mean(shares) < 0.9


def test_the_noise_of_single_frames_is_that_of_their_answers() -> None:
    eye = LinearEye(noise=0.5)
    gated = select(single_frames(eye, 40), settle_ms=0.0)
    model = fit_mixture(gated.means, SCREEN)
    noise_px = frame_noise_px(model, gated.means, SCREEN)
    spread = [model.predict(eye.blocks(0.5, 0.5)) for _ in range(300)]
    true_px = math.sqrt(float((np.var(spread, axis=0) * [1920**2, 1080**2]).sum()))
    assert noise_px == pytest.approx(true_px, rel=0.15)
    assert frame_noise_px(model, means(eye), SCREEN) is None  # the frames were not kept


def test_the_median_is_half_of_the_frames_of_a_normal_error_and_the_radius_holds_68_percent() -> None:
    """Only noise in x and y: the frames of one target, whose root variance is s."""
    rng = np.random.default_rng(0)
    px = np.linalg.norm(rng.normal(0.0, 50.0, (200_000, 2)), axis=1)
    s_px = 50.0 * math.sqrt(2.0)
    assert np.median(px) == pytest.approx(NOISE_MEDIAN * s_px, rel=0.01)
    assert np.median(px) == pytest.approx(MEDIAN_OF_MEAN * px.mean(), rel=0.01)
    assert np.mean(px < RADIUS_OF_MEDIAN * np.median(px)) == pytest.approx(COVERED, abs=0.01)


def test_the_predicted_error_includes_the_noise_that_means_of_many_frames_hide() -> None:
    eye = LinearEye(noise=0.5)
    gated = select(single_frames(eye, 40), settle_ms=0.0)
    model = fit_mixture(gated.means, SCREEN)
    noise_px = frame_noise_px(model, gated.means, SCREEN)
    assert noise_px is not None
    announced = expected_error(model, gated.means, SCREEN)
    assert NOISE_MEDIAN * noise_px * 0.95 < announced.median_px
    assert model.staged.ridge.left_out_px < 0.7 * announced.median_px


@pytest.mark.parametrize("n_targets", [3, 4, 5, 9])
def test_every_number_of_targets_has_an_error_above_zero(n_targets: int) -> None:
    some = means(LinearEye(noise=0.3), [GRID[i] for i in (0, 2, 7, 4, 6, 8, 1, 3, 5)][:n_targets])
    expected = expected_error(fit_mixture(some, SCREEN), some, SCREEN)
    assert expected.median_px > 5.0
    assert expected.at(expected.typical) == pytest.approx(expected.radius_px)
    assert expected.radius_px == pytest.approx(RADIUS_OF_MEDIAN * expected.median_px)


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


def test_with_few_targets_the_predicted_error_is_nearly_the_population_s() -> None:
    eye = LinearEye(noise=0.1)
    two = means(eye, GRID[:2])
    expected = expected_error(fit_mixture(two, SCREEN), two, SCREEN)
    assert expected.median_px == pytest.approx(UNKNOWN_DIAGONALS * SCREEN.diagonal_px)
    assert expected.radius_px > expected.median_px


def test_a_frame_of_unknown_variance_gets_the_typical_radius() -> None:
    assert ExpectedError(50.0, 75.0, 10.0, 5.0, 40.0).at(math.nan) == 75.0


@pytest.mark.parametrize("sigma_px", [0.0, 10.0])
def test_a_frame_of_infinite_variance_gets_the_largest_radius(sigma_px: float) -> None:
    assert ExpectedError(50.0, 75.0, sigma_px, 5.0, 40.0).at(math.inf) == MAX_GROWTH * 75.0


def test_places_near_missed_targets_expect_more_and_far_ones_the_average() -> None:
    targets = [SimpleNamespace(x=x, y=y, relative_error=1.0) for x, y in GRID]
    targets[8].relative_error = 3.0
    assert place_factor(*GRID[8], targets, SCREEN) > 1.3
    assert place_factor(*GRID[0], targets, SCREEN) == pytest.approx(1.0, abs=0.05)
    assert place_factor(50.0, -50.0, targets, SCREEN) == pytest.approx(1.0)
