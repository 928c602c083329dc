"""Gaze directions as unit vectors and as (pitch, yaw), in a camera frame with x right, y down, z forward.

Yaw is positive towards the camera's +x (image right), pitch is positive upwards; a gaze straight into
the camera, (0, 0, -1), has pitch = yaw = 0. (Zhang et al. 2018 count yaw the other way round.)
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from models.arrays import Array


def vector_to_angles(vector: npt.ArrayLike) -> Array:
    """(..., 3) directions of any length -> (..., 2) pitch and yaw in radians."""
    v = np.asarray(vector, np.float64)
    v = v / np.linalg.norm(v, axis=-1, keepdims=True)
    return np.stack([np.arcsin(np.clip(-v[..., 1], -1.0, 1.0)), np.arctan2(v[..., 0], -v[..., 2])], axis=-1)


def angles_to_vector(angles: npt.ArrayLike) -> Array:
    """(..., 2) pitch and yaw in radians -> (..., 3) unit directions."""
    a = np.asarray(angles, np.float64)
    pitch, yaw = a[..., 0], a[..., 1]
    return np.stack([np.cos(pitch) * np.sin(yaw), -np.sin(pitch), -np.cos(pitch) * np.cos(yaw)], axis=-1)


def angular_error_rad(a: npt.ArrayLike, b: npt.ArrayLike) -> Array:
    """Angle between two (..., 3) directions, in radians; accurate for small angles, where arccos is not."""
    a, b = np.asarray(a, np.float64), np.asarray(b, np.float64)
    error: Array = np.arctan2(np.linalg.norm(np.cross(a, b), axis=-1), np.sum(a * b, axis=-1))
    return error
