"""MediaPipe's own graph on a rendered person (synthetic)."""

from importlib.util import find_spec

import cv2
import numpy as np
import pytest

from models.face.camera import CameraIntrinsics
from models.face.eyes import eye_openness
from models.face.landmarks import LEFT_EYE_CORNERS, RIGHT_EYE_CORNERS
from models.face.mediapipe_graph import MediaPipeLandmarks
from models.face.tracking import Picture, find_alone
from tests.support.paths import DEMO_PERSON

PERSON = DEMO_PERSON / "frames"
pytestmark = pytest.mark.skipif(find_spec("mediapipe") is None, reason="MediaPipe has no wheel for this Python")

CAMERA = CameraIntrinsics.from_field_of_view(640, 480)


def frame(number: int) -> np.ndarray:
    return cv2.cvtColor(cv2.imread(str(PERSON / f"{number:04d}.jpg")), cv2.COLOR_BGR2RGB)


@pytest.fixture(scope="module")
def shared() -> MediaPipeLandmarks:
    return MediaPipeLandmarks()


def test_a_face_has_478_points_inside_the_image(shared: MediaPipeLandmarks) -> None:
    found = find_alone(shared, frame(0))
    assert found is not None
    assert found.points_px.shape == (478, 2)
    assert (found.points_px > 0).all()
    assert (found.points_px < [640, 480]).all()


def test_left_is_the_persons_own_left(shared: MediaPipeLandmarks) -> None:
    found = find_alone(shared, frame(0))
    assert found is not None
    assert found.points_px[LEFT_EYE_CORNERS[0], 0] > found.points_px[RIGHT_EYE_CORNERS[0], 0]


def test_an_image_without_a_face_gives_none_and_the_next_face_is_found(shared: MediaPipeLandmarks) -> None:
    assert find_alone(shared, np.full((480, 640, 3), 90, np.uint8)) is None
    assert find_alone(shared, frame(0)) is not None


def test_the_landmarks_do_not_depend_on_what_was_seen_before_a_jump(shared: MediaPipeLandmarks) -> None:
    find_alone(shared, np.ascontiguousarray(np.roll(frame(5), 150, axis=1)))
    after_jump, alone = (find_alone(finder, frame(3)) for finder in (shared, MediaPipeLandmarks()))
    assert after_jump is not None
    assert alone is not None
    assert np.abs(after_jump.points_px - alone.points_px).mean() < 0.5


def test_another_image_size_and_time_going_backwards_are_jumps_not_errors(shared: MediaPipeLandmarks) -> None:
    (track,) = shared.find([Picture(frame(0), CAMERA, 1000.0)])
    (track,) = shared.find([Picture(np.ascontiguousarray(frame(0)[100:460, 150:510]), CAMERA, 1033.0, before=track)])
    assert track is not None
    (track,) = shared.find([Picture(frame(0), CAMERA, 5.0, before=track)])
    assert track is not None


def test_streams_that_take_turns_have_a_graph_each_as_long_as_there_are_enough() -> None:
    """A graph that follows its own stream needs one pass for a picture that it has seen; a jump needs two or more."""
    finder = MediaPipeLandmarks(streams=2)
    first, second = finder.find([Picture(frame(0), CAMERA, 0.0), Picture(frame(40), CAMERA, 0.0)])
    again = finder.find([Picture(frame(0), CAMERA, 33.0, first), Picture(frame(40), CAMERA, 33.0, second)])
    for track, followed in zip((first, second), again, strict=True):
        assert track is not None
        assert followed is not None
        assert np.abs(track.points_px - followed.points_px).mean() < 0.5
    assert len(finder._graphs) == 2


def test_open_eyes_measure_as_open(shared: MediaPipeLandmarks) -> None:
    found = find_alone(shared, frame(0))
    assert found is not None
    assert (eye_openness(found) > 0.2).all()
