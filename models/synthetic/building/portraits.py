"""Pictures of two heads from the front for FaceMesh, with the point in space that each pixel shows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from models.arrays import Array, Ints
from models.synthetic.building.surfaces import rasterise
from models.synthetic.building.textures import sample

SIDE_PX = 1024
_TO_LAMP = np.array([0.15, 0.35, 0.92])
_AMBIENT = 0.4
_BACKGROUND = 0.35
_IRIS, _SCLERA = (0.15, 0.1, 0.08), (0.92, 0.9, 0.9)


@dataclass(frozen=True, slots=True)
class Surface:
    """triangles: (F, 3). Its colours: corner_uv (F, 3, 2) on a picture (row 0 at v = 0), or colours (V, 3)."""

    triangles: Ints
    corner_uv: Array | None = None
    picture: npt.NDArray[np.uint8] | None = None
    colours: Array | None = None


@dataclass(frozen=True, slots=True)
class Portrait:
    """picture: (S, S, 3) uint8 RGB; places: (S, S, 3), head units; hit: (S, S) whether a pixel shows a surface."""

    picture: npt.NDArray[np.uint8]
    places: Array
    hit: npt.NDArray[np.bool_]


def portrait(points: Array, surfaces: Sequence[Surface], middle: Array, half_width: float) -> Portrait:
    """The view along -z without perspective, `half_width` to each side of the middle, (2,)."""
    triangles = np.concatenate([surface.triangles for surface in surfaces])
    pixels = (points[:, :2] - middle) / half_width * [0.5, -0.5] * SIDE_PX + (SIDE_PX - 1) / 2
    hits = rasterise(pixels, points[:, 2], triangles, (SIDE_PX, SIDE_PX))
    colour = np.full((SIDE_PX, SIDE_PX, 3), _BACKGROUND)
    first = 0
    for surface in surfaces:
        own = (hits.triangle >= first) & (hits.triangle < first + len(surface.triangles))
        local = hits.triangle[own].astype(np.int64) - first
        colour[own] = _painted(surface, local, hits.weights[own])
        first += len(surface.triangles)
    hit = hits.triangle >= 0
    normals = hits.interpolate(_normals(points, triangles)[triangles])
    light = _AMBIENT + (1 - _AMBIENT) * np.clip(normals @ _TO_LAMP, 0, None)
    colour = np.where(hit[..., None], colour * light[..., None], colour)
    picture = cv2.GaussianBlur(colour, (0, 0), 0.8)
    return Portrait((np.clip(picture, 0, 1) * 255).astype(np.uint8), hits.interpolate(points[triangles]), hit)


def _painted(surface: Surface, triangle: Ints, weights: npt.NDArray[np.float32]) -> Array:
    """(n, 3) colours, 0..1."""
    if surface.picture is not None and surface.corner_uv is not None:
        uv = (surface.corner_uv[triangle] * weights[..., None]).sum(axis=1)
        return sample(surface.picture, uv) / 255.0
    assert surface.colours is not None
    mixed: Array = (surface.colours[surface.triangles[triangle]] * weights[..., None]).sum(axis=1)
    return mixed


def eye_colours(points: Array, eyeballs: Sequence[tuple[Ints, Array]], iris_deg: float) -> Array:
    """(V, 3): white eyeballs with a dark iris that points ahead; the skin's colour elsewhere.

    eyeballs: the vertices and the centre of each.
    """
    colours = np.tile([0.82, 0.62, 0.52], (len(points), 1))
    for vertices, centre in eyeballs:
        ray = points[vertices] - centre
        ahead = ray[:, 2] / np.linalg.norm(ray, axis=1)
        colours[vertices] = np.where((ahead > np.cos(np.radians(iris_deg)))[:, None], _IRIS, _SCLERA)
    return colours


def _normals(points: Array, triangles: Ints) -> Array:
    a, b, c = (points[triangles[:, k]] for k in range(3))
    of_triangle = np.cross(b - a, c - a)
    normals = np.zeros_like(points)
    for k in range(3):
        np.add.at(normals, triangles[:, k], of_triangle)
    unit: Array = normals / np.maximum(np.linalg.norm(normals, axis=1, keepdims=True), 1e-30)
    return unit
