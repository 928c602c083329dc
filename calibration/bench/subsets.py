"""Subsets of targets, which a shorter calibration would have shown."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from calibration.samples.selection import TargetMean
from calibration.screen import Point

MIDDLE: Point = (0.5, 0.5)


def spread_subset(places: Sequence[Point], n: int) -> list[int]:
    """Ascending indices of n places that cover the screen: the one nearest the middle, then repeatedly the one farthest
    from those chosen. All indices if there are at most n places."""
    if n >= len(places):
        return list(range(len(places)))
    taken = [min(range(len(places)), key=lambda i: math.dist(places[i], MIDDLE))] if n > 0 else []
    while len(taken) < n:
        gaps = [min(math.dist(place, places[i]) for i in taken) for place in places]
        taken.append(int(np.argmax(gaps)))
    return sorted(taken)


def pattern_subset(places: Sequence[Point], pattern: Sequence[Point]) -> list[int]:
    """Ascending indices of the places nearest to a pattern's. Each is used once; the closest pairs are chosen first."""
    pairs = sorted(
        (math.dist(place, wanted), i, j) for i, place in enumerate(places) for j, wanted in enumerate(pattern)
    )
    taken: dict[int, int] = {}
    for _, i, j in pairs:
        if i not in taken and j not in taken.values():
            taken[i] = j
    return sorted(taken)


def some_means(means: Sequence[TargetMean], n_targets: int | None) -> list[TargetMean]:
    """The means of n targets spread over the screen; None: of all targets."""
    if n_targets is None:
        return list(means)
    return [means[i] for i in spread_subset([mean.target for mean in means], n_targets)]
