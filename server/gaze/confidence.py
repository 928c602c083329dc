"""The status of a sample and its confidence.

confidence = light * pose * eyes * camera, each 0 to 1:

- light: how well the face is lit. 1 from DIM to BRIGHT, linear to 0 at DARK and at BLINDING.
- pose: how near the head is to its pose during the calibration. 1 up to the NEAR distances, linear to 0 at the FAR
  ones. The smaller of the values for turning and shifting is used. If the head-turn round was recorded, the closest
  recorded pose is used. If the calibration's pose is unknown, the value is 1.
- eyes: how much the eyes look like those of the calibration (`ExpectedError.likeness`): reflections on glasses, hair or
  a hand over an eye, a mirrored picture. The kernel of the map measures it on patches, irises and angles. Times
  `bare`: a reflection over an iris counts even if it was there in the calibration. 1 up to GLARE, linear to 0 at 1.
- camera: CHANGED_CAMERA while the camera's frames have another size than at the calibration, or after the head's
  distance has jumped as no head does (`server.gaze.doubts`).

Confidence is not a probability. It says whether the conditions of the calibration still hold; `error_px` is the
expected error under those conditions. The confidence of an invalid sample is 0.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from calibration.calibration import Calibration
from calibration.samples.head_poses import HeadPoses, distances
from models.analysis import GLARE
from server.protocol.gaze import Status

# Thresholds. The page warns before they are reached (web/ui/); a test of the web modules checks the margins.
DARK, DIM, BRIGHT, BLINDING = 20.0, 60.0, 220.0, 250.0  # mean grey level of the face, 0..255
NEAREST_MM, FARTHEST_MM = 200.0, 1500.0  # nearer, the lens bends the face; farther, an iris is four pixels wide
EDGE = 0.01  # of the camera's full frame: an eye centre nearer to its edge is extrapolated
NEAR_TURN_RAD, FAR_TURN_RAD = math.radians(6.0), math.radians(30.0)
NEAR_SHIFT_MM, FAR_SHIFT_MM = 40.0, 250.0  # a head at rest moves by 20 to 40 mm; 250 mm is another seat
STALE_POSE = 0.25  # below this the head has left the calibrated region
STALE_EYES = 0.25  # below this the eyes are unlike the calibrated ones
CHANGED_CAMERA = 0.2

FloatArray = npt.NDArray[np.floating[Any]]


@dataclass(frozen=True, slots=True)
class PoseReference:
    """Head poses of the calibration: rotation vectors (N, 3) in rad, translations (N, 3) in mm; None: unknown.

    openness: the usual one of the left and the right eye.
    """

    rotation_rad: FloatArray | None = None
    translation_mm: FloatArray | None = None
    openness: tuple[float, float] | None = None

    @classmethod
    def of(cls, calibration: Calibration) -> PoseReference:
        """The poses of a calibration. Profiles older than version 4 have at most the mean head rotation."""
        if calibration.poses is None:
            reference = cls.from_centres(calibration.model.staged.ridge.centres)
        else:
            reference = cls.from_poses(calibration.poses)
        return replace(reference, openness=calibration.openness)

    @classmethod
    def from_poses(cls, poses: HeadPoses | None) -> PoseReference:
        return cls() if poses is None else cls(poses.rotation_rad, poses.translation_mm)

    @classmethod
    def from_centres(cls, centres: Mapping[str, FloatArray]) -> PoseReference:
        """From the mean features of a stored calibration."""
        return cls(centres.get("head_rotation"), centres.get("head_translation"))

    def agreement(self, blocks: Mapping[str, FloatArray]) -> float:
        """The factor "pose" above, for one frame's features."""
        turning = _agreement(self.rotation_rad, blocks.get("head_rotation"), NEAR_TURN_RAD, FAR_TURN_RAD)
        shifting = _agreement(self.translation_mm, blocks.get("head_translation"), NEAR_SHIFT_MM, FAR_SHIFT_MM)
        return max(map(min, turning or shifting or [1.0], shifting or turning or [1.0]))


def misplaced(eyes: Sequence[tuple[float, float]], distance_mm: float) -> Status | None:
    """The status of a face that is too near, too far or partly outside, else None.

    eyes: their centres, 0..1 of the full frame.
    """
    if not NEAREST_MM <= distance_mm <= FARTHEST_MM:
        return "out_of_range"
    if not all(EDGE <= value <= 1.0 - EDGE for eye in eyes for value in eye):
        return "off_center"
    return None


def light(brightness: float) -> float:
    """The factor "light" above."""
    return min(_rise(brightness, DARK, DIM), 1.0 - _rise(brightness, BRIGHT, BLINDING))


def bare(glare: float) -> float:
    """How little of an iris a reflection in glasses covers. glare: `FaceAnalysis.glare`."""
    return 1.0 - _rise(glare, GLARE, 1.0)


def _agreement(reference: FloatArray | None, here: FloatArray | None, near: float, far: float) -> list[float]:
    """A value for each pose of the reference; empty if the reference or the pose is unknown."""
    if reference is None or here is None:
        return []
    return [1.0 - _rise(away, near, far) for away in distances(np.atleast_2d(reference), here)]


def _rise(value: float, low: float, high: float) -> float:
    """0 up to low, 1 from high on, linear between them."""
    return min(max((value - low) / (high - low), 0.0), 1.0)
