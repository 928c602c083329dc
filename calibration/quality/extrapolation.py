"""The part of the map's error that depends on the place on the screen: how far it is from the dots, and which
directions the dots span.

The error of the map is a smooth function of the place. Before the calibration it is a Gaussian process over places p in
screen diagonals, relative to the dots' middle:

    k(p, q) = SHIFT^2 + SLOPE^2 p.q + (BEND n)^2 exp(-|p - q|^2 / (2 BEND_LENGTH^2))

a shift of all points, a wrong gain in each direction, and bends, which are as large as the errors of dots are. What the
dots do not determine keeps its variance: with dots on one line, the gain across it is unknown, and the point is drawn
to the line. Each dot shows its error with noise n. The remaining variance at a place (Rasmussen and Williams 2006,
eq. 2.26), and that at dot i without it (eq. 5.12):

    g(p) = k(p, p) - k_p^T A k_p,    A = (K + n^2 I)^-1,    g_-i = 1 / A_ii - n^2

A predicted point is drawn to the dots' line, too. So a radius may not use g at that point alone: where the dots leave a
share w of the slopes undetermined, the person may look at any place of the screen, with the mean G of g over it
(`at_prediction`):

    max(g(p), w G),    w = min(1, 4 G / (SLOPE^2 mean |p|^2))
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np

from calibration.arrays import Array

# In screen diagonals; BEND in units of n. Rendered and simulated people (synthetic), 5 to 25 dots, dots near one line
# and in the middle: a slope of 0.3 announces too little beside a line; with five dots, bends of 1.5 announce too much.
SHIFT, SLOPE, BEND, BEND_LENGTH = 0.25, 0.7, 2.5, 0.35
# (48, 2) places all over the screen, screen units
GRID = np.array([(x, y) for x in np.linspace(0.04, 0.96, 8) for y in np.linspace(0.05, 0.95, 6)])


@dataclass(frozen=True, slots=True, eq=False)
class Extrapolation:
    """places: (T, 2) of the dots, relative to their middle; precision: A, (T, T); all in screen diagonals."""

    middle: Array
    places: Array
    precision: Array
    noise: float
    everywhere: float = 0.0  # w G

    def at_prediction(self, point: tuple[float, float]) -> float:
        """The variance for a frame whose prediction is this point, square diagonals."""
        return max(float(self.variance(np.array([point]))[0]), self.everywhere)

    def variance(self, points: Array) -> Array:
        """(N,) g at places (N, 2), square diagonals."""
        points = points - self.middle
        to_dots = _kernel(points, self.places, self.noise)  # (N, T)
        own = SHIFT**2 + (BEND * self.noise) ** 2 + SLOPE**2 * (points**2).sum(axis=1)
        return np.maximum(own - ((to_dots @ self.precision) * to_dots).sum(axis=1), 0.0)  # type: ignore[no-any-return]

    def left_out_variance(self) -> Array:
        """(T,) g at each dot without it."""
        variance: Array = np.maximum(1.0 / np.diag(self.precision) - self.noise**2, 0.0)
        return variance


@lru_cache(maxsize=32)
def extrapolation(
    places: tuple[tuple[float, float], ...], noise: float, size: tuple[float, float] = (0.87, 0.49)
) -> Extrapolation:
    """places: of at least one dot; noise: n > 0; size: of the screen; all in screen diagonals.

    It is cached: all frames of a calibration use the same.
    """
    dots = np.array(places, np.float64)  # (T, 2)
    middle = dots.mean(axis=0)
    dots = dots - middle
    precision = np.asarray(np.linalg.inv(_kernel(dots, dots, noise) + noise**2 * np.eye(len(dots))), np.float64)
    known, grid = Extrapolation(middle, dots, precision, noise), GRID * size
    mean = float(known.variance(grid).mean())
    unknown = SLOPE**2 * float(((grid - middle) ** 2).sum(axis=1).mean())
    return replace(known, everywhere=min(1.0, 4.0 * mean / unknown) * mean)


def _kernel(points: Array, others: Array, noise: float) -> Array:
    """(N, 2), (M, 2) -> (N, M) k."""
    square = ((points[:, None] - others[None]) ** 2).sum(axis=-1)  # (N, M)
    bends = (BEND * noise) ** 2 * np.exp(-0.5 / BEND_LENGTH**2 * square)
    kernel: Array = SHIFT**2 + SLOPE**2 * (points @ others.T) + bends
    return kernel
