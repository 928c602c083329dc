"""One picture of a real person and its gaze target, as a row of `models.training.prepare`.

Real pictures lack some labels of renders. The head's rotation is estimated by FaceMesh, and from it the eyes' angles
relative to the head. The reflectance of the skin is unknown.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from models.arrays import Array
from models.face.camera import CameraIntrinsics, vector_to_angles
from models.face.tracking import LandmarkFinder
from models.training.prepare import face_inputs


def row_of(
    image: npt.NDArray[np.uint8],
    intrinsics: CameraIntrinsics,
    finder: LandmarkFinder,
    target_mm: Array,
    person: int,
    *,
    centre_mm: Array | None = None,
) -> dict[str, Any] | None:
    """The row, or None if no face is found or the target lies behind the face.

    image: (H, W, 3) uint8 RGB; target_mm: (3,) camera frame; centre_mm: the origin of the gaze, None: as estimated.
    """
    inputs = face_inputs(image, intrinsics, finder)
    if inputs is None:
        return None
    face, pose = inputs.face, inputs.pose
    centre = pose.face_centre_mm() if centre_mm is None else centre_mm
    towards = target_mm - centre
    if towards[2] >= 0:
        return None
    on_plane = centre - towards * centre[2] / towards[2]
    yaw, pitch, _ = pose.angles_deg()
    return {
        **inputs.crops,
        "centre": centre / 1000.0,
        "gaze": vector_to_angles(face.rotation @ towards),
        "eye_in_head": vector_to_angles(pose.rotation.T @ towards),
        "target": on_plane[:2] / 100.0,
        "normalisation": face.rotation,
        "head_angles": np.array([yaw, pitch]),
        "person": person,
        "set_up": 0,
        "glasses": False,
        "blink": 0.0,
        "skin": float("nan"),
    }


class DatasetError(Exception):
    """A file of a data set is missing or has another layout. The text names the file."""
