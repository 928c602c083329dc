"""The median error of frames of several targets, and where it would lie with other targets.

Each target has the same weight, however many frames it has. With many other targets, the median would lie between the
k-th smallest and the k-th largest error of these n with the probability 1 - 2 P(B < k), B binomial (n, 1/2), whatever
the distribution (the interval of the sign test). k is the largest with LIKELY or more: the third of nine.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from calibration.arrays import Array
from calibration.quality.conformal import weighted_quantile

LIKELY = 0.75  # with six to thirteen targets, k gives 0.78 to 0.93


def median_of_targets(values: Sequence[Array]) -> float:
    """The median of all values. values: (N,) of each target, none empty."""
    weights = np.concatenate([np.full(len(mine), 1.0 / len(mine)) for mine in values])
    return weighted_quantile(np.concatenate(values), weights, 0.5)


def likely_range(medians: Sequence[float]) -> tuple[float, float] | None:
    """The interval above, from the median of each target; None with fewer than three."""
    k = rank_from_each_end(len(medians))
    ordered = sorted(medians)
    return (ordered[k - 1], ordered[-k]) if k else None


def rank_from_each_end(n: int) -> int:
    """k above; 0 if even the smallest and the largest of n values are too near to each other."""
    outside, k = 2.0 * 0.5**n, 0
    while 1.0 - outside >= LIKELY:
        k += 1
        outside += 2.0 * math.comb(n, k) * 0.5**n
    return k
