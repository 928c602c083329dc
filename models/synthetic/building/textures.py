"""MakeHuman's pictures in the renderer's form: the face's part of each skin, brow masks on it, cut-out irises."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt

from models.arrays import Array
from models.synthetic.building.clones import BuildError
from models.synthetic.building.makehuman import Fitted
from models.synthetic.building.meshes import Mesh
from models.synthetic.building.surfaces import nearest_on_surface, rasterise

Picture = npt.NDArray[np.uint8]

FACE_FROM_U = 0.58  # the body's other parts lie left of it
SKIN_PX = (1024, 430)  # rows, columns
_BROW_OVERSAMPLING = 2
_SKIN_SIDE_PX = 2048
_EYE_SIDE_PX, _IRIS_SIDE_PX = 1024, 256
_IRIS_MARGIN = 1.15  # times its radius
_FIRST_RING, _REACH_PX = 5, 200  # search range for the iris' edge around the pupil's middle


def read_picture(path: Path) -> Picture:
    """The picture, (H, W, 3) or (H, W, 4) uint8 RGB(A), row 0 on top. Raises BuildError."""
    picture = cv2.imread(str(path), cv2.IMREAD_UNCHANGED)
    if picture is None:
        raise BuildError(f"{path}: not a picture")
    if picture.dtype != np.uint8:
        raise BuildError(f"{path}: {picture.dtype}, expected 8 bits per channel")
    if picture.ndim == 2:
        return np.asarray(cv2.cvtColor(picture, cv2.COLOR_GRAY2RGB))
    code = cv2.COLOR_BGR2RGB if picture.shape[2] == 3 else cv2.COLOR_BGRA2RGBA
    return np.asarray(cv2.cvtColor(picture, code))


def sample(picture: Picture, uv: Array) -> Array:
    """(n, C) colours, interpolated between pixels. uv: (n, 2), row 0 of the picture at v = 0."""
    height, width = picture.shape[:2]
    where = (uv * [width, height] - 0.5).astype(np.float32)
    pieces = [  # OpenCV's maps have at most 32767 rows
        cv2.remap(picture, part[:, None, 0], part[:, None, 1], cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
        for part in np.array_split(where, max(1, -(-len(where) // 30000)))
        if len(part)
    ]
    channels = 1 if picture.ndim == 2 else picture.shape[2]
    return np.concatenate(pieces).reshape(-1, channels).astype(np.float64) if pieces else np.zeros((0, channels))


def whole_skin(path: Path) -> Picture:
    """The whole skin, (S, S, 3), row 0 at v = 0."""
    picture = read_picture(path)[..., :3]
    return resized(picture, (_SKIN_SIDE_PX, _SKIN_SIDE_PX))[::-1]


def face_skin(path: Path) -> Picture:
    """(1024, 430, 3): the face's part of the skin, row 0 at v = 0."""
    return resized(whole_skin(path)[:, int(FACE_FROM_U * _SKIN_SIDE_PX) :], SKIN_PX)


def face_uv(uv: Array) -> Array:
    """Map coordinates of the whole skin's picture to the face's part of it."""
    inside: Array = uv.copy()
    inside[..., 0] = (inside[..., 0] - FACE_FROM_U) / (1 - FACE_FROM_U)
    return inside


def resized(picture: Picture, size: tuple[int, int]) -> Picture:
    """The picture in another size: rows, columns."""
    if picture.shape[:2] == size:
        return picture
    return np.asarray(cv2.resize(np.ascontiguousarray(picture), size[::-1], interpolation=cv2.INTER_AREA))


def brow_mask(brow: Fitted, path: Path, body: Mesh, head: npt.NDArray[np.bool_]) -> Picture:
    """(1024, 430): the density of the brow's hairs, drawn where its mesh lies on the skin. head: (F,) of the body."""
    picture = read_picture(path)
    if picture.shape[-1] != 4:
        raise BuildError(f"{path} has no alpha channel")
    triangle, weights = nearest_on_surface(body.points[body.triangles[head]], brow.points)
    uv = face_uv((body.corner_uv[head][triangle] * weights[..., None]).sum(axis=1))
    rows, columns = (side * _BROW_OVERSAMPLING for side in SKIN_PX)
    pixels = uv * [columns, rows] - 0.5
    hits = rasterise(pixels, np.zeros(len(pixels)), brow.triangles, (rows, columns))
    drawn = np.zeros((rows, columns), np.uint8)
    there = hits.triangle >= 0
    places = hits.interpolate(brow.corner_uv)[there]
    drawn[there] = sample(np.ascontiguousarray(picture[::-1, :, 3]), places)[:, 0].astype(np.uint8)
    return resized(drawn, SKIN_PX)


def iris_picture(path: Path) -> Picture:
    """(256, 256, 3): the upper one of the picture's two eyes, with its pupil in the middle.

    The pupil is the darkest place. The iris ends where the brightness rises most.
    """
    picture = resized(read_picture(path)[..., :3], (_EYE_SIDE_PX, _EYE_SIDE_PX))
    grey = cv2.GaussianBlur(cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY), (0, 0), 6).astype(np.float64)
    grey[_EYE_SIDE_PX // 2 :] = 255
    row, column = (float(v) for v in np.unravel_index(grey.argmin(), grey.shape))
    rows, columns = np.mgrid[0:_EYE_SIDE_PX, 0:_EYE_SIDE_PX]
    for reach_px in (60, 40):
        weight = np.maximum(0, 60 - grey) * ((rows - row) ** 2 + (columns - column) ** 2 < reach_px**2)
        if not weight.any():
            raise BuildError(f"{path}: no dark pupil in its upper half")
        row, column = (float((v * weight).sum() / weight.sum()) for v in (rows, columns))
    top, left = max(0, int(row) - _REACH_PX), max(0, int(column) - _REACH_PX)
    window = np.s_[top : int(row) + _REACH_PX, left : int(column) + _REACH_PX]
    distance = np.hypot(rows - row, columns - column)[window]
    ring = (distance // 2).astype(int)  # rings of 2 px
    order = np.argsort(ring, axis=None)
    starts = np.searchsorted(ring.ravel()[order], range(_FIRST_RING, _REACH_PX // 2 + 1))
    in_order = grey[window].ravel()[order]
    brightness = np.array([np.median(in_order[a:b]) for a, b in pairwise(starts)])
    growth = np.diff(brightness)
    beyond_pupil = 30  # rings
    radius = 2 * (_FIRST_RING + beyond_pupil + int(growth[beyond_pupil:].argmax()))
    half = int(radius * _IRIS_MARGIN)
    cut = cv2.getRectSubPix(picture, (2 * half, 2 * half), (column, row))
    return resized(np.asarray(cut), (_IRIS_SIDE_PX, _IRIS_SIDE_PX))
