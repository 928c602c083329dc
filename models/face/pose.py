"""Metric head pose from landmarks: position and rotation of the head in the camera frame."""

from __future__ import annotations

import math
from dataclasses import dataclass

import cv2
import numpy as np

from models.arrays import Array
from models.face.camera import CameraIntrinsics
from models.face.face_model import FACE_CENTRE_MM, RIGID_INDICES, RIGID_POINTS_MM
from models.face.landmarks import Landmarks

_MIN_FACE_PX = 8.0  # with a smaller spread of the points there is no face, and the equations have no solution


@dataclass(frozen=True, slots=True)
class HeadPose:
    """A point X of the head frame (see `face_model`) lies at ``rotation @ X + translation_mm`` in the camera frame.

    rotation: (3, 3), identity for a head that faces the camera. translation_mm: (3,).
    """

    rotation: Array
    translation_mm: Array

    def face_centre_mm(self) -> Array:
        """(3,) the origin of the gaze: the mean of eye and mouth corners."""
        centre: Array = self.rotation @ FACE_CENTRE_MM + self.translation_mm
        return centre

    def project(self, points_mm: Array, intrinsics: CameraIntrinsics) -> Array:
        """(N, 3) points of the head frame -> (N, 2) pixels."""
        in_camera = points_mm @ self.rotation.T + self.translation_mm
        pixels = in_camera @ intrinsics.matrix().T
        projected: Array = pixels[:, :2] / pixels[:, 2:]
        return projected

    def rotation_vector(self) -> Array:
        """(3,) axis times angle, radians."""
        vector: Array = cv2.Rodrigues(self.rotation)[0].ravel()
        return vector

    def angles_deg(self) -> tuple[float, float, float]:
        """Yaw (positive to the person's left), pitch (positive upwards), roll (positive clockwise in the image)."""
        (right_x, _, back_x), (right_y, _, back_y), (_, _, back_z) = self.rotation.tolist()
        yaw = math.atan2(-back_x, back_z)
        pitch = math.asin(min(max(back_y, -1.0), 1.0))
        roll = math.atan2(right_y, right_x)
        return math.degrees(yaw), math.degrees(pitch), math.degrees(roll)


def estimate_pose(landmarks: Landmarks, intrinsics: CameraIntrinsics) -> HeadPose | None:
    """Perspective-n-point on the rigid landmarks: SQPnP (Terzakis and Lourakis, ECCV 2020), then Levenberg-Marquardt.

    None if the points have no solution with the head in front of the camera.
    """
    image_points = landmarks.points_px[RIGID_INDICES].astype(np.float64)  # (N, 2)
    if float(np.ptp(image_points, axis=0).max()) < _MIN_FACE_PX:
        return None
    k = intrinsics.matrix()
    try:
        solved, rvec, tvec = cv2.solvePnP(RIGID_POINTS_MM, image_points, k, None, flags=cv2.SOLVEPNP_SQPNP)
    except cv2.error:  # a client sent a camera with nearly parallel rays: there is no pose
        return None
    if not solved:
        return None
    # solvePnPRefineLM gives the same pose in twice the time.
    _, rvec, tvec = cv2.solvePnP(RIGID_POINTS_MM, image_points, k, None, rvec, tvec, True, cv2.SOLVEPNP_ITERATIVE)
    translation: Array = tvec.ravel()
    if not (np.isfinite(translation).all() and np.isfinite(rvec).all()) or translation[2] <= 0.0:
        return None
    return HeadPose(rotation=cv2.Rodrigues(rvec)[0], translation_mm=translation)
