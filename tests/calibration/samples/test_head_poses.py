from dataclasses import replace

import numpy as np
import pytest

from calibration.fit import CollectedSamples, fit
from calibration.samples.head_poses import MAX_POSES, head_poses
from calibration.samples.sample import CalibrationSample
from tests.support.calibration_eye import SCREEN, LinearEye, game

DOTS = game(LinearEye())


def turned(yaw_rad: float) -> CalibrationSample:
    return replace(DOTS[0], blocks={**DOTS[0].blocks, "head_rotation": np.array([0.0, yaw_rad, 0.0], np.float32)})


def test_the_dots_give_one_pose_and_a_round_with_the_head_turned_its_whole_way() -> None:
    still = head_poses(DOTS)
    assert still is not None
    np.testing.assert_allclose(still.translation_mm, [[0.0, 60.0, 600.0]])
    way = [turned(yaw_rad) for yaw_rad in np.linspace(-0.4, 0.4, 300)]
    moved = head_poses(DOTS, way)
    assert moved is not None
    assert moved.rotation_rad.shape == moved.translation_mm.shape == (1 + MAX_POSES, 3)
    np.testing.assert_allclose(moved.rotation_rad[[1, -1], 1], [-0.4, 0.4], atol=1e-6)


def test_poses_that_are_not_known_or_no_numbers_are_no_poses() -> None:
    assert head_poses([]) is None
    assert head_poses([replace(DOTS[0], blocks={"head_rotation": np.zeros(3, np.float32)})]) is None
    still = head_poses(DOTS, [turned(float("nan"))])
    assert still is not None
    assert len(still.rotation_rad) == 1


def test_a_game_remembers_the_head_round_s_poses() -> None:
    head = tuple(
        replace(turned(yaw_rad), target_id=1001, captured_ms=1e5 + 33.0 * i, arrived_ms=1e5 - 1000.0)
        for i, yaw_rad in enumerate(np.linspace(-0.4, 0.4, 60))
    )
    calibration = fit(CollectedSamples(tuple(DOTS), head), SCREEN).calibration
    assert calibration.poses is not None
    assert np.ptp(calibration.poses.rotation_rad[:, 1]) > 0.7
    alone = fit(CollectedSamples(tuple(DOTS)), SCREEN).calibration
    assert alone.poses is not None
    assert len(alone.poses.rotation_rad) == 1


def test_a_head_is_as_far_away_as_its_nearest_pose() -> None:
    poses = head_poses(DOTS, [turned(0.3)])
    assert poses is not None
    here = {"head_rotation": np.array([0.0, 0.32, 0.0], np.float32), "head_translation": poses.translation_mm[0] + 4.0}
    shift_mm, rad = poses.moved(here)
    assert shift_mm == pytest.approx((4.0, 4.0, 4.0))
    assert rad == pytest.approx(0.02, abs=1e-6)
    assert poses.moved({}) == ((0.0, 0.0, 0.0), 0.0)
