"""The distance of the eyes from the camera, by the size of the irises in the picture.

The horizontal diameter of the visible iris is 11.7 mm in nearly all people, within half a millimetre, while heads
differ by a tenth and more. A disc of diameter D at depth z is f D / z pixels wide, so

    z = f D / d,    d = mean over both eyes of the distance between the rim's outermost points along the eye

The lids cover the rim above and below, so the vertical diameter is FaceMesh's guess. On 20 rendered people (synthetic)
the median over frames came within 5.5 % of the truth on average with the horizontal diameter, 6.1 % with the longer of
the two and 7.4 % with the vertical one; one frame scatters by 2 to 5 %.
"""

from __future__ import annotations

import math

import numpy as np

from models.face.camera import CameraIntrinsics
from models.face.landmarks import LEFT_IRIS, RIGHT_IRIS, Landmarks

IRIS_MM = 11.7
_SMALLEST_IRIS_PX = 2.0  # below it the rim's points are noise


def iris_distance_mm(landmarks: Landmarks, intrinsics: CameraIntrinsics) -> float | None:
    """Depth of the eyes in the camera frame; None where the irises are too small to be measured."""
    focal_px = np.array([intrinsics.fx, intrinsics.fy])
    widths = []  # each over the focal length: pixels need not be square
    for iris in (LEFT_IRIS, RIGHT_IRIS):
        one_side, _, other_side, _ = landmarks.points_px[iris][1:].astype(np.float64)  # (2,) each
        widths.append(float(np.linalg.norm((one_side - other_side) / focal_px)))
    width = sum(widths) / len(widths)
    if not (math.isfinite(width) and width * intrinsics.fx >= _SMALLEST_IRIS_PX):
        return None
    return IRIS_MM / width
