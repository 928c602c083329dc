"""Ridge regression from weighted feature blocks to the screen, solved over targets rather than over features.

With 9 targets and 400 pixels the (T, T) kernel is the small side:
1. Features are centred on their mean over targets, targets on theirs: X_b (T, D_b) for each block, Y (T, 2).
   Every target weighs the same.
2. One weight for each block: K = sum_b w_b^2 X_b X_b^T, (T, T). This is ridge on the concatenated w_b X_b.
3. K = U diag(s) U^T on the T-1 directions that sum to zero; A = U diag(1 / (s + lambda)) U^T.
   Dual coefficients alpha = A Y; prediction y(x) = mean(Y) + sum_b w_b^2 (x_b - mean_b) X_b^T alpha.
4. Leave one target out, in closed form, means refitted as well: error_i = (A Y)_i / A_ii.
   (Penalised least squares with a free intercept has the hat matrix H = 11^T/T + U diag(s / (s + lambda)) U^T, and the
   left-out residual is ((I - H) Y)_i / (I - H)_ii; I - H = lambda A, and lambda cancels.)
5. lambda minimises the mean of those errors in pixels. (The mean, not the mean square: one dot that the person did not
   look at would decide. Rendered people: 1 to 7 % better.)
6. The block weights adapt to the person: steps of a factor 2 from the default, each taken while it raises
       -2 T log(mean left-out error) - 1/2 sum_b (log(w_b / default_b) / SPREAD)^2,
   the log likelihood of normal errors in x and y, and a log-normal prior around the default. With 9 targets the prior
   holds against luck, with 25 the person decides. (Three rendered people, SPREAD 0.5, ratio to fixed weights: 0.91 with
   9 targets when the head's rotation was noise of 14 degrees, as with a hand-held camera; 1.00 to 1.02 with still
   heads. Picking the best of four weightings was 1.09 with 9 targets, even when it had to win by a standard error.)
7. A dot that was not looked at is left out of the fit: its standardised error, |(A Y)_i| / sqrt(A_ii), is 4 times the
   median's. The standard takes account of corners, which are far from the rest and missed by more. (Rendered people,
   25 dots of which 5 % were not looked at: 0.13 instead of 0.20 of always-centre; nothing lost when all were.)
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from calibration.blocks import CLIP, DEFAULT_WEIGHTS, usable
from calibration.gating import TargetMean
from calibration.samples import Blocks
from calibration.screen import ScreenGeometry

Array = npt.NDArray[np.float64]

# lambda as a multiple of the kernel's mean diagonal. Below, noise in the features is fitted; above, the answer is
# the screen's middle whatever the eyes do.
LAMBDA_GRID = np.logspace(-4.0, 1.0, 26)
DOUBTFUL = 4.0  # times the median standardised error; with normal noise, 1 target in 60,000
MAX_DOUBTFUL_SHARE = 0.2  # more than that and the fit is wrong, not the targets
MIN_TARGETS_TO_JUDGE = 6  # fewer cannot tell which of them is wrong, nor which weights are right
STEP = math.log(2.0)  # finer weights cannot be told apart
MAX_STEPS = 2  # a factor of 4; farther from the default, luck is likelier than a person so unlike all others
SPREAD = 0.35  # of log(weight / default) over people; with 0.5, nine rendered sessions lose 1 to 3 % more to luck


def block_kernel(features: Array) -> Array:
    """X X^T of one block, centred. features: (T, D). -> (T, T)"""
    centred = features - features.mean(axis=0)
    kernel: Array = centred @ centred.T
    return kernel


def weighted_kernel(kernels: Mapping[str, Array], weights: Mapping[str, float]) -> Array:
    """K = sum_b w_b^2 K_b, (T, T)."""
    return np.sum([weight**2 * kernels[name] for name, weight in weights.items()], axis=0)  # type: ignore[no-any-return]


def eigen_of_centred(kernel: Array) -> tuple[Array, Array]:
    """(T, T-1) eigenvectors and (T-1,) eigenvalues >= 0 of the kernel on the directions that sum to zero.

    The kernel need not be centred: the basis does it.
    """
    n = len(kernel)
    # QR of [1, e_1 .. e_{n-1}]: its first column is the constant, the others span what sums to zero.
    basis = np.linalg.qr(np.column_stack([np.ones(n), np.eye(n)[:, : n - 1]]))[0][:, 1:]  # (T, T-1)
    values, vectors = np.linalg.eigh(basis.T @ kernel @ basis)
    return basis @ vectors, np.maximum(values, 0.0)


def lambda_grid(kernel: Array) -> Array:
    """(L,) absolute values of lambda, scaled by the mean diagonal of the centred kernel (never 0)."""
    n = len(kernel)
    scale = (np.trace(kernel) - kernel.sum() / n) / n
    return LAMBDA_GRID * max(float(scale), 1e-12)


def dual_coefficients(vectors: Array, values: Array, targets: Array, lam: float) -> Array:
    """alpha = U diag(1 / (s + lambda)) U^T Y, (T, 2). targets: (T, 2)."""
    alpha: Array = vectors @ ((vectors.T @ targets) / (values + lam)[:, None])
    return alpha


def left_out_errors(vectors: Array, values: Array, targets: Array, lambdas: Array) -> Array:
    """Y_i minus its prediction from the other targets, for each lambda. targets: (T, 2), lambdas: (L,). -> (L, T, 2)"""
    inverse = 1.0 / (values[None, :] + lambdas[:, None])  # (L, T-1)
    numerator = np.einsum("tk,lk,kc->ltc", vectors, inverse, vectors.T @ targets)  # (L, T, 2)
    diagonal = np.einsum("tk,lk->lt", vectors**2, inverse)  # (L, T)
    errors: Array = numerator / diagonal[:, :, None]
    return errors


def standardised_errors(vectors: Array, values: Array, targets: Array, lam: float) -> Array:
    """|(A Y)_i| / sqrt(A_ii), (T,): the left-out errors over their expected size, up to one factor for all."""
    alpha = dual_coefficients(vectors, values, targets, lam)  # (T, 2)
    diagonal = (vectors**2 / (values + lam)).sum(axis=1)  # (T,)
    errors: Array = np.linalg.norm(alpha, axis=1) / np.sqrt(diagonal)
    return errors


@dataclass(frozen=True, slots=True)
class Candidate:
    """Some weights with their best lambda. errors_px: (T,) left-out errors; standardised: (T,) the same, see step 7."""

    weights: Mapping[str, float]
    lam: float
    errors_px: Array
    standardised: Array


@dataclass(frozen=True, slots=True)
class RidgeModel:
    """A fitted ridge: everything that a prediction needs, and what was chosen.

    centres: block -> (D,), coefficients: block -> (D, 2), per unit of the raw feature; origin: (2,) screen units.
    doubtful: positions of the targets that were left out of the fit, in the order of the means.
    left_out_px: mean error of the left-out targets, by which weights and lambda were chosen (so it flatters a little).
    """

    weights: Mapping[str, float]
    lam: float
    origin: Array
    centres: Mapping[str, Array]
    coefficients: Mapping[str, Array]
    doubtful: tuple[int, ...] = ()
    left_out_px: float = math.nan

    def predict(self, blocks: Blocks) -> tuple[float, float]:
        """`answer`, held within half a screen around the screen."""
        return within_reach(*self.answer(blocks))

    def answer(self, blocks: Blocks) -> tuple[float, float]:
        """Screen units. A block that is not finite counts as average; extrapolation is held in check.

        Raises ValueError when a block is missing or has another length than in the fit (other networks).
        """
        point = self.origin.copy()
        for name, centre in self.centres.items():
            if name not in blocks or blocks[name].shape != centre.shape:
                found = blocks[name].shape if name in blocks else "nothing"
                raise ValueError(f"feature block {name!r} should have shape {centre.shape}, got {found}")
            delta = np.asarray(blocks[name], np.float64) - centre
            if not np.isfinite(delta).all():
                continue
            if name in CLIP:
                delta = np.clip(delta, -CLIP[name], CLIP[name])
            point += delta @ self.coefficients[name]
        return float(point[0]), float(point[1])


REACH = 0.5  # screens beyond each edge; a point farther out is a fault of the map, not a place looked at


def within_reach(x: float, y: float) -> tuple[float, float]:
    """The point, clamped to half a screen around the screen; the middle when it is not a number."""
    if not (np.isfinite(x) and np.isfinite(y)):
        return 0.5, 0.5
    return min(max(x, -REACH), 1.0 + REACH), min(max(y, -REACH), 1.0 + REACH)


def fit_ridge(
    means: Sequence[TargetMean], screen: ScreenGeometry, weights: Mapping[str, float] = DEFAULT_WEIGHTS
) -> RidgeModel:
    """The ridge with weights and lambda chosen on left-out targets, without targets that disagree with the rest.

    With one or two targets the answer is their mean. Raises ValueError without targets or without a known block.
    """
    if not means:
        raise ValueError("no targets to fit")
    available = [
        name
        for name in means[0].blocks
        if all(name in mean.blocks and np.isfinite(mean.blocks[name]).all() for mean in means)
    ]
    weights = usable(weights, available)
    if not weights:
        raise ValueError(f"none of the feature blocks {available} can be used")
    features = {name: np.stack([mean.blocks[name] for mean in means]).astype(np.float64) for name in weights}  # (T, D)
    targets = np.array([mean.target for mean in means], np.float64)  # (T, 2)
    targets_px = targets * (screen.width_px, screen.height_px)
    n = len(means)
    fewest = max(MIN_TARGETS_TO_JUDGE, math.ceil((1.0 - MAX_DOUBTFUL_SHARE) * n))
    kept = np.arange(n)
    while True:
        some = {name: values[kept] for name, values in features.items()}
        chosen = adapted(some, targets_px[kept], weights)
        worst = int(np.argmax(chosen.standardised))
        if len(kept) <= fewest or chosen.standardised[worst] <= DOUBTFUL * np.median(chosen.standardised):
            break
        kept = np.delete(kept, worst)
    doubtful = tuple(sorted(set(range(n)) - set(kept.tolist())))
    model = solve(some, targets[kept], chosen.weights, chosen.lam)
    return replace(model, doubtful=doubtful, left_out_px=float(chosen.errors_px.mean()))


def adapted(features: Mapping[str, Array], targets_px: Array, weights: Mapping[str, float]) -> Candidate:
    """The person's own weights (step 6 above), with their lambda. features: block -> (T, D_b); targets_px: (T, 2)."""
    n = len(targets_px)
    kernels = {name: block_kernel(values) for name, values in features.items()}
    best = with_best_lambda(kernels, targets_px, weights)
    if n < MIN_TARGETS_TO_JUDGE:
        return best

    def score(candidate: Candidate, steps: Mapping[str, int]) -> float:
        penalty = 0.5 * sum((step * STEP / SPREAD) ** 2 for step in steps.values())
        return -2.0 * n * math.log(max(float(candidate.errors_px.mean()), 1e-9)) - penalty

    steps = dict.fromkeys(list(weights)[1:], 0)  # the first is the reference
    highest, improved = score(best, steps), True
    while improved:
        improved = False
        for name, direction in itertools.product(steps, (-1, 1)):
            tried = {**steps, name: steps[name] + direction}
            if abs(tried[name]) > MAX_STEPS:
                continue
            moved = {block: weights[block] * math.exp(tried.get(block, 0) * STEP) for block in weights}
            candidate = with_best_lambda(kernels, targets_px, moved)
            if score(candidate, tried) > highest:
                best, steps, highest, improved = candidate, tried, score(candidate, tried), True
    return best


def with_best_lambda(kernels: Mapping[str, Array], targets_px: Array, weights: Mapping[str, float]) -> Candidate:
    """The lambda whose left-out errors have the smallest mean. Fewer than three targets: the largest lambda."""
    n = len(targets_px)
    kernel = weighted_kernel(kernels, weights)
    lambdas = lambda_grid(kernel)
    if n < 3:
        return Candidate(weights, float(lambdas[-1]), np.zeros(n), np.zeros(n))
    vectors, values = eigen_of_centred(kernel)
    errors_px = np.linalg.norm(left_out_errors(vectors, values, targets_px, lambdas), axis=2)  # (L, T)
    best = int(np.argmin(errors_px.mean(axis=1)))
    standardised = standardised_errors(vectors, values, targets_px, lambdas[best])
    return Candidate(weights, float(lambdas[best]), errors_px[best], standardised)


def solve(features: Mapping[str, Array], targets: Array, weights: Mapping[str, float], lam: float) -> RidgeModel:
    """The ridge for given weights and lambda. features: block -> (T, D_b); targets: (T, 2) screen units."""
    kernel = weighted_kernel({name: block_kernel(features[name]) for name in weights}, weights)
    alpha = dual_coefficients(*eigen_of_centred(kernel), targets, lam)  # (T, 2)
    centres = {name: features[name].mean(axis=0) for name in weights}
    coefficients = {name: weights[name] ** 2 * (features[name] - centres[name]).T @ alpha for name in weights}
    return RidgeModel(dict(weights), lam, targets.mean(axis=0), centres, coefficients)
