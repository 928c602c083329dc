"""Glare: a reflection in glasses that lies over an iris.

An iris is darker than the skin around the eye, and its pupil is black. So the inner part of an iris that is nearly as
bright as the skin is covered by a reflection. The small glint on the cornea covers less than `models.analysis.GLARE`.

    glare = share of the disc of RADIUS around the iris's centre, between the eyelids, that is brighter than
            max(DARKEST, OF_SKIN * skin);    skin: median of the crop's rows below the eye

Measured on rendered people (models/README.md).
"""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from models.arrays import FloatArray
from models.face.eyes import CROP_EYE_WIDTHS, CROP_SIZE

RADIUS = 0.08  # in eye widths; an iris has 0.2
OPEN = 0.4  # of the eyelids' distance: from the iris's centre upwards and downwards, this much shows no eyelid
OF_SKIN, DARKEST = 0.7, 105.0  # grey levels
_ROWS_BELOW = 6
_EYE_PX = CROP_SIZE[0] / CROP_EYE_WIDTHS
_RADIUS_PX = RADIUS * _EYE_PX


def glare(crops: npt.NDArray[np.uint8], iris: FloatArray, openness: FloatArray) -> FloatArray:
    """(2,) share of the left and of the right iris that a reflection covers, 0 to 1.

    crops: (2, 32, 64) uint8 of `eyes.eye_crops`; iris: (4,) of `eyes.iris_positions`; openness: (2,) of
    `eyes.eye_openness`. An eye that is nearly shut has 0.
    """
    return np.array([_of_eye(crops[k], iris[2 * k : 2 * k + 2], float(openness[k])) for k in range(2)], np.float32)


def _of_eye(crop: npt.NDArray[np.uint8], iris: FloatArray, openness: float) -> float:
    width, height = CROP_SIZE
    across, down = iris.tolist()
    if not math.isfinite(across + down):
        return 0.0
    x, y = round(across * _EYE_PX + width / 2 - 0.5), round(down * _EYE_PX + height / 2 - 0.5)
    reach = int(min(_RADIUS_PX, OPEN * openness * _EYE_PX - 1.0)) if OPEN * openness * _EYE_PX >= 1.0 else -1
    seen: list[int] = []
    for row in range(max(y - reach, 0), min(y + reach + 1, height)):
        half = int(math.sqrt(_RADIUS_PX**2 - (row - y) ** 2))
        seen += crop[row, max(x - half, 0) : max(x + half + 1, 0)].tolist()
    if not seen or max(seen) <= DARKEST:
        return 0.0
    skin = np.sort(crop[-_ROWS_BELOW:], axis=None)
    limit = max(DARKEST, OF_SKIN * (float(skin[(len(skin) - 1) // 2]) + float(skin[len(skin) // 2])) / 2)
    return sum(value > limit for value in seen) / len(seen)
