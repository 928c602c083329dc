"""Face normalisation: the picture of a virtual camera that points straight at the face from a fixed distance.

Zhang, Sugano, Bulling, "Revisiting data normalization for appearance-based gaze estimation", ETRA 2018:
1. The virtual camera's z axis points at the face centre; its x axis lies in the plane of the head's x axis,
   which removes roll. Its axes are the rows of the rotation R.
2. A patch of S pixels shows 140 mm at the distance d of the face: the focal length f has f * WINDOW_MM / d = S.
   Only this product matters.
3. Pixels move by the homography W = C_n S R C_r^-1, S = diag(1, 1, d_n / |c|).
4. Directions are only rotated by R, not scaled: g_n = R g. R^T is the inverse.
One function returns the image and the rotation, so they always agree.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from models.face.camera import CameraIntrinsics
from models.face.pose import HeadPose

WINDOW_MM = 140.0
_DISTANCE_MM = 600.0


@dataclass(frozen=True, slots=True)
class NormalizedFace:
    """patch: (S, S, 3) uint8 RGB. rotation: (3, 3), camera frame to normalised frame."""

    patch: npt.NDArray[np.uint8]
    rotation: npt.NDArray[np.float64]

    def head_rotation_vector(self, pose: HeadPose) -> npt.NDArray[np.float64]:
        """(3,) rad: the head's rotation in the virtual camera. Its roll is about 0."""
        vector: npt.NDArray[np.float64] = cv2.Rodrigues(self.rotation @ pose.rotation)[0].ravel()
        return vector


def normalizing_rotation(pose: HeadPose) -> npt.NDArray[np.float64]:
    """(3, 3) R: rows are the virtual camera's axes in the camera frame."""
    centre = pose.face_centre_mm()
    z = centre / np.linalg.norm(centre)
    y = np.cross(z, pose.rotation[:, 0])
    y /= np.linalg.norm(y)
    return np.stack([np.cross(y, z), y, z])


def normalizing_homography(
    pose: HeadPose, intrinsics: CameraIntrinsics, size_px: int, window_mm: float = WINDOW_MM
) -> npt.NDArray[np.float64]:
    """(3, 3) W: homogeneous pixels of the image to pixels of the patch."""
    distance = float(np.linalg.norm(pose.face_centre_mm()))
    focal = size_px * _DISTANCE_MM / window_mm
    c_n = np.array([[focal, 0.0, size_px / 2], [0.0, focal, size_px / 2], [0.0, 0.0, 1.0]])
    scale = np.diag([1.0, 1.0, _DISTANCE_MM / distance])
    w: npt.NDArray[np.float64] = c_n @ scale @ normalizing_rotation(pose) @ np.linalg.inv(intrinsics.matrix())
    return w


def normalize_face(
    image: npt.NDArray[np.uint8],
    pose: HeadPose,
    intrinsics: CameraIntrinsics,
    size_px: int,
    window_mm: float = WINDOW_MM,
) -> NormalizedFace:
    """image: (H, W, 3) uint8 RGB. intrinsics: those of this image (`for_region` gives those of a region)."""
    w = normalizing_homography(pose, intrinsics, size_px, window_mm)
    # Warping to less than half the size skips pixels. Halving the image first averages them instead.
    source, shrink = image, 1.0
    while _pixels_per_patch_pixel(pose, intrinsics, size_px, window_mm) * shrink > 2.0 and min(source.shape[:2]) > 64:
        source, shrink = cv2.resize(source, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA), shrink / 2
    if shrink != 1.0:
        offset = 0.5 - 0.5 / shrink  # pixel centres: u_full = u_small / shrink - offset
        w = w @ np.array([[1 / shrink, 0.0, -offset], [0.0, 1 / shrink, -offset], [0.0, 0.0, 1.0]])
    patch = cv2.warpPerspective(source, w, (size_px, size_px), flags=cv2.INTER_LINEAR)
    return NormalizedFace(patch=patch, rotation=normalizing_rotation(pose))


def _pixels_per_patch_pixel(pose: HeadPose, intrinsics: CameraIntrinsics, size_px: int, window_mm: float) -> float:
    distance = float(np.linalg.norm(pose.face_centre_mm()))
    return intrinsics.fx * window_mm / distance / size_px
