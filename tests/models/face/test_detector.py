"""MediaPipe's face detector on pictures of rendered people (synthetic, tests/data), as small as overviews are."""

from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt
import pytest

from models.face.detector import FaceDetector
from tests.support.two_people import paste_beside, portrait


@pytest.fixture(scope="module")
def finder() -> FaceDetector:
    return FaceDetector()


def small(image: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint8]:
    return np.asarray(cv2.resize(image, (320, 240), interpolation=cv2.INTER_AREA), np.uint8)


@pytest.mark.parametrize("name", ["ada", "ben"])
def test_one_person_is_one_face_wherever_they_look(finder: FaceDetector, name: str) -> None:
    for number in range(0, 80, 4):
        ((x, y, width, height),) = finder.find(small(portrait(name, number)))
        assert 0.4 < x + width / 2 < 0.6
        assert 0.3 < y + height / 2 < 0.7
        assert 0.22 < width < 0.32


@pytest.mark.parametrize("scale", [1.0, 0.7, 0.5])
def test_a_second_face_is_found_with_its_size(finder: FaceDetector, scale: float) -> None:
    own, other = sorted(finder.find(small(paste_beside(portrait("ada"), portrait("ben"), scale))))
    assert other[2] / own[2] == pytest.approx(scale, abs=0.17)
    assert other[0] > own[0] + own[2]


def test_an_empty_room_has_no_face(finder: FaceDetector) -> None:
    noise = np.random.default_rng(1).integers(0, 255, (240, 320, 3), np.uint8)
    for image in (np.full((240, 320, 3), 90, np.uint8), noise):
        assert finder.find(image) == []
