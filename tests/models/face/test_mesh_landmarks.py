"""Landmarks on a rendered person (synthetic)."""

import cv2
import numpy as np
import pytest

from models.face.camera import CameraIntrinsics, Region
from models.face.eyes import eye_openness
from models.face.landmarks import LEFT_EYE_CORNERS, RIGHT_EYE_CORNERS
from models.face.mesh_landmarks import MeshLandmarks
from models.face.tracking import Picture, find_alone
from tests.support.paths import DEMO_PERSON

PERSON = DEMO_PERSON / "frames"
CAMERA = CameraIntrinsics.from_field_of_view(640, 480)
EMPTY = np.full((480, 640, 3), 90, np.uint8)


def frame(number: int) -> np.ndarray:
    return cv2.cvtColor(cv2.imread(str(PERSON / f"{number:04d}.jpg")), cv2.COLOR_BGR2RGB)


def shifted(pixels: int) -> np.ndarray:
    """Frame 0 with the person further to the right."""
    return np.ascontiguousarray(np.roll(frame(0), pixels, axis=1))


@pytest.fixture(scope="module")
def finder() -> MeshLandmarks:
    return MeshLandmarks()


@pytest.fixture
def looks(finder: MeshLandmarks, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Which network looked at how many pictures, in order."""
    seen: list[str] = []
    for name, network in (("mesh", finder._mesh), ("detector", finder._detector)):
        find = network.find

        def counted(images: list[np.ndarray], *more: object, name: str = name, find: object = find) -> object:
            seen.append(f"{name} {len(images)}")
            return find(images, *more)  # type: ignore[operator]

        monkeypatch.setattr(network, "find", counted)
    return seen


def test_a_face_has_478_points_inside_the_image(finder: MeshLandmarks) -> None:
    found = find_alone(finder, frame(0))
    assert found is not None
    assert (found.points_px.shape, found.points_px.dtype) == ((478, 2), np.float32)
    assert (found.points_px > 0).all()
    assert (found.points_px < [640, 480]).all()


def test_left_is_the_persons_own_left_and_open_eyes_measure_as_open(finder: MeshLandmarks) -> None:
    found = find_alone(finder, frame(0))
    assert found is not None
    assert found.points_px[LEFT_EYE_CORNERS[0], 0] > found.points_px[RIGHT_EYE_CORNERS[0], 0]
    assert (eye_openness(found) > 0.2).all()


def test_without_a_face_there_is_no_track_and_both_networks_looked_at_most_once(
    finder: MeshLandmarks, looks: list[str]
) -> None:
    (track,) = finder.find([Picture(frame(0), CAMERA, 0.0)])
    looks.clear()
    assert finder.find([Picture(EMPTY, CAMERA, 33.0, before=track)]) == [None]
    assert looks == ["mesh 1", "detector 1"]
    looks.clear()
    assert finder.find([Picture(EMPTY, CAMERA, 66.0)]) == [None]
    assert looks == ["detector 1"]


def test_a_still_face_that_is_followed_needs_one_pass_and_no_detector(finder: MeshLandmarks, looks: list[str]) -> None:
    (track,) = finder.find([Picture(frame(0), CAMERA, 0.0)])
    looks.clear()
    (after,) = finder.find([Picture(frame(0), CAMERA, 33.0, before=track)])
    assert looks == ["mesh 1"]
    assert track is not None
    assert after is not None
    assert np.abs(after.points_px - track.points_px).mean() < 0.3


def test_a_face_that_moves_on_at_its_speed_needs_one_pass_and_one_that_stops_needs_more(
    finder: MeshLandmarks, looks: list[str]
) -> None:
    (track,) = finder.find([Picture(shifted(0), CAMERA, 0.0)])
    (track,) = finder.find([Picture(shifted(12), CAMERA, 33.0, before=track)])
    assert track is not None
    assert track.velocity_px_ms == pytest.approx([12 / 33, 0.0], abs=0.02)
    looks.clear()
    (moved,) = finder.find([Picture(shifted(24), CAMERA, 66.0, before=track)])
    assert looks == ["mesh 1"]
    (stopped,) = finder.find([Picture(shifted(24), CAMERA, 99.0, before=moved)])
    assert looks[1:] == ["mesh 1", "mesh 1"]
    assert moved is not None
    assert stopped is not None
    assert np.abs(stopped.points_px - moved.points_px).mean() < 0.3


def test_a_face_that_jumps_out_of_its_region_is_found_again(finder: MeshLandmarks) -> None:
    (track,) = finder.find([Picture(shifted(-150), CAMERA, 0.0)])
    (track,) = finder.find([Picture(shifted(150), CAMERA, 33.0, before=track)])
    alone = find_alone(finder, shifted(150))
    assert track is not None
    assert alone is not None
    assert np.abs(track.points_px - alone.points_px).mean() < 0.5


def test_another_region_of_the_camera_is_followed_without_the_detector(finder: MeshLandmarks, looks: list[str]) -> None:
    """The page sends the region of the face, and moves it. The intrinsics say where the face is now."""
    region = Region(x=170, y=90, width=320, height=360)
    cut = np.ascontiguousarray(frame(0)[90:450, 170:490])
    half = np.asarray(cv2.resize(cut, (160, 180), interpolation=cv2.INTER_AREA))
    (track,) = finder.find([Picture(frame(0), CAMERA, 0.0)])
    assert track is not None
    looks.clear()
    for image, scale in ((cut, 1.0), (half, 0.5)):
        camera = CAMERA.for_region(region, image.shape[1], image.shape[0])
        (part,) = finder.find([Picture(image, camera, 33.0, before=track)])
        assert part is not None
        assert np.abs(part.points_px - (track.points_px - [170, 90]) * scale).mean() < 0.6
    assert not any("detector" in look for look in looks)


def test_time_that_goes_back_or_stands_and_a_long_gap_are_jumps(finder: MeshLandmarks, looks: list[str]) -> None:
    (track,) = finder.find([Picture(frame(0), CAMERA, 1000.0)])
    for captured_ms in (5.0, 1000.0, 1401.0):
        looks.clear()
        (found,) = finder.find([Picture(frame(0), CAMERA, captured_ms, before=track)])
        assert looks[0] == "detector 1"
        assert found is not None
        assert (found.velocity_px_ms == 0.0).all()


def test_a_batch_mixes_streams_and_each_picture_gets_what_it_gets_alone(
    finder: MeshLandmarks, looks: list[str]
) -> None:
    (track,) = finder.find([Picture(frame(0), CAMERA, 0.0)])
    pictures = [
        Picture(frame(1), CAMERA, 33.0, before=track),
        Picture(EMPTY, CAMERA, 33.0, before=track),
        Picture(np.ascontiguousarray(frame(9)[:, 100:500]), CAMERA, 7.0),
        Picture(EMPTY[:100], CAMERA, 7.0),
    ]
    looks.clear()
    together = finder.find(pictures)
    assert looks[:2] == ["detector 2", "mesh 3"]
    for picture, found in zip(pictures, together, strict=True):
        (alone,) = finder.find([picture])
        assert (found is None) == (alone is None)
        if found is not None and alone is not None:
            np.testing.assert_allclose(found.points_px, alone.points_px, atol=0.05)
    assert [found is None for found in together] == [False, True, False, True]
    assert finder.find([]) == []
