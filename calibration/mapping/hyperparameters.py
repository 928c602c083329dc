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
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from calibration.arrays import Array
from calibration.mapping.kernel_ridge import (
    eigen_of_centred,
    left_out_errors,
    mean_diagonal,
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

    score: raised by step 2. errors_px: (T, 2) left-out errors; standardised: (T,) `kernels.standardised_errors`.
    """

    weights: Mapping[str, float]
    lam: float
    score: float
    errors_px: Array
    standardised: Array


def adapted(kernels: Mapping[str, Array], targets_px: Array, weights: Mapping[str, float]) -> Candidate:
    """The person's weights (step 2 above) with their lambda. kernels: block -> (T, T); targets_px: (T, 2)."""
    (best,) = with_best_lambda(kernels, targets_px, [weights])
    if len(targets_px) < MIN_TARGETS_TO_JUDGE:
        return best
    steps = dict.fromkeys(list(weights)[1:], 0)  # the first is the reference
    while True:
        moves = [
            {**steps, name: steps[name] + direction}
            for name, direction in itertools.product(steps, (-1, 1))
            if abs(steps[name] + direction) <= MAX_STEPS
        ]
        if not moves:
            return best
        tried = [{name: weights[name] * math.exp(move.get(name, 0) * STEP) for name in weights} for move in moves]
        penalties = [0.5 * sum((step * STEP / SPREAD) ** 2 for step in move.values()) for move in moves]
        candidates = [
            replace(candidate, score=candidate.score - penalty)
            for candidate, penalty in zip(with_best_lambda(kernels, targets_px, tried), penalties, strict=True)
        ]
        index = max(range(len(moves)), key=lambda i: candidates[i].score)
        if candidates[index].score <= best.score:
            return best
        best, steps = candidates[index], moves[index]


def with_best_lambda(
    kernels: Mapping[str, Array], targets_px: Array, weightings: Sequence[Mapping[str, float]]
) -> list[Candidate]:
    """Each weighting with its own lambda (step 1). With fewer than three targets, lambda is the largest."""
    n = len(targets_px)
    kernel = np.stack([weighted_kernel(kernels, weights) for weights in weightings])  # (C, T, T)
    lambdas = mean_diagonal(kernel)[:, None] * LAMBDA_GRID  # (C, L)
    if n < 3:
        nothing = np.zeros((n, 2))
        return [
            Candidate(w, float(lam[-1]), 0.0, nothing, nothing[:, 0])
            for w, lam in zip(weightings, lambdas, strict=True)
        ]
    vectors, values = eigen_of_centred(kernel)
    errors_px = left_out_errors(vectors, values, targets_px, lambdas)  # (C, L, T, 2)
    mean_px = np.maximum(np.linalg.norm(errors_px, axis=-1).mean(axis=-1), 1e-9)  # (C, L)
    scores = -2.0 * n * np.log(mean_px) - 0.5 * (np.log(LAMBDA_GRID / POPULATION_LAMBDA) / LAMBDA_SPREAD) ** 2
    best = scores.argmax(axis=1)
    return [
        Candidate(
            weights,
            float(lambdas[c, i]),
            float(scores[c, i]),
            errors_px[c, i],
            standardised_errors(vectors[c], values[c], targets_px, float(lambdas[c, i])),
        )
        for c, (weights, i) in enumerate(zip(weightings, best, strict=True))
    ]
