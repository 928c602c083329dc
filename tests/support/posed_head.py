"""A head of known pose before a known camera, for the geometry tests."""

import cv2
import numpy as np

from models.face.camera import CameraIntrinsics
from models.face.face_model import RIGID_INDICES, RIGID_POINTS_MM
from models.face.landmarks import N_LANDMARKS, Landmarks
from models.face.pose import HeadPose

CAMERA = CameraIntrinsics.from_field_of_view(640, 480, 65.0)


def head(
    rotation_deg: tuple[float, float, float] = (0, 0, 0), at_mm: tuple[float, float, float] = (0, 0, 600)
) -> HeadPose:
    rotation = cv2.Rodrigues(np.radians(np.array(rotation_deg, np.float64)))[0]
    return HeadPose(rotation=rotation, translation_mm=np.array(at_mm, np.float64))


def landmarks_of(pose: HeadPose, camera: CameraIntrinsics = CAMERA) -> Landmarks:
    """The projections of the rigid points; the other landmarks are zero."""
    points = np.zeros((N_LANDMARKS, 2), np.float32)
    points[RIGID_INDICES] = pose.project(RIGID_POINTS_MM, camera)
    return Landmarks(points)
