import math

import numpy as np
import pytest

from calibration.mapping.geometry import GeometricStage
from calibration.mapping.geometry_fit import fit_geometry
from calibration.mapping.two_stage import fit_two_stage
from calibration.screen import Point, ScreenGeometry
from tests.support.geometric_eye import grid, target_means

TRUTH = GeometricStage(
    (420.0, 236.25),
    (10.0, 40.0, 600.0),
    head_gain=1.0,
    eye_gain=1.0,
    kappa_rad=(math.radians(1.5), math.radians(-3.0)),
    tilt_rad=(math.radians(10.0), math.radians(2.0)),
    camera_mm=(5.0, 14.0),
)
MEASURED, UNKNOWN = ScreenGeometry(1920, 1080, width_mm=420.0), ScreenGeometry(1920, 1080)


@pytest.mark.parametrize(
    ("noise_rad", "kappa_deg", "tilt_deg", "gain", "camera_mm"),
    [(0.0, 0.15, 1.0, 0.006, 1.5), (0.003, 0.5, 2.5, 0.015, 6.0)],  # without noise, only the prior shifts the result
)
@pytest.mark.parametrize("seed", range(3))
def test_a_moving_head_determines_kappa_tilt_and_gains(
    seed: int, noise_rad: float, kappa_deg: float, tilt_deg: float, gain: float, camera_mm: float
) -> None:
    means = target_means(TRUTH, grid(5), seed=seed, moves_mm=60.0, turns_rad=0.15, noise_rad=noise_rad)
    fit = fit_geometry(means, MEASURED)
    assert fit is not None
    stage = fit.stage
    assert np.degrees(stage.kappa_rad) == pytest.approx([1.5, -3.0], abs=kappa_deg)
    assert np.degrees(stage.tilt_rad) == pytest.approx([10.0, 2.0], abs=tilt_deg)
    assert (stage.eye_gain, stage.head_gain) == pytest.approx((1.0, 1.0), abs=gain)
    assert stage.camera_mm == pytest.approx((5.0, 14.0), abs=camera_mm)


@pytest.mark.parametrize("true_mm", [420.0, 560.0])
def test_the_unknown_size_of_a_screen_is_found_within_three_percent(true_mm: float) -> None:
    truth = GeometricStage((true_mm, true_mm * 9 / 16), (10.0, 40.0, 600.0), head_gain=1.0, eye_gain=1.0)
    fit = fit_geometry(target_means(truth, grid(4), moves_mm=40.0, turns_rad=0.1, noise_rad=0.003), UNKNOWN)
    assert fit is not None
    assert fit.stage.size_mm[0] == pytest.approx(true_mm, rel=0.03)
    assert fit.stage.size_mm[0] / fit.stage.size_mm[1] == pytest.approx(16 / 9)


def test_with_a_still_head_the_tilt_stays_near_the_prior() -> None:
    fit = fit_geometry(target_means(TRUTH, grid(3), noise_rad=0.01), MEASURED)
    assert fit is not None
    assert abs(math.degrees(fit.stage.tilt_rad[0])) < 8.0


def error_px(places: list[Point], answers: list[Point]) -> float:
    return float(np.median([MEASURED.distance_px(a, b) for a, b in zip(places, answers, strict=True)]))


def test_the_fitted_stage_follows_a_moved_head_better_than_the_population_s() -> None:
    calibration = target_means(TRUTH, grid(4), moves_mm=40.0, turns_rad=0.1, noise_rad=0.003)
    places = grid(6)
    moved = target_means(TRUTH, places, seed=9, moves_mm=80.0, turns_rad=0.2)
    fit = fit_geometry(calibration, MEASURED)
    assert fit is not None
    alone = error_px(places, [fit.predict(mean.blocks) for mean in moved])
    assert alone < 25.0  # 0.4 degrees
    staged = fit_two_stage(calibration, MEASURED)
    assert staged.stage is not None
    assert staged.stage.kappa_rad != (0.0, 0.0)  # the fitted one was chosen
    assert error_px(places, [staged.predict(mean.blocks) for mean in moved]) < 40.0


def test_left_out_errors_in_closed_form_are_those_of_refits() -> None:
    means = target_means(TRUTH, grid(4), moves_mm=40.0, turns_rad=0.1, noise_rad=0.02)
    fit = fit_geometry(means, MEASURED)
    assert fit is not None
    for i in (0, 5, 15):
        refit = fit_geometry([*means[:i], *means[i + 1 :]], MEASURED)
        assert refit is not None
        expected = np.subtract(means[i].target, refit.predict(means[i].blocks))
        assert np.linalg.norm(fit.left_out[i] - expected) < 0.25 * np.linalg.norm(expected) + 0.005


def test_without_pose_or_angles_there_is_no_fit() -> None:
    means = target_means(TRUTH, grid(3))
    for name in ("head_translation", "eye_angles"):
        lacking = target_means(TRUTH, grid(3))
        lacking[4].blocks[name][:] = np.nan  # type: ignore[index]
        assert fit_geometry(lacking, MEASURED) is None
    assert fit_geometry([], MEASURED) is None
    assert fit_geometry(means, MEASURED) is not None
