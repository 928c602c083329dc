"""One image in, everything known about its face out: landmarks, pose, normalised patches, network features."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from models.camera import CameraIntrinsics
from models.features import GazeFeatures

FaceStatus = Literal["ok", "no_face", "eyes_closed"]


@dataclass(frozen=True, slots=True)
class FaceAnalysis:
    """The result for one image. `features` is None exactly when `status` is ``no_face``.

    face_box and eye_points are in 0..1 of the *image given* (x right, y down): (x, y, width, height) and
    two (x, y) eye centres, the person's left eye first. head_* angles are degrees: yaw to the person's left positive,
    pitch upwards positive, roll clockwise in the image positive.
    """

    status: FaceStatus
    features: GazeFeatures | None = None
    face_box: tuple[float, float, float, float] | None = None
    eye_points: tuple[tuple[float, float], tuple[float, float]] | None = None
    head_yaw_deg: float = 0.0
    head_pitch_deg: float = 0.0
    head_roll_deg: float = 0.0
    brightness: float = 0.0  # mean grey level of the face, 0..255; below about 40 is too dark


class FaceAnalyzer:
    """Stateful over one stream of images (landmark tracking); not thread-safe; one for each session.

    `networks` is shared between analyzers.
    """

    def analyze(
        self, image: npt.NDArray[np.uint8], intrinsics: CameraIntrinsics, captured_ms: float
    ) -> FaceAnalysis:
        """image: (H, W, 3) uint8 RGB."""
        raise NotImplementedError
