"""What the analysis of one picture finds, as values. Importing them needs neither OpenCV nor a network's runtime."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

import numpy as np

from models.arrays import FloatArray, Grey
from models.face.camera import Box
from models.face.tracking import FaceTrack

FaceStatus = Literal["ok", "no_face", "eyes_closed"]

CLOSED_OPENNESS = (
    0.1  # mean of both eyes over the eye width: shut eyelids measure 0.05 to 0.09, lowered ones 0.13 and more
)
GLARE = 0.4  # of `FaceAnalysis.glare`: from here on, a reflection hides where an eye looks


@dataclass(frozen=True, slots=True)
class GazeFeatures:
    """All features of one frame with information about the gaze.

    Angles are radians in the camera frame (x right, y down, z forward) of OpenCV; yaw is positive towards
    the camera's right (image x), pitch upwards. ``left`` is the person's left eye.
    """

    pitch_rad: float  # the network's gaze direction from the face centre, camera frame
    yaw_rad: float
    eye_pitch_rad: float  # the eye branch's gaze relative to the head, mean of both eyes
    eye_yaw_rad: float
    embedding: FloatArray  # (D,) the network's last hidden layer
    eye_embedding: FloatArray  # (E,) last hidden layer of the eye branch
    eye_patches: FloatArray  # (400,) two 10x20 grey patches aligned on the eye corners, zero mean, unit variance
    iris: FloatArray  # (4,) iris centre between the eye corners: left x, y, right x, y, in eye widths
    openness: FloatArray  # (2,) eyelid opening over eye width: left, right
    head_rotation_rad: FloatArray  # (3,) rotation vector of the head, zero when facing the camera
    head_translation_mm: FloatArray  # (3,) face centre in the camera frame

    @property
    def mean_openness(self) -> float:
        """Of both eyes."""
        left, right = self.openness.tolist()
        return float(left + right) / 2

    def blocks(self) -> dict[str, FloatArray]:
        """The same numbers as named float32 vectors, the input of `calibration`, which does not import `models`."""
        return {
            "gaze_angles": np.array([self.pitch_rad, self.yaw_rad], np.float32),
            "eye_angles": np.array([self.eye_pitch_rad, self.eye_yaw_rad], np.float32),
            "embedding": self.embedding,
            "eye_embedding": self.eye_embedding,
            "eye_patches": self.eye_patches,
            "iris": self.iris,
            "openness": self.openness,
            "head_rotation": self.head_rotation_rad,
            "head_translation": self.head_translation_mm,
        }


@dataclass(frozen=True, slots=True)
class FaceAnalysis:
    """The result for one image. `features` is None if and only if `status` is ``no_face``.

    face_box and eye_points are in 0..1 of the *image given* (x right, y down): (x, y, width, height) and
    two (x, y) eye centres, the person's left eye first. head_* angles are degrees: yaw is positive to the
    person's left, pitch upwards, roll clockwise in the image.
    """

    status: FaceStatus
    features: GazeFeatures | None = None
    face_box: Box | None = None
    eye_points: tuple[tuple[float, float], tuple[float, float]] | None = None
    head_yaw_deg: float = 0.0
    head_pitch_deg: float = 0.0
    head_roll_deg: float = 0.0
    brightness: float = 0.0  # mean grey level of the face, 0..255; below about 40 is too dark
    iris_distance_mm: float | None = None  # see `models.face.eyes`
    glare: float = 0.0  # share of an iris under a reflection in glasses, of the eye with more; see `models.face.glare`

    @property
    def distance_mm(self) -> float | None:
        """Distance from the camera to the eyes: from the iris size if known, else from the head pose."""
        if self.iris_distance_mm is not None or self.features is None:
            return self.iris_distance_mm
        head_mm = float(self.features.head_translation_mm[2])
        return head_mm if head_mm > 0.0 else None


NO_FACE = FaceAnalysis(status="no_face")


@dataclass(frozen=True, slots=True)
class AnalyzedPicture:
    """track: for the stream's next picture (`Picture.before`). None: no face was found. grey: the whole picture."""

    analysis: FaceAnalysis
    track: FaceTrack | None = None
    grey: Grey | None = field(default=None, compare=False, repr=False)
