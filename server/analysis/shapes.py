"""Areas of interest as shapes, and the probability that a gaze lies in one. Pure.

Points are in the units of the stimulus (0..1 of its width and height) or of the screen, as the caller says.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import NormalDist
from typing import Literal

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]
Kind = Literal["rectangle", "ellipse", "polygon"]
N_CLOUD = 256
_FAR_SIGMAS = 4.0  # a gaze so far outside the shape's box is in it with less than 0.01 %
_GRID = 9  # points of each side of a shape's box, among which the middle is searched; odd, so that its centre is one


@dataclass(frozen=True, slots=True)
class Shape:
    """points: two opposite corners of a rectangle or of an ellipse's box, or the corners of a polygon."""

    kind: Kind
    points: tuple[tuple[float, float], ...]

    @property
    def box(self) -> tuple[float, float, float, float]:
        """left, top, right, bottom"""
        xs, ys = zip(*self.points, strict=True)
        return min(xs), min(ys), max(xs), max(ys)

    def contains(self, x: Floats, y: Floats) -> Bools:
        """The left and upper edges belong to the shape, so a point is in one of two adjacent areas only."""
        left, top, right, bottom = self.box
        if self.kind == "rectangle":
            inside: Bools = (x >= left) & (x < right) & (y >= top) & (y < bottom)
            return inside
        if self.kind == "ellipse":
            across = (2.0 * x - left - right) / (right - left)
            down = (2.0 * y - top - bottom) / (bottom - top)
            inside = across * across + down * down < 1.0
            return inside
        return _in_polygon(self.points, x, y)


def contained(shapes: Sequence[Shape], x: Floats, y: Floats) -> Bools:
    """Whether each point is in one of the shapes."""
    inside = np.zeros(np.shape(x), np.bool_)
    for shape in shapes:
        inside |= shape.contains(x, y)
    return inside


def probability(shapes: Sequence[Shape], x: Floats, y: Floats, sigma: tuple[float, float]) -> Floats:
    """The probability that a gaze measured at each point (n,) was in one of the shapes, (n,).

    sigma: standard deviation of the error on each axis, in the units of the points; normal and independent. It is the
    share of N_CLOUD places, spread around the point like the error, that are in a shape: correct to about 1 %.
    """
    chance: Floats = np.zeros(len(x))
    near = np.zeros(len(x), np.bool_)
    for shape in shapes:
        left, top, right, bottom = shape.box
        dx, dy = _FAR_SIGMAS * sigma[0], _FAR_SIGMAS * sigma[1]
        near |= (x >= left - dx) & (x <= right + dx) & (y >= top - dy) & (y <= bottom + dy)
    if near.any():
        places_x = x[near][:, None] + sigma[0] * _CLOUD[:, 0]
        places_y = y[near][:, None] + sigma[1] * _CLOUD[:, 1]
        chance[near] = contained(shapes, places_x, places_y).mean(axis=1)
    return chance


def certainty_in_middle(shapes: Sequence[Shape], sigma: tuple[float, float]) -> float:
    """The largest probability that a gaze at any place can have: that of its middle. 0 without shapes."""
    best = 0.0
    for shape in shapes:
        left, top, right, bottom = shape.box
        x, y = np.meshgrid(np.linspace(left, right, _GRID), np.linspace(top, bottom, _GRID))
        inside = shape.contains(x.ravel(), y.ravel())
        if inside.any():
            best = max(best, float(probability(shapes, x.ravel()[inside], y.ravel()[inside], sigma).max()))
    return best


def _in_polygon(points: tuple[tuple[float, float], ...], x: Floats, y: Floats) -> Bools:
    """Even-odd rule: a line from the point to the right crosses the edges an odd number of times."""
    inside = np.zeros(np.shape(x), np.bool_)
    for (ax, ay), (bx, by) in zip(points, (*points[1:], points[0]), strict=True):
        if ay == by:
            continue
        crosses = (ay > y) != (by > y)
        inside ^= crosses & (x < ax + (y - ay) * (bx - ax) / (by - ay))
    return inside


def _cloud() -> Floats:
    """(N_CLOUD, 2) places that are spread evenly over a normal distribution: the R2 sequence of Roberts 2018."""
    ratio = 1.32471795724474602596  # x^3 = x + 1
    number = np.arange(N_CLOUD)
    even = np.stack([(0.5 + number / ratio) % 1.0, (0.5 + number / ratio**2) % 1.0], axis=1)
    normal = np.vectorize(NormalDist().inv_cdf)
    spread: Floats = normal(even)
    return spread


_CLOUD = _cloud()
