"""Projections of the camera frame (cm) and of a light, and the triangles in a rectangle of pixels."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from models.arrays import Array

Rectangle = tuple[int, int, int, int]  # x, y upwards, width, height; pixels

_NEAR_CM, _FAR_CM = 5.0, 400.0
_SHADOW_RADIUS_CM, _SHADOW_DEPTH_CM = 17.0, 30.0
_MARGIN_PX = 2


def clip_matrix(crop: Array, size_px: int) -> Array:
    """(4, 4) OpenCV's camera frame -> clip space. crop: (3, 3) intrinsics of the picture."""
    p = np.zeros((4, 4))
    p[0, 0], p[0, 2] = 2 * crop[0, 0] / size_px, 2 * crop[0, 2] / size_px - 1
    p[1, 1], p[1, 2] = -2 * crop[1, 1] / size_px, 1 - 2 * crop[1, 2] / size_px
    p[2, 2] = (_FAR_CM + _NEAR_CM) / (_FAR_CM - _NEAR_CM)
    p[2, 3] = -2 * _FAR_CM * _NEAR_CM / (_FAR_CM - _NEAR_CM)
    p[3, 2] = 1
    return p


def shadow_matrix(direction: Array, centre: Array, scale: float) -> Array:
    """(4, 4) parallel projection of the head along a light. direction: (3,) to the light; centre: (3,) of the head."""
    z = -direction
    x = np.cross([0, 1, 0] if abs(z[1]) < 0.95 else [1, 0, 0], z)
    x /= np.linalg.norm(x)
    reach = _SHADOW_RADIUS_CM * scale
    m = np.eye(4)
    m[:3, :3] = np.stack([x, np.cross(z, x), z]) / np.array([reach, reach, _SHADOW_DEPTH_CM])[:, None]
    m[:3, 3] = -m[:3, :3] @ centre
    return m


def pixels_of(points: npt.NDArray[Any], crop: Array, size_px: int) -> Array:
    """(n, 3) cm, camera frame -> (n, 2) pixels, y upwards as in OpenGL."""
    q = points @ crop.T
    pixels: Array = np.c_[q[:, 0] / q[:, 2], size_px - q[:, 1] / q[:, 2]]
    return pixels


def rectangle_around(pixels: Array, size_px: int) -> Rectangle:
    """The rectangle around points, with a margin. It lies within the picture and is never empty."""
    low = np.clip(np.floor(pixels.min(axis=0) - _MARGIN_PX), 0, size_px - 1).astype(int)
    high = np.clip(np.ceil(pixels.max(axis=0) + _MARGIN_PX), low + 1, size_px).astype(int)
    return int(low[0]), int(low[1]), int(high[0] - low[0]), int(high[1] - low[1])


def touching(pixels: Array, triangles: npt.NDArray[Any], rectangle: Rectangle) -> npt.NDArray[Any]:
    """The triangles whose bounding box meets the rectangle. pixels: (n, 2) of the vertices."""
    corners = pixels[triangles]
    low, high = corners.min(axis=1), corners.max(axis=1)
    x, y, width, height = rectangle
    meets = (high >= (x, y)).all(axis=1) & (low <= (x + width, y + height)).all(axis=1)
    found: npt.NDArray[Any] = triangles[meets]
    return found
