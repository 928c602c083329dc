import math

import numpy as np
import pytest

from calibration.arrays import FloatArray
from calibration.quality.baselines import fit_affine, fit_centre, fit_head_pose, fit_offset, ray_on_screen
from calibration.samples.selection import TargetMean
from tests.support.calibration_eye import GRID, PHYSICAL, SCREEN, LinearEye, looking_at, means


@pytest.mark.parametrize("place", [(0.5, 0.5), (0.05, 0.9), (0.95, 0.1), (0.2, 0.0)])
def test_the_gaze_ray_meets_the_screen_where_the_person_looks(place: tuple[float, float]) -> None:
    assert ray_on_screen(looking_at(*place), PHYSICAL) == pytest.approx(place, abs=1e-4)


def test_looking_towards_the_cameras_right_is_looking_at_the_screens_left() -> None:
    blocks = {"gaze_angles": np.array([-0.2, 0.2], np.float32)}
    x, y = ray_on_screen(blocks, SCREEN)
    assert x < 0.5
    assert y > 0.5


def test_offset_takes_up_a_constant_error_of_the_angles() -> None:
    def biased(x: float, y: float) -> dict[str, FloatArray]:
        blocks = looking_at(x, y)
        return {**blocks, "gaze_angles": blocks["gaze_angles"] + np.float32(0.1)}

    fitted = fit_offset([TargetMean(i, p, biased(*p), 1, 1) for i, p in enumerate(GRID)], PHYSICAL)
    assert fitted.predict(biased(0.4, 0.6)) == pytest.approx((0.4, 0.6), abs=0.03)
    assert ray_on_screen(biased(0.4, 0.6), PHYSICAL) != pytest.approx((0.4, 0.6), abs=0.08)


def test_a_gaze_away_from_the_screen_stays_finite_and_within_reach() -> None:
    fitted = fit_offset([], SCREEN)
    for angles in [(3.0, -3.0), (float("nan"), 0.0), (float("inf"), -math.pi / 2)]:
        x, y = fitted.predict({"gaze_angles": np.array(angles, np.float32)})
        assert -0.5 <= x <= 1.5
        assert -0.5 <= y <= 1.5


def test_affine_learns_gain_and_mixing_of_the_angles() -> None:
    eye = LinearEye()
    assert fit_affine(means(eye), SCREEN).predict(eye.blocks(0.3, 0.8)) == pytest.approx((0.3, 0.8), abs=0.01)


def test_head_pose_learns_from_a_head_that_follows_the_gaze_and_nothing_from_a_still_one() -> None:
    def turning(x: float, y: float) -> dict[str, FloatArray]:
        pose = np.array([0.2 * (y - 0.5), -0.3 * (x - 0.5), 0.0], np.float32)
        return {"head_rotation": pose, "head_translation": np.zeros(3, np.float32)}

    fitted = fit_head_pose([TargetMean(i, p, turning(*p), 1, 1) for i, p in enumerate(GRID)], SCREEN)
    assert fitted.predict(turning(0.3, 0.8)) == pytest.approx((0.3, 0.8), abs=0.01)
    eye = LinearEye()
    still = fit_head_pose(means(eye), SCREEN).predict(eye.blocks(0.1, 0.1))
    assert still == pytest.approx(tuple(np.mean(GRID, axis=0)), abs=1e-6)


def test_with_too_few_targets_each_method_falls_back_to_a_simpler_one() -> None:
    eye = LinearEye()
    two = means(eye, [(0.2, 0.2), (0.8, 0.8)])
    assert fit_head_pose(two, SCREEN) == fit_centre(two, SCREEN)
    assert fit_affine(two, SCREEN) == fit_offset(two, SCREEN)


def test_the_centre_is_the_screens_centre() -> None:
    assert fit_centre([], SCREEN).predict({}) == (0.5, 0.5)
