"""Quantiles of later errors from those of left-out targets, without a distribution of errors: conformal prediction.

If a new target is exchangeable with the T targets of the calibration, the error of a frame of it is equally likely to
have each rank among the errors of left-out targets. So

    q = the score with rank p (T + 1) among the scores s_i = error_i / scale_i

covers the share p of later frames, with any distribution and any scale (jackknife+ and CV+: Barber, Candes, Ramdas and
Tibshirani 2021; a scale that differs between frames: Papadopoulos et al. 2002, Lei et al. 2018). A target has several
frames, whose scores depend on each other. So each target has the same weight, shared by its frames (hierarchical
conformal prediction: Lee, Barber and Willett 2023), and T counts targets. The guarantee, at least p, rounds ranks up.
Here they are interpolated, half a rank above p (T + 1), which is the same on average.

A few targets say little about tails. So POPULATION targets with the scores of normal errors in two dimensions (a
Rayleigh distribution with mean square 1) are added.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from calibration.arrays import Array

POPULATION = 2.0  # targets' worth of normal errors
_NORMAL = np.sqrt(-np.log(1.0 - (np.arange(40) + 0.5) / 40))  # (40,) equally likely scores of a Rayleigh distribution
MOST = 0.98  # a higher quantile than this cannot be learned from up to 25 targets


@dataclass(frozen=True, slots=True, eq=False)
class Scores:
    """The scores of all frames, and their weights. values, weights: (N,); n_targets: T, with those added."""

    values: Array
    weights: Array
    n_targets: float

    def quantile(self, share: float) -> float:
        """q above for p = share."""
        level = share * (self.n_targets + 1.0) / self.n_targets
        return weighted_quantile(self.values, self.weights, min(level, MOST))

    def median_of(self, scales: Array) -> float:
        """The median error of frames with these scales, all equally likely. scales: (M,)."""
        products = np.multiply.outer(scales, self.values).ravel()  # (M N,)
        return weighted_quantile(products, np.tile(self.weights, len(scales)), 0.5)


def scores_of(of_targets: list[tuple[Array, Array]]) -> Scores:
    """For each target the scores of its frames and their weights, (F,) each, which sum to 1."""
    values = [*(scores for scores, _ in of_targets), _NORMAL]
    weights = [*(shares for _, shares in of_targets), np.full(len(_NORMAL), POPULATION / len(_NORMAL))]
    return Scores(np.concatenate(values), np.concatenate(weights), len(of_targets) + POPULATION)


def weighted_quantile(values: Array, weights: Array, share: float) -> float:
    """The value below which this share of the weight lies, with half of its own, interpolated between values."""
    order = np.argsort(values)
    below = np.cumsum(weights[order]) - 0.5 * weights[order]
    return float(np.interp(share, below / weights.sum(), values[order]))
