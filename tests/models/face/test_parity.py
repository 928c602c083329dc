"""Our landmarks and detections beside those of MediaPipe's own graphs, on rendered people (synthetic).

The refined points of the lips are left out of our network, so the medians are over all points and the bounds on single
points over those of the eyes, the irises, and the rest of the face.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from models.face.camera import CameraIntrinsics
from models.face.detector import DetectionNetwork, far_faces, near_faces
from models.face.landmarks import Points
from models.face.mesh import FaceMesh, region_around
from models.face.mesh_landmarks import MeshLandmarks
from models.face.solutions import face_detection, face_mesh
from models.face.tracking import Picture
from tests.support.paths import DEMO_PERSON, PEOPLE

pytestmark = pytest.mark.skipif(find_spec("mediapipe") is None, reason="MediaPipe has no wheel for this Python")

CAMERA = CameraIntrinsics.from_field_of_view(640, 480)
FOLDERS = [DEMO_PERSON, PEOPLE / "ada", PEOPLE / "ben"]
LIPS = [61, 185, 40, 39, 37, 0, 267, 269, 270, 409, 291, 146, 91, 181, 84, 17, 314, 405, 321, 375]
LIPS += [76, 184, 74, 73, 72, 11, 302, 303, 304, 408, 306, 77, 90, 180, 85, 16, 315, 404, 320, 307]
LIPS += [62, 183, 42, 41, 38, 12, 268, 271, 272, 407, 292, 96, 89, 179, 86, 15, 316, 403, 319, 325]
LIPS += [78, 191, 80, 81, 82, 13, 312, 311, 310, 415, 308, 95, 88, 178, 87, 14, 317, 402, 318, 324]
NOT_LIPS = np.setdiff1d(np.arange(478), LIPS)


def frames(folder: Path, step: int = 1) -> Iterator[np.ndarray]:
    for path in sorted((folder / "frames").glob("*.jpg"))[::step]:
        yield cv2.cvtColor(cv2.imread(str(path)), cv2.COLOR_BGR2RGB)


class Reference:
    """MediaPipe's FaceMesh, one pass for each picture."""

    def __init__(self) -> None:
        self._mesh: Any = face_mesh()(max_num_faces=1, refine_landmarks=True)

    def find(self, image: np.ndarray) -> Points | None:
        found = self._mesh.process(image).multi_face_landmarks
        if not found:
            return None
        height, width = image.shape[:2]
        return np.array([(p.x * width, p.y * height) for p in found[0].landmark], np.float32)


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_following_itself_it_finds_the_points_of_mediapipe_and_the_same_pictures_without_a_face(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One pass a picture, as FaceMesh does, and no prediction, which FaceMesh does not have."""
    monkeypatch.setattr("models.face.mesh_landmarks.MAX_PASSES", 1)
    reference, finder, track = Reference(), MeshLandmarks(), None
    distances = []
    for number, image in enumerate(frames(folder)):
        if number % 20 == 19:
            image = np.full_like(image, 100)
        theirs = reference.find(image)
        still = None if track is None else replace(track, velocity_px_ms=np.zeros(2, np.float32))
        (track,) = finder.find([Picture(image, CAMERA, captured_ms=100.0 * number, before=still)])
        assert (track is None) == (theirs is None)
        if track is not None and theirs is not None:
            distances.append(np.linalg.norm(track.points_px - theirs, axis=1))
    found = np.array(distances)
    print(f"median {np.median(found):.3f} px, 95 % {np.percentile(found[:, NOT_LIPS], 95):.3f} px without the lips")
    assert len(found) > 70
    assert np.median(found) < 0.05
    assert np.percentile(found[:, NOT_LIPS], 95) < 0.15
    assert found[:, NOT_LIPS].max() < 0.6


def test_in_the_same_region_it_finds_the_points_of_mediapipe_to_a_hundredth_of_a_pixel() -> None:
    reference, mesh, before = Reference(), FaceMesh(), None
    distances = []
    for image in frames(DEMO_PERSON, step=2):
        theirs = reference.find(image)
        assert theirs is not None
        if before is not None:
            points, presence = mesh.find([image], [region_around(before)])
            assert presence[0] > 0.99
            distances.append(np.linalg.norm(points[0] - theirs, axis=1))
        before = theirs
    assert np.median(distances) < 0.01
    assert np.percentile(np.array(distances)[:, NOT_LIPS], 95) < 0.03


def test_the_first_region_is_that_of_mediapipe() -> None:
    mesh, detector = FaceMesh(), near_faces()
    for folder in FOLDERS:
        image = next(frames(folder))
        for part in (image, np.ascontiguousarray(image[60:420, 150:500]), cv2.resize(image, (320, 240))):
            theirs = Reference().find(part)
            points, _ = mesh.find([part], [detector.find([part])[0][0].region()])
            assert theirs is not None
            assert np.median(np.linalg.norm(points[0] - theirs, axis=1)) < 0.01


@pytest.mark.parametrize(("model", "create"), [(0, near_faces), (1, far_faces)], ids=["near", "far"])
def test_the_detectors_find_the_faces_of_mediapipe_in_the_same_places(
    model: int, create: type[DetectionNetwork]
) -> None:
    theirs, ours = face_detection()(model_selection=model, min_detection_confidence=0.5), create()
    n_faces = []
    for folder in FOLDERS:
        for image in frames(folder, step=16):
            two = np.ascontiguousarray(np.hstack([image, image[:, ::-1]]))
            narrow = np.ascontiguousarray(image[:, 180:460])
            small, empty = np.asarray(cv2.resize(image, (320, 240))), np.full_like(image, 90)
            for picture in (image, two, narrow, small, empty):
                (found,) = ours.find([picture])
                expected = theirs.process(picture).detections or []
                assert len(found) == len(expected)
                n_faces.append(len(found))
                height, width = picture.shape[:2]
                for own, other in zip(found, expected, strict=True):
                    box, points = other.location_data.relative_bounding_box, other.location_data.relative_keypoints
                    low = np.array([box.xmin * width, box.ymin * height])
                    high = low + [box.width * width, box.height * height]
                    np.testing.assert_allclose(own.box_px, [*low, *high], atol=0.01)
                    np.testing.assert_allclose(own.points_px, [(p.x * width, p.y * height) for p in points], atol=0.01)
                    assert own.score == pytest.approx(other.score[0], abs=1e-4)
    assert {0, 1, 2} <= set(n_faces)


def test_the_detectors_look_at_each_picture_of_a_batch_as_if_it_were_alone() -> None:
    pictures = [next(frames(folder)) for folder in FOLDERS] + [np.full((90, 160, 3), 90, np.uint8)]
    for detector in (near_faces(), far_faces()):
        for together, picture in zip(detector.find(pictures), pictures, strict=True):
            (alone,) = detector.find([picture])
            assert len(together) == len(alone)
            for one, other in zip(together, alone, strict=True):
                np.testing.assert_allclose(one.box_px, other.box_px, atol=0.01)
