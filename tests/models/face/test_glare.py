"""Reflections in glasses over an iris: an iris is as bright as the skin. The glint on the cornea is none."""

import cv2
import numpy as np
import numpy.typing as npt
import pytest

from models.analysis import GLARE
from models.face.glare import glare

CENTRED = np.zeros(4, np.float32)
OPEN = np.full(2, 0.28, np.float32)


def eye(skin: int = 170, iris: int = 70, pupil: int = 25) -> npt.NDArray[np.uint8]:
    """A crop (32, 64): skin, the white of the eye, iris and pupil. An eye is 40 px wide."""
    crop = np.full((32, 64), skin, np.uint8)
    cv2.ellipse(crop, (32, 16), (19, 6), 0, 0, 360, min(skin + 25, 255), -1)
    cv2.circle(crop, (32, 16), 8, iris, -1)
    cv2.circle(crop, (32, 16), 3, pupil, -1)
    return crop


def shares(left: npt.NDArray[np.uint8], iris: npt.NDArray[np.float32] = CENTRED, openness: float = 0.28) -> list[float]:
    found = glare(np.stack([left, eye()]), iris, np.array([openness, 0.28], np.float32))
    assert found.shape == (2,)
    return [float(value) for value in found]


@pytest.mark.parametrize(("skin", "iris"), [(170, 70), (60, 25), (240, 110), (190, 125)])
def test_an_iris_of_any_colour_has_no_glare(skin: int, iris: int) -> None:
    assert max(shares(eye(skin, iris))) < GLARE


def test_a_reflection_over_an_iris_is_glare_of_that_eye_alone() -> None:
    covered = eye()
    cv2.rectangle(covered, (22, 8), (44, 22), 235, -1)
    left, right = shares(covered)
    assert left == 1.0
    assert right == 0.0


def test_a_veil_that_brightens_the_iris_to_the_skin_is_glare() -> None:
    veiled = (eye().astype(np.float64) * 0.3 + 120).astype(np.uint8)
    assert shares(veiled)[0] > GLARE


def test_the_glint_on_the_cornea_and_a_reflection_beside_the_iris_are_none() -> None:
    beside = eye()
    cv2.circle(beside, (34, 14), 1, 255, -1)
    cv2.rectangle(beside, (2, 4), (20, 28), 250, -1)
    assert shares(beside)[0] < GLARE


def test_the_iris_is_looked_for_where_it_is() -> None:
    aside = np.roll(eye(), 6, axis=1)
    covered = aside.copy()
    cv2.rectangle(covered, (33, 10), (43, 22), 240, -1)
    iris = np.array([6 / 40, 0.0, 0.0, 0.0], np.float32)
    assert shares(aside, iris)[0] == 0.0
    assert shares(covered, iris)[0] == 1.0
    assert shares(covered)[0] < 1.0


def test_lowered_eyelids_are_no_reflection() -> None:
    shut = np.full((32, 64), 180, np.uint8)
    assert shares(shut, openness=0.04)[0] == 0.0
    half = eye()
    half[:14] = 180  # the upper eyelid reaches down to the pupil
    assert shares(half, openness=0.13)[0] < GLARE


def test_an_iris_outside_the_crop_is_not_measured() -> None:
    assert shares(np.full((32, 64), 255, np.uint8), np.array([5.0, 5.0, 0.0, 0.0], np.float32))[0] == 0.0
