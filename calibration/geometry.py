"""The geometric stage: what a moved or turned head does to the line of sight, taken from physics instead of learned.

A calibration of half a minute hardly moves the head, so no regression can learn from it what a move does. But it is
known: the eye is at o (mm, camera frame), the head is turned by R, the eyes by (p, q) against the head, so that the
line of sight has the slope

    g = k_h slope(R e) + k_e (slope(R d(p, q)) - slope(R e)),   e = (0, 0, -1),   slope(d) = (d_x, d_y) / -d_z

and meets the plane of the camera and the screen, z = 0, at  o_xy + o_z (g + c).  What is left to learn is c, small and
nearly the same everywhere. Each target is turned into the c that its line of sight needs, and written as a point of the
screen again, as it would be seen from the reference place O with g = 0:

    c = (s - o_xy) / o_z - g,    residual point s' = O_xy + O_z c        (`to_residual`; `to_point` is the inverse)

The ridge learns s' from all features, so with a still head it is what it was. The gains k_h and k_e are the
population's: below 1, since estimated rotations carry noise that would be passed on in full. (Six rendered sessions of
25 targets, three with heads moved 4 to 6 cm and turned 6 to 8 degrees after the calibration: moved 0.30 -> 0.17 of
always-centre, still 0.18 -> 0.16; gains of 0.5 to 1, and a screen of half to the double true size, change the first
figure by 0.03.)
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.spatial.transform import Rotation

from calibration.gating import TargetMean
from calibration.samples import Blocks
from calibration.screen import Point, ScreenGeometry

Array = npt.NDArray[np.float64]

HEAD_GAIN = 0.8
EYE_GAIN = 0.6
CSS_PIXEL_MM = 25.4 / 96.0  # what a CSS pixel measures by definition; screens in use lie within 0.75 and 1.2 of it
CAMERA_ABOVE_SCREEN_MM = 8.0
MAX_SLOPE = math.tan(math.radians(60.0))  # beyond it a line of sight meets no desktop screen
_NEAREST_MM = 100.0  # an eye closer than that is a fault of the pose
_FORWARD = np.array([0.0, 0.0, -1.0])


@dataclass(frozen=True, slots=True)
class GeometricStage:
    """From screen points to residual points and back (screen units). size_mm: of the screen; reference_mm: O, (3,)."""

    size_mm: tuple[float, float]
    reference_mm: tuple[float, float, float]
    head_gain: float = HEAD_GAIN
    eye_gain: float = EYE_GAIN

    def to_residual(self, point: Point, blocks: Blocks) -> Point:
        """The point that the ridge has to learn for this frame."""
        eye = self._eye(blocks)
        return self._seen_from(np.asarray(self.reference_mm), (self._mm(point) - eye[:2]) / eye[2] - self.slope(blocks))

    def to_point(self, residual: Point, blocks: Blocks) -> Point:
        """The point on the screen for what the ridge answered; the inverse of `to_residual`."""
        reference = np.asarray(self.reference_mm)
        c = (self._mm(residual) - reference[:2]) / reference[2]
        return self._seen_from(self._eye(blocks), c + self.slope(blocks))

    def slope(self, blocks: Blocks) -> Array:
        """(2,) the expected slope g of the line of sight; zeros for blocks that are missing or not finite."""
        if not _finite(blocks, "head_rotation"):
            return np.zeros(2)
        rotation = Rotation.from_rotvec(np.asarray(blocks["head_rotation"], np.float64))
        head = _slope(rotation.apply(_FORWARD))
        if self.eye_gain == 0.0 or not _finite(blocks, "eye_angles"):
            return self.head_gain * head
        pitch, yaw = np.asarray(blocks["eye_angles"], np.float64)
        eyes = np.array([math.cos(pitch) * math.sin(yaw), -math.sin(pitch), -math.cos(pitch) * math.cos(yaw)])
        return self.head_gain * head + self.eye_gain * (_slope(rotation.apply(eyes)) - head)

    def _eye(self, blocks: Blocks) -> Array:
        """(3,) mm; the reference place for a pose that cannot be."""
        if not _finite(blocks, "head_translation"):
            return np.asarray(self.reference_mm)
        place = np.asarray(blocks["head_translation"], np.float64)
        return place if place[2] > _NEAREST_MM else np.asarray(self.reference_mm)

    def _mm(self, point: Point) -> Array:
        """Camera frame: x runs to the person's left, so to the screen's left; y down from the camera."""
        return np.array(
            [(0.5 - point[0]) * self.size_mm[0], point[1] * self.size_mm[1] + CAMERA_ABOVE_SCREEN_MM], np.float64
        )

    def _seen_from(self, eye: Array, slope: Array) -> Point:
        x, y = eye[:2] + eye[2] * slope
        return 0.5 - float(x) / self.size_mm[0], (float(y) - CAMERA_ABOVE_SCREEN_MM) / self.size_mm[1]


def geometric_stage(
    means: Sequence[TargetMean], screen: ScreenGeometry, eye_gain: float = EYE_GAIN
) -> GeometricStage | None:
    """The stage for the place where the calibration was done; None when the head's pose is not among the features."""
    if not means or not all(
        _finite(m.blocks, "head_translation") and _finite(m.blocks, "head_rotation") for m in means
    ):
        return None
    x, y, z = np.median([mean.blocks["head_translation"] for mean in means], axis=0).tolist()
    if z <= _NEAREST_MM:
        return None
    size = screen.size_mm or (screen.width_px * CSS_PIXEL_MM, screen.height_px * CSS_PIXEL_MM)
    return GeometricStage(size, (x, y, z), eye_gain=eye_gain)


def _slope(direction: Array) -> Array:
    """(3,) -> (2,), held within 60 degrees."""
    slope: Array = np.clip(direction[:2] / max(-float(direction[2]), 1e-3), -MAX_SLOPE, MAX_SLOPE)
    return slope


def _finite(blocks: Blocks, name: str) -> bool:
    return name in blocks and bool(np.isfinite(blocks[name]).all())
