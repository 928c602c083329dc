"""The part of the map's error that depends on the place on the screen: how far it is from the dots, and which
directions the dots span.

The error of the map is a smooth function of the place. Before the calibration it is a Gaussian process over places p in
screen diagonals, relative to the middle of today's dots:

    k(p, q) = SHIFT^2 + SLOPE^2 p.q + (BEND n)^2 exp(-|p - q|^2 / (2 BEND_LENGTH^2))

a shift of all points, a wrong gain in each direction, and bends, which are as large as the errors of dots are. What the
dots do not determine keeps its variance: with dots on one line, the gain across it is unknown, and the point is drawn
to the line. Each dot shows its error with noise n. The remaining variance at a place (Rasmussen and Williams 2006,
eq. 2.26), and that at dot i without it (eq. 5.12):

    g(p) = k(p, p) - k_p^T A k_p,    A = (K + n^2 I)^-1,    g_-i = 1 / A_ii - n^2

Dots of earlier sessions of the person are known, too, as far as the maps of all sessions have a share in the mixture:
their noise is n^2 / share. Each session has a shift of its own, and CHANGE of the square gain is its own, too, so for
places of two sessions

    k(p, q) = (1 - CHANGE) SLOPE^2 p.q + bends

A predicted point is drawn to the dots' line, too. So a radius may not use g at that point alone: where the dots leave a
share w of the slopes undetermined, the person may look at any place of the screen, with the mean G of g over it
(`at_prediction`):

    max(g(p), w G),    w = min(1, 4 G / (SLOPE^2 mean |p|^2))
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from calibration.arrays import Array
from calibration.screen import Point

# In screen diagonals; BEND in units of n. Rendered and simulated people (synthetic), 5 to 25 dots, dots near one line
# and in the middle: a slope of 0.3 announces too little beside a line; with five dots, bends of 1.5 announce too much.
SHIFT, SLOPE, BEND, BEND_LENGTH = 0.25, 0.7, 2.5, 0.35
CHANGE = 0.05  # with 0.2, the three dots of a returning person announce too little (synthetic)
LEAST_SHARE = 1e-3
# (48, 2) places all over the screen, screen units
GRID = np.array([(x, y) for x in np.linspace(0.04, 0.96, 8) for y in np.linspace(0.05, 0.95, 6)])


@dataclass(frozen=True, slots=True)
class KnownDots:
    """The places of the dots in screen units: of today's session, and of each earlier one.

    share: the weight of the maps of all sessions in the mixture, 0 to 1.
    """

    today: tuple[Point, ...]
    earlier: tuple[tuple[Point, ...], ...] = ()
    share: float = 0.0

    @property
    def all(self) -> tuple[Point, ...]:
        """Today's first."""
        return (*self.today, *itertools.chain.from_iterable(self.earlier))

    @classmethod
    def of(cls, today: Iterable[Point], earlier: Iterable[Iterable[Point]], share: float) -> KnownDots:
        """Without the earlier sessions if their maps have no share."""
        return cls(tuple(today), tuple(map(tuple, earlier)) if share > 0.0 else (), share)


@dataclass(frozen=True, slots=True, eq=False)
class Extrapolation:
    """places: (T, 2) of the dots, relative to the middle; today: (T,) 1 for those of today, else 0; precision: A,
    (T, T). All are in screen diagonals."""

    middle: Array
    places: Array
    today: Array
    precision: Array
    noise: float
    everywhere: float = 0.0  # w G

    def at_prediction(self, point: tuple[float, float]) -> float:
        """The variance for a frame whose prediction is this point, square diagonals."""
        return max(float(self.variance(np.array([point]))[0]), self.everywhere)

    def variance(self, points: Array) -> Array:
        """(N,) g at places (N, 2), square diagonals."""
        points = points - self.middle
        to_dots = _kernel(points, self.places, self.noise, self.today)  # (N, T)
        own = SHIFT**2 + (BEND * self.noise) ** 2 + SLOPE**2 * (points**2).sum(axis=1)
        return np.maximum(own - ((to_dots @ self.precision) * to_dots).sum(axis=1), 0.0)  # type: ignore[no-any-return]

    def left_out_variance(self, near: npt.NDArray[np.bool_]) -> Array:
        """(N,) g at each of the N dots of today, without it and those near it. near: (N, T), true at (i, i)."""
        without = [np.linalg.inv(self.precision[np.ix_(out, out)]) for out in near]
        own = [np.count_nonzero(out[:i]) for i, out in enumerate(near)]
        found = np.array([block[k, k] for block, k in zip(without, own, strict=True)])
        return np.maximum(found - self.noise**2, 0.0)


@lru_cache(maxsize=32)
def extrapolation(dots: KnownDots, noise: float, size: tuple[float, float]) -> Extrapolation:
    """dots: at least one of today; noise: n > 0, and size: of the screen, in its diagonals.

    It is cached: all frames of a calibration use the same.
    """
    places = np.array(dots.all, np.float64) * size  # (T, 2)
    session_of = np.repeat(np.arange(1 + len(dots.earlier)), [len(dots.today), *map(len, dots.earlier)])
    same = (session_of[:, None] == session_of).astype(np.float64)  # (T, T)
    middle = places[: len(dots.today)].mean(axis=0)
    places = places - middle
    variances = np.where(session_of == 0, 1.0, 1.0 / max(dots.share, LEAST_SHARE)) * noise**2  # (T,)
    precision = np.asarray(np.linalg.inv(_kernel(places, places, noise, same) + np.diag(variances)), np.float64)
    known, grid = Extrapolation(middle, places, same[0], precision, noise), GRID * size
    mean = float(known.variance(grid).mean())
    unknown = SLOPE**2 * float(((grid - middle) ** 2).sum(axis=1).mean())
    return replace(known, everywhere=min(1.0, 4.0 * mean / unknown) * mean)


def _kernel(points: Array, others: Array, noise: float, same: Array) -> Array:
    """(N, 2), (M, 2) -> (N, M) k. same: (N, M) or (M,), 1 for places of one session, else 0."""
    square = ((points[:, None] - others[None]) ** 2).sum(axis=-1)  # (N, M)
    bends = (BEND * noise) ** 2 * np.exp(-0.5 / BEND_LENGTH**2 * square)
    kernel: Array = SHIFT**2 * same + (1.0 - CHANGE * (1.0 - same)) * SLOPE**2 * (points @ others.T) + bends
    return kernel
