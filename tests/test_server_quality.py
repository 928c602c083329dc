from __future__ import annotations

import numpy as np
import pytest

from server.quality import BLINDING, BRIGHT, DARK, DIM, VALID_STATUSES, PoseReference, light, misplaced
from tests.server_kit import features, samples


@pytest.mark.parametrize(
    ("brightness", "expected"),
    [(0.0, 0.0), (DARK, 0.0), ((DARK + DIM) / 2, 0.5), (DIM, 1.0), (BRIGHT, 1.0), (235.0, 0.5), (BLINDING, 0.0)],
)
def test_light_falls_off_towards_dark_and_blinding(brightness: float, expected: float) -> None:
    assert light(brightness) == pytest.approx(expected)


def test_a_head_that_stayed_agrees_and_one_that_left_does_not() -> None:
    reference = PoseReference.from_samples(samples())
    assert reference.agreement(features(0.2, 0.9).blocks()) == 1.0
    assert reference.agreement(features(0.5, 0.5, shift_mm=30.0).blocks()) == 1.0
    assert 0.3 < reference.agreement(features(0.5, 0.5, shift_mm=140.0).blocks()) < 0.7
    assert reference.agreement(features(0.5, 0.5, shift_mm=300.0).blocks()) == 0.0


def test_the_worse_of_turning_and_shifting_counts() -> None:
    reference = PoseReference(np.zeros(3), np.zeros(3))
    turned = {"head_rotation": np.array([0.0, 0.6, 0.0], np.float32), "head_translation": np.zeros(3, np.float32)}
    assert reference.agreement(turned) == 0.0


def test_a_pose_that_is_not_known_speaks_against_nothing() -> None:
    assert PoseReference().agreement(features(0.5, 0.5).blocks()) == 1.0
    assert PoseReference.from_samples([]) == PoseReference()
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
