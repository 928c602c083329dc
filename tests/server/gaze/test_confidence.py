from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from calibration.samples.head_poses import head_poses
from calibration.samples.sample import CalibrationSample
from server.gaze.confidence import (
    BLINDING,
    BRIGHT,
    DARK,
    DIM,
    STALE_POSE,
    PoseReference,
    bare,
    light,
    misplaced,
)
from server.protocol.gaze import VALID_STATUSES
from tests.support.server import features, samples


@pytest.mark.parametrize(
    ("brightness", "expected"),
    [(0.0, 0.0), (DARK, 0.0), ((DARK + DIM) / 2, 0.5), (DIM, 1.0), (BRIGHT, 1.0), (235.0, 0.5), (BLINDING, 0.0)],
)
def test_light_falls_off_towards_dark_and_blinding(brightness: float, expected: float) -> None:
    assert light(brightness) == pytest.approx(expected)


@pytest.mark.parametrize(("glare", "expected"), [(0.0, 1.0), (0.4, 1.0), (0.7, 0.5), (1.0, 0.0)])
def test_a_reflection_over_an_iris_lowers_the_confidence(glare: float, expected: float) -> None:
    assert bare(glare) == pytest.approx(expected)


def test_a_head_that_stayed_agrees_and_one_that_left_does_not() -> None:
    reference = PoseReference.from_poses(head_poses(samples()))
    assert reference.agreement(features(0.2, 0.9).blocks()) == 1.0
    assert reference.agreement(features(0.5, 0.5, shift_mm=30.0).blocks()) == 1.0
    assert 0.3 < reference.agreement(features(0.5, 0.5, shift_mm=140.0).blocks()) < 0.7
    assert reference.agreement(features(0.5, 0.5, shift_mm=300.0).blocks()) == 0.0


def test_the_worse_of_turning_and_shifting_counts() -> None:
    reference = PoseReference(np.zeros(3), np.zeros(3))
    turned = {"head_rotation": np.array([0.0, 0.6, 0.0], np.float32), "head_translation": np.zeros(3, np.float32)}
    assert reference.agreement(turned) == 0.0


def turned(yaw_deg: float, pitch_deg: float = 0.0, shift_mm: float = 0.0) -> dict[str, np.ndarray]:
    blocks = features(0.5, 0.5, shift_mm=shift_mm).blocks()
    return blocks | {"head_rotation": blocks["head_rotation"] + np.radians([pitch_deg, yaw_deg, 0.0])}


def turning_head() -> list[CalibrationSample]:
    """300 frames of a head that turns from 20 degrees on one side to 20 on the other."""
    still = samples()[0]
    return [replace(still, blocks=turned(yaw_deg)) for yaw_deg in np.linspace(-20.0, 20.0, 300)]


def test_a_person_who_turned_the_head_while_calibrating_may_turn_it_afterwards() -> None:
    way = turning_head()
    still, moved = PoseReference.from_poses(head_poses(samples())), PoseReference.from_poses(head_poses(samples(), way))
    assert still.agreement(turned(25.0)) < STALE_POSE
    assert moved.agreement(turned(25.0)) == moved.agreement(turned(-11.0)) == 1.0
    assert moved.agreement(turned(48.0)) < STALE_POSE


def test_a_head_that_was_turned_aside_is_no_reference_for_one_turned_up_or_moved() -> None:
    way = turning_head()
    moved = PoseReference.from_poses(head_poses(samples(), way))
    assert moved.agreement(turned(20.0, 28.0)) < STALE_POSE
    assert moved.agreement(turned(20.0, shift_mm=220.0)) < STALE_POSE


def test_a_round_without_a_known_pose_widens_nothing() -> None:
    way = [replace(samples()[0], blocks={"head_rotation": np.ones(3, np.float32)})]
    assert PoseReference.from_poses(head_poses(samples(), way)).agreement(turned(25.0)) < STALE_POSE


def test_an_unknown_pose_does_not_lower_the_confidence() -> None:
    assert PoseReference().agreement(features(0.5, 0.5).blocks()) == 1.0
    assert PoseReference.from_poses(head_poses([])) == PoseReference()
    assert PoseReference.from_centres({}).agreement({}) == 1.0


@pytest.mark.parametrize(
    ("eyes", "distance_mm", "status"),
    [
        (((0.4, 0.5), (0.6, 0.5)), 600.0, None),
        (((0.4, 0.5), (0.6, 0.5)), 150.0, "out_of_range"),
        (((0.4, 0.5), (0.6, 0.5)), 2000.0, "out_of_range"),
        (((0.9, 0.5), (1.02, 0.5)), 600.0, "off_center"),
        (((0.4, -0.1), (0.6, 0.05)), 600.0, "off_center"),
        ((), 600.0, None),
    ],
)
def test_a_face_that_can_not_be_read_where_it_is_has_a_status_of_its_own(
    eyes: tuple[tuple[float, float], ...], distance_mm: float, status: str | None
) -> None:
    assert misplaced(eyes, distance_mm) == status


def test_only_two_statuses_carry_a_point() -> None:
    assert {"ok", "stale_calibration"} == VALID_STATUSES
