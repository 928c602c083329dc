"""The camera: pinhole intrinsics of a frame or of a region of it, and directions in the camera frame.

The camera frame has x right, y down, z forward. Yaw is positive towards +x (image right), pitch is positive upwards.
A gaze straight into the camera, (0, 0, -1), has pitch = yaw = 0. In Zhang et al. 2018, yaw has the opposite sign.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from models.arrays import Array

DEFAULT_HFOV_DEG = 65.0  # laptop webcams have 60 to 78; a wrong value scales depth, not direction
CAMERA_ABOVE_SCREEN_MM = 8.0  # a webcam above the middle of the top edge; `calibration.screen` has the same value

Box = tuple[float, float, float, float]  # x, y, width, height in 0..1 of a picture


@dataclass(frozen=True, slots=True)
class Region:
    """A rectangle of a frame, in pixels of the full frame: left, top, width, height."""

    x: int
    y: int
    width: int
    height: int


@dataclass(frozen=True, slots=True)
class CameraIntrinsics:
    """Focal lengths and principal point in pixels, without lens distortion."""

    fx: float
    fy: float
    cx: float
    cy: float

    @classmethod
    def from_field_of_view(cls, width_px: int, height_px: int, hfov_deg: float = DEFAULT_HFOV_DEG) -> CameraIntrinsics:
        """Intrinsics from the horizontal field of view: square pixels, principal point in the middle.

        Raises ValueError unless 10 < hfov_deg < 170 and both sizes are positive.
        """
        if width_px <= 0 or height_px <= 0:
            raise ValueError(f"frame size must be positive, got {width_px} x {height_px}")
        if not 10.0 < hfov_deg < 170.0:
            raise ValueError(f"horizontal field of view must lie between 10 and 170 degrees, got {hfov_deg}")
        # The field of view is that of the longer side: a phone held upright has the same lens.
        focal = max(width_px, height_px) / 2 / math.tan(math.radians(hfov_deg) / 2)
        return cls(fx=focal, fy=focal, cx=width_px / 2, cy=height_px / 2)

    def for_region(self, region: Region, image_width_px: int, image_height_px: int) -> CameraIntrinsics:
        """Intrinsics of the image that shows `region` of the frame, resized to the given pixel size."""
        sx, sy = image_width_px / region.width, image_height_px / region.height
        return CameraIntrinsics(
            fx=self.fx * sx, fy=self.fy * sy, cx=(self.cx - region.x) * sx, cy=(self.cy - region.y) * sy
        )

    def matrix(self) -> Array:
        """The camera matrix K, (3, 3)."""
        return np.array([[self.fx, 0.0, self.cx], [0.0, self.fy, self.cy], [0.0, 0.0, 1.0]])

    def inverse_matrix(self) -> Array:
        """K^-1, (3, 3)."""
        return np.array(
            [[1 / self.fx, 0.0, -self.cx / self.fx], [0.0, 1 / self.fy, -self.cy / self.fy], [0.0, 0.0, 1.0]]
        )


def vector_to_angles(vector: npt.ArrayLike) -> Array:
    """(..., 3) directions of any length -> (..., 2) pitch and yaw in radians."""
    v = np.asarray(vector, np.float64)
    x, y, z = v[..., 0], v[..., 1], v[..., 2]
    return np.stack([np.arctan2(-y, np.hypot(x, z)), np.arctan2(x, -z)], axis=-1)


def angles_to_vector(angles: npt.ArrayLike) -> Array:
    """(..., 2) pitch and yaw in radians -> (..., 3) unit directions."""
    a = np.asarray(angles, np.float64)
    pitch, yaw = a[..., 0], a[..., 1]
    return np.stack([np.cos(pitch) * np.sin(yaw), -np.sin(pitch), -np.cos(pitch) * np.cos(yaw)], axis=-1)


def angular_error_rad(a: npt.ArrayLike, b: npt.ArrayLike) -> Array:
    """Angle between two (..., 3) directions, in radians; accurate for small angles, unlike arccos."""
    a, b = np.asarray(a, np.float64), np.asarray(b, np.float64)
    error: Array = np.arctan2(np.linalg.norm(np.cross(a, b), axis=-1), np.sum(a * b, axis=-1))
    return error
