"""The hyper-parameters of the ridge for a person: lambda and block weights, by left-out targets and a prior.

1. lambda minimises  2 T log(mean |e_i|) + 1/2 (log(lambda / lambda_0) / LAMBDA_SPREAD)^2,  e_i the left-out error of
   target i in pixels, lambda_0 the population's. (With the mean square, one target that the person did not
   look at would decide. Rendered people: the mean is 1 to 7 % better. The prior around the population's lambda gives
   3 % less error with 13 targets, 5 % with 9, and 8 % with 5, where left-out corners say little about the rest.)
2. Block weights change from the default in steps of a factor of 2. The best step is taken while it raises
       -2 T log(mean |e_i|) - 1/2 sum_b (log(w_b / default_b) / SPREAD)^2 - the lambda term,
   the log likelihood of normal errors in x and y plus a log-normal prior around the default. With 9 targets the prior
   outweighs chance; with 25 the person's data decide. (Three rendered people, SPREAD 0.5, ratio to fixed weights: 0.91
   with 9 targets and noise of 14 degrees in the head's rotation, as with a hand-held camera; 1.00 to 1.02 with still
   heads. Choosing the best of four weightings was 1.09 with 9 targets, even with a margin of one standard error.)
   With SPREAD 0.22, a step is taken if it lowers the mean error by 24 % with 9 targets, 17 % with 13, 9 % with 25.
3. Errors that these choices have lowered are too small to compare methods by. So `nested_errors` has the error of each
   target under the choices that the *other* targets' errors make. (Their fits have seen the target; refits for each
   choice would take T times as long. Nested cross-validation: Varma and Simon 2006.)
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from calibration.arrays import Array
from calibration.mapping.kernel_ridge import (
    eigen_of_centred,
    left_out_errors,
    mean_diagonal,
    precision_diagonal,
    standardised_errors,
    weighted_kernel,
)

# lambda as a multiple of the kernel's mean diagonal. A smaller lambda fits noise of the features. With a larger one,
# the prediction is always the screen's middle.
LAMBDA_GRID = np.logspace(-4.0, 1.0, 26)
POPULATION_LAMBDA, LAMBDA_SPREAD = 0.1, 1.5  # spread of the logarithm
MIN_TARGETS_TO_JUDGE = 6  # with fewer targets, neither a wrong target nor the right weights can be determined
STEP = math.log(2.0)  # finer steps make no measurable difference
MAX_STEPS = 2  # a factor of 4; a larger one is more likely chance than a property of the person
# Spread of log(weight / default) over people. On 45 rendered sessions, 0.35 costs 2 to 10 % by chance, 0.2 nothing.
SPREAD = 0.22


@dataclass(frozen=True, slots=True)
class Candidate:
    """A weighting with its best lambda.

    score: raised by step 2. errors_px: (T, 2) left-out errors; standardised: (T,) `kernels.standardised_errors`;
    precision: (T,) `kernels.precision_diagonal`.
    """

    weights: Mapping[str, float]
    lam: float
    score: float
    errors_px: Array
    standardised: Array
    precision: Array


Steps = tuple[int, ...]  # for each block except the first, which is the reference


@dataclass(frozen=True, slots=True)
class _Tried:
    """A weighting's left-out errors for each lambda of the grid. errors_px: (L, T, 2), lengths_px: (L, T)."""

    weights: Mapping[str, float]
    lambdas: Array
    vectors: Array
    values: Array
    errors_px: Array
    lengths_px: Array
    penalties: Array  # (L,) the prior's terms


class _Search:
    """The steps above on one set of kernels. Each weighting is computed once."""

    def __init__(self, kernels: Mapping[str, Array], targets_px: Array, weights: Mapping[str, float]) -> None:
        self._kernels, self._targets_px, self._weights = kernels, targets_px, weights
        self._tried: dict[Steps, _Tried] = {}
        self.start: Steps = (0,) * (len(weights) - 1)

    def best(self, without: int | None = None) -> tuple[Steps, int, float]:
        """The chosen steps, the index of lambda and the score. without: a target whose error has no say."""
        steps = self.start
        index, score = self._score(steps, without)
        while len(self._targets_px) >= MIN_TARGETS_TO_JUDGE:
            moves = _neighbours(steps)
            self._compute(moves)
            found = [(self._score(move, without), move) for move in moves]
            (new_index, new_score), move = max(found, key=lambda item: item[0][1], default=((0, -math.inf), steps))
            if new_score <= score:
                break
            steps, index, score = move, new_index, new_score
        return steps, index, score

    def at(self, steps: Steps) -> _Tried:
        self._compute([steps])
        return self._tried[steps]

    def _score(self, steps: Steps, without: int | None) -> tuple[int, float]:
        tried = self.at(steps)
        n, total = len(self._targets_px), tried.lengths_px.sum(axis=1)  # (L,)
        if without is not None:
            n, total = n - 1, total - tried.lengths_px[:, without]
        scores = -2.0 * n * np.log(np.maximum(total / n, 1e-9)) - tried.penalties
        index = int(scores.argmax())
        return index, float(scores[index])

    def _compute(self, wanted: Sequence[Steps]) -> None:
        """All new weightings at once: a stack of small matrices takes little longer than one."""
        new = [steps for steps in dict.fromkeys(wanted) if steps not in self._tried]
        if not new:
            return
        weightings = [
            {name: self._weights[name] * math.exp(k * STEP) for name, k in zip(self._weights, (0, *steps), strict=True)}
            for steps in new
        ]
        kernel = np.stack([weighted_kernel(self._kernels, weights) for weights in weightings])  # (C, T, T)
        lambdas = mean_diagonal(kernel)[:, None] * LAMBDA_GRID  # (C, L)
        vectors, values = eigen_of_centred(kernel)
        errors_px = left_out_errors(vectors, values, self._targets_px, lambdas)  # (C, L, T, 2)
        lengths_px = np.linalg.norm(errors_px, axis=-1)  # (C, L, T)
        of_lambda = 0.5 * (np.log(LAMBDA_GRID / POPULATION_LAMBDA) / LAMBDA_SPREAD) ** 2
        for c, steps in enumerate(new):
            of_weights = 0.5 * sum((step * STEP / SPREAD) ** 2 for step in steps)
            parts = (lambdas[c], vectors[c], values[c], errors_px[c], lengths_px[c])
            self._tried[steps] = _Tried(weightings[c], *parts, of_lambda + of_weights)


def _neighbours(steps: Steps) -> list[Steps]:
    changed = [
        (*steps[:i], steps[i] + direction, *steps[i + 1 :])
        for i, direction in itertools.product(range(len(steps)), (-1, 1))
    ]
    return [move for move in changed if max(map(abs, move)) <= MAX_STEPS]


def adapted(kernels: Mapping[str, Array], targets_px: Array, weights: Mapping[str, float]) -> Candidate:
    """The person's weights with their lambda (steps 1 and 2 above). kernels: block -> (T, T); targets_px: (T, 2).

    With fewer than three targets, lambda is the largest and the errors are 0.
    """
    n = len(targets_px)
    if n < 3:
        lam = float(mean_diagonal(weighted_kernel(kernels, weights)) * LAMBDA_GRID[-1])
        nothing = np.zeros((n, 2))
        return Candidate(dict(weights), lam, 0.0, nothing, nothing[:, 0], np.full(n, np.nan))
    search = _Search(kernels, targets_px, weights)
    steps, index, score = search.best()
    chosen = search.at(steps)
    lam = float(chosen.lambdas[index])
    return Candidate(
        chosen.weights,
        lam,
        score,
        chosen.errors_px[index],
        standardised_errors(chosen.vectors, chosen.values, targets_px, lam),
        precision_diagonal(chosen.vectors, chosen.values, np.array([lam]))[0],
    )


def nested_errors(kernels: Mapping[str, Array], targets_px: Array, weights: Mapping[str, float]) -> Array:
    """(T, 2) px, the left-out errors of step 3; 0 with fewer than three targets."""
    n = len(targets_px)
    errors_px = np.zeros((n, 2))
    if n >= 3:
        search = _Search(kernels, targets_px, weights)
        for i in range(n):
            steps, index, _ = search.best(without=i)
            errors_px[i] = search.at(steps).errors_px[index, i]
    return errors_px
