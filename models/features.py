"""The features of a frame: the output of `models`, and the input of a calibration."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from models.arrays import FloatArray


@dataclass(frozen=True, slots=True)
class GazeFeatures:
    """All features of one frame with information about the gaze.

    Angles are radians in the camera frame (x right, y down, z forward) of OpenCV; yaw grows towards the
    camera's right (image x), pitch grows upwards. ``left`` is the person's own left eye.
    """

    pitch_rad: float  # the network's gaze from the face centre, camera frame
    yaw_rad: float
    eye_pitch_rad: float  # its eye branch: gaze relative to the head, mean of both eyes
    eye_yaw_rad: float
    embedding: FloatArray  # (D,) the network's last hidden layer
    eye_embedding: FloatArray  # (E,) last hidden layer of its eye branch
    eye_patches: FloatArray  # (400,) two 10x20 grey patches aligned on the eye corners, zero mean, unit variance
    iris: FloatArray  # (4,) iris centre between the eye corners: left x, y, right x, y, in eye widths
    openness: FloatArray  # (2,) lid opening over eye width: left, right
    head_rotation_rad: FloatArray  # (3,) rotation vector of the head against a head facing the camera
    head_translation_mm: FloatArray  # (3,) face centre in the camera frame

    def blocks(self) -> dict[str, FloatArray]:
        """The same numbers as named float32 vectors, the form `calibration` reads (it imports nothing of ours)."""
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
