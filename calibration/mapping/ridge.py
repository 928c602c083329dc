"""Ridge regression from weighted feature blocks to the screen, solved over targets rather than over features.

With 9 targets and 400 pixels the (T, T) kernel is the small side (`calibration.mapping.kernel_ridge` has its algebra):
1. Features and targets are centred on their means over targets: X_b (T, D_b) for each block, Y (T, 2).
   All targets have equal weight.
2. One weight for each block: K = sum_b w_b^2 X_b X_b^T, (T, T). This is ridge on the concatenated w_b X_b.
3. Prediction y(x) = mean(Y) + sum_b w_b^2 (x_b - mean_b) X_b^T A Y, with A = (K + lambda I)^-1 on the vectors that
   sum to zero.
4. The left-out error has a closed form that also refits the means: error_i = (A Y)_i / A_ii.
5. These errors determine lambda and the block weights: `calibration.mapping.hyperparameters`.
6. A target that the person did not look at is left out of the fit: its standardised error, |(A Y)_i| / sqrt(A_ii), is
   4 times the median. Standardising allows for corners, which are far from the rest and have larger errors. (Rendered
   people, 25 targets, 5 % of them not looked at: 0.13 instead of 0.20 of always-centre. Without such targets, nothing
   is lost.)
7. The error at features x is proportional to sqrt(v(x)), see `Spread`.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from calibration.arrays import Array, no_errors
from calibration.mapping.features import CLIP, DEFAULT_WEIGHTS, usable
from calibration.mapping.hyperparameters import MIN_TARGETS_TO_JUDGE, adapted, nested_errors
from calibration.mapping.kernel_ridge import (
    block_kernel,
    dual_coefficients,
    eigen_of_centred,
    precision_diagonal,
    weighted_kernel,
)
from calibration.samples.sample import Blocks
from calibration.samples.selection import TargetMean
from calibration.screen import ScreenGeometry

DOUBTFUL = 4.0  # times the median standardised error; normal noise exceeds it for 1 target in 60,000
MAX_DOUBTFUL_SHARE = 0.2  # with a larger share, the fit is wrong, not the targets
REACH = 0.5  # screens beyond each edge; a point farther out is an error of the map


@dataclass(frozen=True, slots=True)
class Spread:
    """The variance of the ridge's prediction at features x, in units of the noise's variance over lambda. It grows with
    the distance of x from the calibration's features (a turned head, another light):

        v(x) = lambda (1 + 1/T) + sum_b w_b^2 |x_b - mean_b|^2 - |sum_b (x_b - mean_b) B_b|^2,
        B_b = w_b^2 X_b^T U diag(s + lambda)^-1/2,  (D_b, T-1)

    (the variance of a Gaussian process with the kernel K: Rasmussen and Williams 2006, eq. 2.26).
    typical: median 1 / A_ii, v at a left-out target.
    """

    typical: float
    noise: float  # lambda (1 + 1/T)
    directions: Mapping[str, Array]


@dataclass(frozen=True, slots=True, eq=False)
class _Joined:
    """The numbers of all blocks in one row: for live gaze, where NumPy takes as long for three numbers as for 400.

    blocks: name, shape and place in the row. coefficients: (D, 2); directions: (D, T-1), None without a spread; the
    others: (D,). A delta is clipped to `limit`.
    """

    blocks: tuple[tuple[str, tuple[int, ...], slice], ...]
    centre: Array
    limit: Array
    coefficients: Array
    squared_weights: Array
    directions: Array | None

    @classmethod
    def of(cls, model: RidgeModel) -> _Joined:
        places, start = [], 0
        for name, centre in model.centres.items():
            places.append((name, centre.shape, slice(start, start + len(centre))))
            start += len(centre)
        names, sizes = list(model.centres), [len(centre) for centre in model.centres.values()]
        directions = None if model.spread is None else np.concatenate([model.spread.directions[name] for name in names])
        return cls(
            tuple(places),
            np.concatenate(list(model.centres.values())),
            np.repeat([CLIP.get(name, math.inf) for name in names], sizes),
            np.concatenate([model.coefficients[name] for name in names]),
            np.repeat([model.weights[name] ** 2 for name in names], sizes),
            directions,
        )


@dataclass(frozen=True, slots=True)
class RidgeModel:
    """A fitted ridge: everything that a prediction needs, and the chosen hyper-parameters.

    centres: block -> (D,), coefficients: block -> (D, 2), per unit of the raw feature; origin: (2,) screen units.
    doubtful: indices of the targets that were left out of the fit, in the order of the means.
    left_out: (T, 2) screen units, the left-out error of each target under weights and lambda chosen without it.
    left_out_px: its mean length, without doubtful targets.
    left_out_variance: (T,) 1 / A_ii, the variance of that prediction in the units of `Spread`; infinite for doubtful
    targets, nan with fewer than three.
    """

    weights: Mapping[str, float]
    lam: float
    origin: Array
    centres: Mapping[str, Array]
    coefficients: Mapping[str, Array]
    doubtful: tuple[int, ...] = ()
    left_out_px: float = math.nan
    left_out: Array = field(default_factory=no_errors)
    left_out_variance: Array = field(default_factory=lambda: np.empty(0))
    spread: Spread | None = None
    _joined: _Joined = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_joined", _Joined.of(self))

    def predict(self, blocks: Blocks) -> tuple[float, float]:
        """The point of `answer`, moved to at most half a screen outside the screen."""
        return within_reach(*self.answer(blocks))

    def answer(self, blocks: Blocks) -> tuple[float, float]:
        """The point in screen units. A block that is not finite counts as average. Far extrapolation is clipped.

        Raises ValueError if a block is missing or has another length than in the fit (other networks).
        """
        delta, _ = self._delta(blocks)
        joined = self._joined
        np.maximum(delta, -joined.limit, out=delta)
        np.minimum(delta, joined.limit, out=delta)
        x, y = (self.origin + delta @ joined.coefficients).tolist()
        return x, y

    def variance(self, blocks: Blocks) -> float:
        """v(x) of `Spread`; nan if the model has no spread, inf if a block is not finite (its prediction is then the
        average). Raises ValueError like `answer`."""
        joined = self._joined
        if self.spread is None or joined.directions is None:
            return math.nan
        delta, is_finite = self._delta(blocks)
        if not is_finite:
            return math.inf
        length, seen = float((joined.squared_weights * delta) @ delta), delta @ joined.directions
        return self.spread.noise + max(length - float(seen @ seen), 0.0)

    def _delta(self, blocks: Blocks) -> tuple[Array, bool]:
        """(D,) the difference from the mean, 0 for a block that is not finite; and whether all are finite."""
        joined = self._joined
        for name, shape, _ in joined.blocks:
            if name not in blocks or blocks[name].shape != shape:
                found = blocks[name].shape if name in blocks else "nothing"
                raise ValueError(f"feature block {name!r} should have shape {shape}, got {found}")
        delta: Array = np.concatenate([blocks[name] for name, _, _ in joined.blocks]) - joined.centre
        if math.isfinite(delta @ delta):
            return delta, True
        for _, _, place in joined.blocks:
            if not math.isfinite(delta[place] @ delta[place]):
                delta[place] = 0.0
        return delta, False


def within_reach(x: float, y: float) -> tuple[float, float]:
    """The point, clamped to half a screen around the screen; the middle if it is not finite."""
    if not (math.isfinite(x) and math.isfinite(y)):
        return 0.5, 0.5
    return min(max(x, -REACH), 1.0 + REACH), min(max(y, -REACH), 1.0 + REACH)


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
