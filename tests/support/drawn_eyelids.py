"""Draws closed eyes into pictures of people with open ones, with the eyelids' own skin, column by column.

In each column of pixels across an eye, the skin between brow and upper lid stretches down, and that under the lower
lid a little up, until they meet. The places come from the same face mesh that the server uses; the drawing itself is
done by `simulated_user`.
"""

from __future__ import annotations

import functools
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt

from models.face.mesh_landmarks import MeshLandmarks
from models.face.tracking import LandmarkFinder, find_alone

Column = tuple[int, float, float, float]  # x, then y of the skin's upper end, the upper and the lower lid, px

# Points of the mesh from the left to the right end of each eye in the picture.
_EYES = (
    {
        "upper": (33, 246, 161, 160, 159, 158, 157, 173, 133),
        "lower": (33, 7, 163, 144, 145, 153, 154, 155, 133),
        "brow": (46, 53, 52, 65, 55),
    },
    {
        "upper": (362, 398, 384, 385, 386, 387, 388, 466, 263),
        "lower": (362, 382, 381, 380, 374, 373, 390, 249, 263),
        "brow": (285, 295, 282, 283, 276),
    },
)
_SKIN = 0.7  # of the way from the lid to the brow


@functools.lru_cache(maxsize=4)
def eyelid_columns(pictures: tuple[Path, ...]) -> list[list[Column]]:
    """For each picture the columns of both eyes; none when no face was found."""
    finder = MeshLandmarks()
    return [_columns(finder, path) for path in pictures]


def _columns(finder: LandmarkFinder, path: Path) -> list[Column]:
    image = cv2.cvtColor(cv2.imread(str(path)), cv2.COLOR_BGR2RGB)
    found = find_alone(finder, np.asarray(image, np.uint8))
    return [] if found is None else [column for eye in _EYES for column in _across(found.points_px, **eye)]


def _across(
    points: npt.NDArray[np.float32], *, upper: tuple[int, ...], lower: tuple[int, ...], brow: tuple[int, ...]
) -> list[Column]:
    first, last = points[upper[0], 0], points[upper[-1], 0]
    columns = []
    for x in range(int(np.ceil(first)), int(last) + 1):
        lid, under, above = (float(np.interp(x, *points[list(line)].T)) for line in (upper, lower, brow))
        columns.append((x, round(lid - _SKIN * (lid - above), 1), round(lid, 1), round(under, 1)))
    return columns
