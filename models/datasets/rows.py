"""One picture of a real person, with the place they looked at, as a row of `models.training.prepare`.

What renders know and real pictures do not is estimated: the head's rotation by FaceMesh, and from it the eyes' angles
against the head. The reflectance of the skin is not known at all.
"""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from models.angles import vector_to_angles
from models.camera import CameraIntrinsics
from models.eyes import CROP_EYE_WIDTHS, CROP_SIZE, eye_crop
from models.landmarks import LandmarkDetector
from models.normalize import WINDOW_MM, normalize_face
from models.pose import estimate_pose
from models.training.prepare import EYE_MARGIN, FACE_MARGIN, FACE_PX

Array = npt.NDArray[np.float64]


def row_of(
    image: npt.NDArray[np.uint8],
    intrinsics: CameraIntrinsics,
    detector: LandmarkDetector,
    target_mm: Array,
    person: int,
    *,
    centre_mm: Array | None = None,
    new_view: bool = True,
) -> dict[str, Any] | None:
    """image: (H, W, 3) uint8 RGB; target_mm: (3,) camera frame; centre_mm: where the gaze starts, None: as estimated.

    None when no face is found, or the target lies behind it.
    """
    landmarks = detector.detect(image, 0.0, view_changed=new_view)
    pose = None if landmarks is None else estimate_pose(landmarks, intrinsics)
    if landmarks is None or pose is None:
        return None
    centre = pose.face_centre_mm() if centre_mm is None else centre_mm
    towards = target_mm - centre
    if towards[2] >= 0:
        return None
    face = normalize_face(image, pose, intrinsics, FACE_PX, WINDOW_MM * FACE_MARGIN)
    grey = cv2.cvtColor(image, cv2.COLOR_RGB2GRAY)
    size = (round(CROP_SIZE[0] * EYE_MARGIN), round(CROP_SIZE[1] * EYE_MARGIN))
    on_plane = centre - towards * centre[2] / towards[2]
    yaw, pitch, _ = pose.angles_deg()
    return {
        "face": face.patch,
        "eyes": np.stack(
            [eye_crop(grey, landmarks, left, size, CROP_EYE_WIDTHS * EYE_MARGIN) for left in (True, False)]
        ),
        "head": face.head_rotation_vector(pose),
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
    """A file of a data set that is missing or not as expected; the text names it."""
