"""Fits `calibration.mapping.ridge`, solved over targets rather than over features.

With 9 targets and 400 pixels the (T, T) kernel is the small side (`calibration.mapping.kernel_ridge` has its algebra):
1. Features and targets are centred on their means over targets: X_b (T, D_b) for each block, Y (T, 2).
   All targets have equal weight.
2. One weight for each block: K = sum_b w_b^2 X_b X_b^T, (T, T). This is ridge on the concatenated w_b X_b.
3. A = (K + lambda I)^-1 on the vectors that sum to zero.
4. The left-out error has a closed form that also refits the means: error_i = (A Y)_i / A_ii.
5. These errors determine lambda and the block weights: `calibration.mapping.hyperparameters`.
6. A target that the person did not look at is left out of the fit: its standardised error, |(A Y)_i| / sqrt(A_ii), is
   4 times the median. Standardising allows for corners, which are far from the rest and have larger errors. (Rendered
   people, 25 targets, 5 % of them not looked at: 0.13 instead of 0.20 of always-centre. Without such targets, nothing
   is lost.)
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from calibration.arrays import Array
from calibration.mapping.features import DEFAULT_WEIGHTS, usable
from calibration.mapping.hyperparameters import MIN_TARGETS_TO_JUDGE, adapted, nested_errors
from calibration.mapping.kernel_ridge import (
    block_kernel,
    dual_coefficients,
    eigen_of_centred,
    precision_diagonal,
    weighted_kernel,
)
from calibration.mapping.ridge import RidgeModel, Spread
from calibration.samples.selection import TargetMean
from calibration.screen import ScreenGeometry

DOUBTFUL = 4.0  # times the median standardised error; normal noise exceeds it for 1 target in 60,000
MAX_DOUBTFUL_SHARE = 0.2  # with a larger share, the fit is wrong, not the targets


def fit_ridge(
    means: Sequence[TargetMean], screen: ScreenGeometry, weights: Mapping[str, float] = DEFAULT_WEIGHTS
) -> RidgeModel:
    """The ridge with weights and lambda chosen on left-out targets, without targets that disagree with the rest.

    With one or two targets, the prediction is their mean. Raises ValueError without targets or without a known block.
    """
    features, weights = usable_features(means, weights)
    targets = np.array([mean.target for mean in means], np.float64)  # (T, 2)
    return fit_features(features, targets, screen, weights)


def usable_features(
    means: Sequence[TargetMean], weights: Mapping[str, float]
) -> tuple[dict[str, Array], dict[str, float]]:
    """block -> (T, D) of the blocks that all targets have, and their weights. Raises ValueError if there is none."""
    if not means:
        raise ValueError("no targets to fit")
    available = [
        name
        for name in means[0].blocks
        if all(name in mean.blocks and np.isfinite(mean.blocks[name]).all() for mean in means)
    ]
    found = usable(weights, available)
    if not found:
        raise ValueError(f"none of the feature blocks {available} is usable")
    return {name: np.stack([mean.blocks[name] for mean in means]).astype(np.float64) for name in found}, found


def fit_features(
    features: Mapping[str, Array],
    targets: Array,
    screen: ScreenGeometry,
    weights: Mapping[str, float],
    *,
    doubting: bool = True,
) -> RidgeModel:
    """`fit_ridge` on arrays. features: block -> (T, D_b); targets: (T, 2) screen units. doubting: whether targets that
    disagree with the rest are left out."""
    kernels = {name: block_kernel(values) for name, values in features.items()}
    size_px = np.array([screen.width_px, screen.height_px])
    n = len(targets)
    fewest = max(MIN_TARGETS_TO_JUDGE, math.ceil((1.0 - MAX_DOUBTFUL_SHARE) * n)) if doubting else n
    kept = np.arange(n)
    while True:
        # The kernel of fewer targets is a part of the whole kernel. The basis of eigen_of_centred centres it again.
        of_kept = {name: kernel[np.ix_(kept, kept)] for name, kernel in kernels.items()}
        chosen = adapted(of_kept, targets[kept] * size_px, weights)
        worst = int(np.argmax(chosen.standardised))
        if len(kept) <= fewest or chosen.standardised[worst] <= DOUBTFUL * np.median(chosen.standardised):
            break
        kept = np.delete(kept, worst)
    model = solve({name: values[kept] for name, values in features.items()}, targets[kept], chosen.weights, chosen.lam)
    left_out, variance = np.empty((n, 2)), np.full(n, np.inf)
    nested_px = nested_errors(of_kept, targets[kept] * size_px, weights)
    left_out[kept], variance[kept] = nested_px / size_px, 1.0 / np.maximum(chosen.precision, 1e-300)
    for i in set(range(n)) - set(kept.tolist()):
        left_out[i] = targets[i] - model.answer({name: values[i] for name, values in features.items()})
    return replace(
        model,
        doubtful=tuple(sorted(set(range(n)) - set(kept.tolist()))),
        left_out_px=float(np.linalg.norm(nested_px, axis=1).mean()),
        left_out=left_out,
        left_out_variance=variance,
    )


def solve(features: Mapping[str, Array], targets: Array, weights: Mapping[str, float], lam: float) -> RidgeModel:
    """The ridge for given weights and lambda. features: block -> (T, D_b); targets: (T, 2) screen units."""
    n = len(targets)
    kernel = weighted_kernel({name: block_kernel(features[name]) for name in weights}, weights)
    vectors, values = eigen_of_centred(kernel)
    alpha = dual_coefficients(vectors, values, targets, lam)  # (T, 2)
    centres = {name: features[name].mean(axis=0) for name in weights}
    dual = {name: weights[name] ** 2 * (features[name] - centres[name]).T for name in weights}  # (D, T)
    root = vectors / np.sqrt(values + lam)  # (T, T-1)
    diagonal = precision_diagonal(vectors, values, np.array([lam]))[0]  # (T,)
    spread = Spread(
        typical=float(np.median(1.0 / np.maximum(diagonal, 1e-300))),
        noise=lam * (1.0 + 1.0 / n),
        directions={name: dual[name] @ root for name in weights},
    )
    return RidgeModel(
        weights=dict(weights),
        lam=lam,
        origin=targets.mean(axis=0),
        centres=centres,
        coefficients={name: dual[name] @ alpha for name in weights},
        spread=spread if n > 1 else None,
    )
