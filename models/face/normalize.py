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

import math
from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from models.arrays import Array
from models.face.camera import CameraIntrinsics
from models.face.pose import HeadPose

WINDOW_MM = 140.0
_DISTANCE_MM = 600.0
_FAR_PX = 8  # the warp interpolates between two pixels, and a further halving averages two


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
    return _rotation(pose, pose.face_centre_mm())


def _rotation(pose: HeadPose, centre: Array) -> Array:
    z = centre / math.sqrt(centre @ centre)
    y = _cross(z, pose.rotation[:, 0])
    y /= math.sqrt(y @ y)
    return np.array([_cross(y, z), y, z])


def _cross(a: Array, b: Array) -> Array:
    """(3,) vectors. NumPy's takes ten times as long."""
    (ax, ay, az), (bx, by, bz) = a.tolist(), b.tolist()
    return np.array([ay * bz - az * by, az * bx - ax * bz, ax * by - ay * bx])


def normalizing_homography(
    pose: HeadPose, intrinsics: CameraIntrinsics, size_px: int, window_mm: float = WINDOW_MM
) -> npt.NDArray[np.float64]:
    """(3, 3) W: homogeneous pixels of the image to pixels of the patch."""
    centre = pose.face_centre_mm()
    return _homography(_rotation(pose, centre), math.sqrt(centre @ centre), intrinsics, size_px, window_mm)


def _homography(
    rotation: Array, distance_mm: float, intrinsics: CameraIntrinsics, size_px: int, window_mm: float
) -> Array:
    focal = size_px * _DISTANCE_MM / window_mm
    scale = _DISTANCE_MM / distance_mm
    virtual = np.array([[focal, 0.0, size_px / 2 * scale], [0.0, focal, size_px / 2 * scale], [0.0, 0.0, scale]])
    w: Array = virtual @ rotation @ intrinsics.inverse_matrix()
    return w


def normalize_face(
    image: npt.NDArray[np.uint8],
    pose: HeadPose,
    intrinsics: CameraIntrinsics,
    size_px: int,
    window_mm: float = WINDOW_MM,
) -> NormalizedFace:
    """image: (H, W, 3) uint8 RGB. intrinsics: those of this image (`for_region` gives those of a region)."""
    centre = pose.face_centre_mm()
    rotation, distance_mm = _rotation(pose, centre), math.sqrt(centre @ centre)
    w = _homography(rotation, distance_mm, intrinsics, size_px, window_mm)
    # Warping to less than half the size skips pixels. Halving the image first averages them instead.
    pixels_per_patch_pixel = intrinsics.fx * window_mm / distance_mm / size_px
    source, shrink, here = image, 1.0, w
    while pixels_per_patch_pixel * shrink > 2.0 and min(source.shape[:2]) > 64:
        source, shrink = _halved(source, here, size_px), shrink / 2
        offset = 0.5 - 0.5 / shrink  # pixel centres: u_full = u_small / shrink - offset
        here = w @ np.array([[1 / shrink, 0.0, -offset], [0.0, 1 / shrink, -offset], [0.0, 0.0, 1.0]])
    patch = cv2.warpPerspective(source, here, (size_px, size_px), flags=cv2.INTER_LINEAR)
    return NormalizedFace(patch=patch, rotation=rotation)


def _halved(image: npt.NDArray[np.uint8], w: Array, size_px: int) -> npt.NDArray[np.uint8]:
    """The image at half the size. Pixels far from those that the patch shows are not computed and have any value."""
    height, width = image.shape[:2]
    corners = np.array([[0.0, size_px, 0.0, size_px], [0.0, 0.0, size_px, size_px], [1.0] * 4])
    shown = np.linalg.inv(w) @ corners  # (3, 4)
    if height % 2 or width % 2 or shown[2].min() <= 0.0:
        return np.asarray(cv2.resize(image, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA), np.uint8)
    half = np.empty((height // 2, width // 2, 3), np.uint8)
    x, y = shown[:2] / shown[2] / 2
    left, right = (int(min(max(edge, 0), width // 2)) for edge in (x.min() - _FAR_PX, x.max() + _FAR_PX))
    top, bottom = (int(min(max(edge, 0), height // 2)) for edge in (y.min() - _FAR_PX, y.max() + _FAR_PX))
    if left < right and top < bottom:
        part = image[2 * top : 2 * bottom, 2 * left : 2 * right]
        size = (right - left, bottom - top)
        cv2.resize(part, size, dst=half[top:bottom, left:right], interpolation=cv2.INTER_AREA)
    return half
