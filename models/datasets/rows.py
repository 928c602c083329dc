"""One picture of a real person, with the place they looked at, as a row of `models.training.prepare`.

Labels that renders have and real pictures lack are estimated: the head's rotation by FaceMesh, and from it the eyes'
angles against the head. The reflectance of the skin is not known.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from models.arrays import Array
from models.face.camera import CameraIntrinsics, vector_to_angles
from models.face.landmarks import LandmarkDetector
from models.training.prepare import seen_in


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
    seen = seen_in(image, intrinsics, detector, new_view=new_view)
    if seen is None:
        return None
    face, pose = seen.face, seen.pose
    centre = pose.face_centre_mm() if centre_mm is None else centre_mm
    towards = target_mm - centre
    if towards[2] >= 0:
        return None
    on_plane = centre - towards * centre[2] / towards[2]
    yaw, pitch, _ = pose.angles_deg()
    return {
        **seen.crops,
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
