"""A rasteriser without OpenGL, and the nearest point on a surface."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.spatial import cKDTree

from models.arrays import Array, Ints

_CANDIDATES = 48  # nearest triangles by their middles; enough where neighbours have similar sizes
_CHUNK = 2000


@dataclass(frozen=True, slots=True)
class Hits:
    """triangle: (H, W), -1 for none; weights: (H, W, 3) barycentric, of its corners."""

    triangle: npt.NDArray[np.int32]
    weights: npt.NDArray[np.float32]

    def interpolate(self, corners: npt.NDArray[np.float64]) -> Array:
        """corners: (F, 3, C) -> (H, W, C), zero where there is no triangle."""
        there = self.triangle >= 0
        found = np.zeros((*self.triangle.shape, corners.shape[-1]))
        found[there] = (corners[self.triangle[there]] * self.weights[there][..., None]).sum(axis=1)
        return found


def rasterise(pixels: Array, height: Array, triangles: Ints, size: tuple[int, int]) -> Hits:
    """The triangle that each pixel shows.

    pixels: (V, 2), y down, whole numbers are pixel centres; height: (V,), the highest wins; size: rows, columns.
    """
    rows, columns = size
    nearest = np.full(size, -np.inf)
    hits = Hits(np.full(size, -1, np.int32), np.zeros((*size, 3), np.float32))
    corners, heights = pixels[triangles], height[triangles]
    low = np.maximum(np.ceil(corners.min(axis=1)).astype(int), 0)
    high = np.minimum(np.floor(corners.max(axis=1)).astype(int), [columns - 1, rows - 1])
    a, ab, ac = corners[:, 0], corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]
    area = ab[:, 0] * ac[:, 1] - ab[:, 1] * ac[:, 0]
    for i in np.flatnonzero((low <= high).all(axis=1) & (np.abs(area) > 1e-12)):
        (left, top), (right, bottom) = low[i], high[i]
        dx = np.arange(left, right + 1) - a[i, 0]
        dy = (np.arange(top, bottom + 1) - a[i, 1])[:, None]
        second = (dx * ac[i, 1] - dy * ac[i, 0]) / area[i]
        third = (dy * ab[i, 0] - dx * ab[i, 1]) / area[i]
        first = 1 - second - third
        inside = (first >= 0) & (second >= 0) & (third >= 0)
        z = first * heights[i, 0] + second * heights[i, 1] + third * heights[i, 2]
        window = np.s_[top : bottom + 1, left : right + 1]
        seen = inside & (z > nearest[window])
        nearest[window][seen] = z[seen]
        hits.triangle[window][seen] = i
        hits.weights[window][seen] = np.stack([first[seen], second[seen], third[seen]], axis=1)
    return hits


def nearest_on_surface(corners: Array, points: Array) -> tuple[Ints, Array]:
    """corners: (F, 3, 3); points: (n, 3). -> (n,) the nearest triangle, and (n, 3) weights of its corners."""
    tree = cKDTree(corners.mean(axis=1))
    count = min(_CANDIDATES, len(corners))
    triangle, weights = np.empty(len(points), int), np.empty((len(points), 3))
    for start in range(0, len(points), _CHUNK):
        some = points[start : start + _CHUNK]
        candidates = np.asarray(tree.query(some, k=[*range(1, count + 1)])[1])  # (n, k)
        w = _nearest_weights(corners[candidates], some[:, None])  # (n, k, 3)
        places = (corners[candidates] * w[..., None]).sum(axis=2)
        best = np.linalg.norm(places - some[:, None], axis=2).argmin(axis=1)
        each = np.arange(len(some))
        triangle[start : start + _CHUNK] = candidates[each, best]
        weights[start : start + _CHUNK] = w[each, best]
    return triangle, weights


def barycentric(corners: Array, points: Array) -> Array:
    """(..., 3, 3), (..., 3) -> (..., 3): weights of the point projected into the triangle's plane; negative outside."""
    ab, ac = corners[..., 1, :] - corners[..., 0, :], corners[..., 2, :] - corners[..., 0, :]
    ap = points - corners[..., 0, :]
    aa, bb, cc = ((p * q).sum(-1) for p, q in ((ab, ab), (ab, ac), (ac, ac)))
    pb, pc = (ap * ab).sum(-1), (ap * ac).sum(-1)
    divisor = np.maximum(aa * cc - bb * bb, 1e-30)
    second, third = (cc * pb - bb * pc) / divisor, (aa * pc - bb * pb) / divisor
    return np.stack([1 - second - third, second, third], axis=-1)


def _nearest_weights(corners: Array, points: Array) -> Array:
    """Weights of the nearest point of the triangle: inside it, or on the nearest of its three edges."""
    inside = barycentric(corners, points)
    best: Array = inside.copy()
    least = np.where((inside >= 0).all(axis=-1), -1.0, np.inf)
    for k in range(3):
        start, end = corners[..., k, :], corners[..., (k + 1) % 3, :]
        along = end - start
        t = ((points - start) * along).sum(-1) / np.maximum((along**2).sum(-1), 1e-30)
        t = np.clip(t, 0.0, 1.0)
        distance = np.linalg.norm(start + along * t[..., None] - points, axis=-1)
        w = np.zeros_like(inside)
        w[..., k], w[..., (k + 1) % 3] = 1 - t, t
        nearer = distance < least
        best[nearer], least = w[nearer], np.minimum(least, distance)
    return best
