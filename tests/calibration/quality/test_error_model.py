import math
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest

from calibration.fit import CollectedSamples, fit, fit_calibration
from calibration.mapping.mixture import fit_mixture
from calibration.quality.error_model import (
    CHANGED,
    LIKE,
    MAX_GROWTH,
    UNKNOWN_DIAGONALS,
    UNLIKE,
    ExpectedError,
    elsewhere_px,
    expected_error,
    place_factor,
)
from calibration.quality.extrapolation import KnownDots
from calibration.samples.sample import CalibrationSample
from calibration.samples.selection import TargetMean, select
from calibration.screen import Point
from calibration.targets.ids import FIRST_HEAD_DIRECTION_ID
from tests.support.calibration_eye import GRID, SCREEN, LinearEye, game, means, pursue

PLACES = [(x / 9, y / 9) for x in range(1, 9) for y in range(1, 9)]


def single_frames(eye: LinearEye, n_frames: int = 1, places: list[Point] = GRID) -> list[CalibrationSample]:
    return [
        CalibrationSample(1000.0 * i + 10.0 * k, i, place, eye.blocks(*place), arrived_ms=1000.0 * i - 900.0)
        for i, place in enumerate(places)
        for k in range(n_frames)
    ]


@pytest.mark.parametrize("noise", [0.1, 0.4])
@pytest.mark.parametrize("n_frames", [2, 10, 40])
def test_announced_errors_hold_with_any_number_of_frames_of_a_dot(noise: float, n_frames: int) -> None:
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


def test_the_path_of_a_moving_target_and_the_jumps_of_eyes_that_follow_are_no_noise() -> None:
    collected = CollectedSamples(tuple(single_frames(LinearEye(seed=3, noise=0.05), 4)), pursuit=pursue(150.0))
    calibration = fit(collected, SCREEN).calibration
    eye, errors = LinearEye(seed=3, noise=0.05), []
    for place in PLACES:
        point = calibration.predict(eye.blocks(*place))
        errors.append(SCREEN.distance_px((point.x, point.y), place))
    assert 0.7 < np.median(errors) / calibration.report.median_error_px < 1.3


def test_errors_with_the_head_turned_on_request_do_not_count_if_there_are_enough_others() -> None:
    eye = LinearEye(seed=4, noise=0.1)
    straight = means(eye)
    elsewhere = [(0.9, 0.5), (0.1, 0.5), (0.5, 0.1), (0.5, 0.9)]
    beside = [TargetMean(100 + i, (0.5, 0.5), eye.blocks(*place), 1, 1) for i, place in enumerate(elsewhere)]
    turned = [replace(mean, target_id=FIRST_HEAD_DIRECTION_ID + 1 + i) for i, mean in enumerate(beside)]
    model = fit_mixture([*straight, *beside], SCREEN)
    of_dots = expected_error(model, [*straight, *beside], SCREEN)
    of_directions = expected_error(model, [*straight, *turned], SCREEN)
    assert of_directions.median_px < 0.95 * of_dots.median_px
    three = straight[:3]
    few = fit_mixture([*three, *beside], SCREEN)
    assert expected_error(few, [*three, *turned], SCREEN) == expected_error(few, [*three, *beside], SCREEN)


def scattered(seed: int, n_frames: int, scatter: float) -> list[TargetMean]:
    """Means of many frames, with frames whose features scatter `scatter` times as much as the eye's own noise."""
    eye, rng = LinearEye(seed=seed, noise=0.1), np.random.default_rng(seed)
    found = []
    for mean in select(single_frames(eye, n_frames), settle_ms=0.0).means:
        grown = [
            {k: (mean.blocks[k] + scatter * (v - mean.blocks[k])).astype(np.float32) for k, v in frame.items()}
            for frame in mean.frames
        ]
        found.append(TargetMean(mean.target_id, mean.target, mean.blocks, mean.n_used, mean.n_total, tuple(grown)))
    del rng
    return found


def test_the_announced_error_includes_the_noise_that_means_of_many_frames_hide() -> None:
    calm, noisy = (scattered(0, 40, scatter) for scatter in (1.0, 6.0))
    quiet, loud = (expected_error(fit_mixture(some, SCREEN), some, SCREEN) for some in (calm, noisy))
    assert loud.median_px > 2.0 * quiet.median_px
    assert loud.noise_px > 4.0 * quiet.noise_px


def test_outliers_that_the_fit_drops_widen_the_radius_more_than_the_median() -> None:
    eye = LinearEye(noise=0.1)
    clean = list(select(single_frames(eye, 12), settle_ms=0.0).means)
    wild = [
        TargetMean(m.target_id, m.target, m.blocks, 12, 20, m.frames, tuple(eye.blocks(*GRID[i - 4]) for _ in range(8)))
        for i, m in enumerate(clean)
    ]
    model = fit_mixture(clean, SCREEN)
    before, after = expected_error(model, clean, SCREEN), expected_error(model, wild, SCREEN)
    assert after.radius_px > 1.5 * before.radius_px
    assert after.radius_px / after.median_px > before.radius_px / before.median_px


@pytest.mark.parametrize("n_targets", [3, 4, 5, 9])
def test_every_number_of_targets_has_an_error_above_zero(n_targets: int) -> None:
    some = means(LinearEye(noise=0.3), [GRID[i] for i in (0, 2, 7, 4, 6, 8, 1, 3, 5)][:n_targets])
    expected = expected_error(fit_mixture(some, SCREEN), some, SCREEN)
    assert 5.0 < expected.median_px < expected.radius_px
    assert expected.at(expected.typical) == pytest.approx(expected.typical_px)
    assert expected.at(math.nan) == pytest.approx(expected.typical_px)


@pytest.mark.parametrize(
    ("dots", "beside", "between"),
    [
        ([(0.1, 0.1), (0.3, 0.38), (0.5, 0.5), (0.7, 0.62), (0.9, 0.9)], (0.9, 0.1), (0.6, 0.6)),
        ([(0.4, 0.4), (0.6, 0.4), (0.5, 0.5), (0.4, 0.6), (0.6, 0.6)], (0.95, 0.05), (0.5, 0.45)),
        ([(x, y) for x, y in GRID if x < 0.6], (0.95, 0.5), (0.3, 0.5)),
    ],
    ids=["on a line", "in the middle", "in a half"],
)
def test_the_radius_grows_where_no_dots_are(dots: list[Point], beside: Point, between: Point) -> None:
    calibration = fit_calibration(single_frames(LinearEye(noise=0.1), 10, dots), SCREEN)
    all_over = fit_calibration(single_frames(LinearEye(noise=0.1), 10), SCREEN)
    assert calibration.error_px(*beside) > 1.5 * calibration.error_px(*between)
    assert calibration.report.median_error_px > 1.1 * all_over.report.median_error_px
    assert all_over.error_px(*beside) < 1.5 * all_over.error_px(*between)


def test_a_dot_that_the_fit_left_out_shows_nothing_about_its_place() -> None:
    expected = ExpectedError(50.0, 70.0, 10.0, 5.0, 40.0, quantile=1.1, dot_px=40.0)
    without = elsewhere_px(expected, GRID[8], KnownDots(tuple(GRID[:8])), SCREEN)
    assert without > 1.3 * elsewhere_px(expected, GRID[8], KnownDots(tuple(GRID)), SCREEN)


def test_a_turned_or_moved_head_widens_the_radius_but_not_without_bound() -> None:
    eye = LinearEye(noise=0.1)
    calibration = fit_calibration(game(eye), SCREEN)
    blocks = eye.blocks(0.5, 0.5)
    radii = [
        calibration.error_px(0.5, 0.5, {**blocks, "head_rotation": np.array([0.0, turn, 0.0], np.float32)})
        for turn in (0.0, 0.2, 0.5)
    ]
    assert radii[0] < radii[1] < radii[2] < SCREEN.diagonal_px
    place = blocks["head_translation"]
    shifted = [
        calibration.error_px(0.5, 0.5, {**blocks, "head_translation": place + np.float32(mm)}) for mm in (0, 40, 100)
    ]
    assert shifted[0] < shifted[1] < shifted[2]
    assert calibration.error_px(0.5, 0.5) == pytest.approx(radii[0], rel=0.5)


def test_with_few_targets_the_announced_error_is_that_of_the_population() -> None:
    eye = LinearEye(noise=0.1)
    two = means(eye, GRID[:2])
    expected = expected_error(fit_mixture(two, SCREEN), two, SCREEN)
    assert expected.median_px == pytest.approx(UNKNOWN_DIAGONALS * SCREEN.diagonal_px)
    assert expected.radius_px > expected.median_px


@pytest.mark.parametrize("sigma_px", [0.0, 10.0])
def test_a_frame_of_infinite_variance_gets_the_largest_radius(sigma_px: float) -> None:
    assert ExpectedError(50.0, 75.0, sigma_px, 5.0, 40.0).at(math.inf) == MAX_GROWTH * 75.0


def test_an_older_profile_has_the_same_radius_at_all_places() -> None:
    older = ExpectedError(50.0, 75.0, 10.0, 5.0, 40.0)
    assert older.at(math.nan) == 75.0
    assert elsewhere_px(older, (2.0, 2.0), KnownDots(tuple(GRID)), SCREEN) == 0.0


def test_places_near_missed_targets_expect_more_and_far_ones_the_average() -> None:
    targets = [SimpleNamespace(x=x, y=y, relative_error=1.0) for x, y in GRID]
    targets[8].relative_error = 3.0
    assert place_factor(*GRID[8], targets, SCREEN) > 1.3
    assert place_factor(*GRID[0], targets, SCREEN) == pytest.approx(1.0, abs=0.05)
    assert place_factor(50.0, -50.0, targets, SCREEN) == pytest.approx(1.0)


@pytest.mark.parametrize("strange", ["reflection", "mirrored", "noise"])
def test_eyes_unlike_all_that_were_calibrated_lose_likeness_and_widen_the_radius(strange: str) -> None:
    eye, rng = LinearEye(noise=0.1), np.random.default_rng(0)
    calibration = fit_calibration(single_frames(eye, 10), SCREEN)
    usual = [eye.blocks(*place) for place in PLACES]
    likeness = [calibration.doubt(blocks).likeness for blocks in usual]
    assert np.mean(np.array(likeness) > 0.9) > 0.9
    patches = {
        "reflection": lambda one: np.where(np.arange(400) % 3 == 0, 2.5, one),
        "mirrored": lambda one: one.reshape(2, 10, 20)[::-1, :, ::-1].ravel() + 0.5,
        "noise": lambda one: one + rng.normal(0.0, 1.0, 400),
    }[strange]
    odd = [{**blocks, "eye_patches": patches(blocks["eye_patches"]).astype(np.float32)} for blocks in usual]
    assert max(calibration.doubt(blocks).likeness for blocks in odd) < 0.25
    radii = [
        (calibration.error_px(0.5, 0.5, a), calibration.error_px(0.5, 0.5, b)) for a, b in zip(odd, usual, strict=True)
    ]
    assert min(far / near for far, near in radii) > 3.0


def test_a_camera_that_has_changed_widens_the_radius() -> None:
    eye = LinearEye(noise=0.1)
    calibration = fit_calibration(single_frames(eye, 10), SCREEN)
    blocks = eye.blocks(0.4, 0.4)
    as_before, changed = (calibration.doubt(blocks, changed=changed) for changed in (False, True))
    assert calibration.radius_px(0.4, 0.4, as_before) == calibration.error_px(0.4, 0.4, blocks)
    assert (
        calibration.radius_px(0.4, 0.4, changed)
        > calibration.error_px(0.4, 0.4, blocks) + 0.5 * CHANGED * SCREEN.diagonal_px
    )


def test_an_unknown_likeness_doubts_nothing() -> None:
    known = ExpectedError(50.0, 70.0, 10.0, 5.0, 40.0, quantile=1.1, dot_px=40.0)
    assert [known.likeness(40.0 * ratio) for ratio in (0.5, LIKE, UNLIKE, 1e9)] == [1.0, 1.0, 0.0, 0.0]
    assert known.likeness(math.inf) == 0.0
    assert known.likeness(math.nan) == 1.0
    assert ExpectedError(50.0, 70.0, 10.0, 5.0, 40.0).likeness(1e9) == 1.0
