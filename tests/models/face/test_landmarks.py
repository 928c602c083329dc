"""MediaPipe on a rendered person (synthetic, tests/data)."""

from collections.abc import Iterator

import cv2
import numpy as np
import pytest

from models.face.eyes import eye_openness
from models.face.landmarks import LEFT_EYE_CORNERS, RIGHT_EYE_CORNERS, MediaPipeDetector
from tests.support.paths import DEMO_PERSON

PERSON = DEMO_PERSON / "frames"


def frame(number: int) -> np.ndarray:
    return cv2.cvtColor(cv2.imread(str(PERSON / f"{number:04d}.jpg")), cv2.COLOR_BGR2RGB)


@pytest.fixture(scope="module")
def shared() -> Iterator[MediaPipeDetector]:
    detector = MediaPipeDetector()
    yield detector
    detector.close()


def test_a_face_has_478_points_inside_the_image(shared: MediaPipeDetector) -> None:
    found = shared.detect(frame(0), 0.0)
    assert found is not None
    assert found.points_px.shape == (478, 2)
    assert (found.points_px > 0).all()
    assert (found.points_px < [640, 480]).all()


def test_left_is_the_persons_own_left(shared: MediaPipeDetector) -> None:
    found = shared.detect(frame(0), 0.0)
    assert found is not None
    assert found.points_px[LEFT_EYE_CORNERS[0], 0] > found.points_px[RIGHT_EYE_CORNERS[0], 0]


def test_an_image_without_a_face_gives_none_and_the_next_face_is_found(shared: MediaPipeDetector) -> None:
    assert shared.detect(np.full((480, 640, 3), 90, np.uint8), 100.0) is None
    assert shared.detect(frame(0), 133.0) is not None


def test_the_landmarks_do_not_depend_on_what_was_seen_before_a_jump(shared: MediaPipeDetector) -> None:
    shared.detect(np.ascontiguousarray(np.roll(frame(5), 150, axis=1)), 0.0)
    after_jump = shared.detect(frame(3), 60_000.0)
    fresh = MediaPipeDetector()
    alone = fresh.detect(frame(3), 0.0)
    fresh.close()
    assert after_jump is not None
    assert alone is not None
    assert np.abs(after_jump.points_px - alone.points_px).mean() < 0.5


def test_another_image_size_and_time_going_backwards_are_jumps_not_errors(shared: MediaPipeDetector) -> None:
    assert shared.detect(frame(0), 1000.0) is not None
    assert shared.detect(np.ascontiguousarray(frame(0)[100:460, 150:510]), 1033.0) is not None
    assert shared.detect(frame(0), 5.0) is not None


def test_open_eyes_measure_as_open(shared: MediaPipeDetector) -> None:
    found = shared.detect(frame(0), 0.0)
    assert found is not None
    assert (eye_openness(found) > 0.2).all()
