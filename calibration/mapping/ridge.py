"""A ridge from weighted feature blocks to the screen: its prediction and its spread.

`calibration.mapping.ridge_fit` fits it:

    y(x) = mean(Y) + sum_b w_b^2 (x_b - mean_b) X_b^T A Y

with the features X_b (T, D_b) and the points Y (T, 2) of the targets, both centred, and one weight w_b for each block.
The error at features x is proportional to sqrt(v(x)), see `Spread`.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from calibration.arrays import Array, no_errors
from calibration.mapping.features import CLIP
from calibration.samples.sample import Blocks

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
