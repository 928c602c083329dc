"""The staged ridge on several sessions of one person, with a shift and a gain of today.

Light, seat and glasses differ between sessions, the person does not. So target i of session s has

    y_i = b + b_s + (W + W_s) x_i + noise,    |W_s|^2 <= GAIN |W|^2 and |b_s|^2 <= SHIFT |noise|^2 (a priori)

(random intercepts and slopes: Laird and Ware 1982; as a ridge of several tasks: Evgeniou and Pontil 2004).

1. W_s and b_s are coefficients of further features: ridge regression on  [x, sqrt(GAIN) x 1_s, tau 1_s for each s],
   with 1_s = 1 for targets of session s, else 0. All closed forms of the ridge hold.
2. tau^2 = SHIFT lambda, so a session of n targets is shifted by n / (n + 1 / SHIFT) of its mean residual.
3. Regularisation and block weights are chosen by the left-out errors of all sessions. Each session comes without the
   targets that disagreed with its others.
4. For frames of today's session, s = 0, the features of other sessions are 0. The rest is one linear map of x
   (`_folded`), as of a single session.
5. A target of today is left out together with those of earlier sessions at its place. Else it would have neighbours,
   which most places of the screen lack, and its error would be too small to compare with that of today's dots alone.
6. These left-out errors weigh this map against those of today alone
   (`calibration.mapping.mixture`). So sessions that contradict today's (another chair, other glasses) lose weight.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
import numpy.typing as npt

from calibration.arrays import Array
from calibration.mapping.features import DEFAULT_WEIGHTS
from calibration.mapping.geometry import geometric_stage, poses_of
from calibration.mapping.hyperparameters import POPULATION_LAMBDA
from calibration.mapping.kernel_ridge import (
    block_kernel,
    eigen_of_centred,
    left_out_with_neighbours,
    mean_diagonal,
    same_place,
    weighted_kernel,
)
from calibration.mapping.ridge import RidgeModel
from calibration.mapping.ridge_fit import fit_features, usable_features
from calibration.mapping.two_stage import TwoStageModel, missed
from calibration.samples.selection import TargetMean
from calibration.screen import ScreenGeometry

SHIFT = 1.0
GAIN = 0.2
SESSION = "session"  # the block of tau 1_s
TODAY = 0


def fit_pooled(
    means: Sequence[TargetMean], earlier: Sequence[Sequence[TargetMean]], screen: ScreenGeometry, *, staged: bool
) -> TwoStageModel:
    """The map for today's session, of which the means are; left_out is (T, 2) of these.

    staged: whether today's staged ridge uses the geometric stage. Raises ValueError if a session lacks the blocks of
    another one.
    """
    everything = [*means, *(mean for session in earlier for mean in session)]
    session_of = np.repeat(np.arange(1 + len(earlier)), [len(means), *map(len, earlier)])
    features, weights = usable_features(everything, DEFAULT_WEIGHTS)
    targets, poses = np.array([mean.target for mean in everything], np.float64), poses_of(everything)
    stage = geometric_stage(means, screen) if staged and poses is not None else None
    learned = targets if stage is None or poses is None else stage.residuals(targets, poses)
    centres = {name: values.mean(axis=0) for name, values in features.items()}
    centred = {name: values - centres[name] for name, values in features.items()}
    tau = _tau(centred, weights)
    augmented = _augmented(centred, session_of, tau)
    # Few dots of today must not be doubted because they are shifted from all others.
    ridge = fit_features(augmented, learned, screen, {**weights, SESSION: 1.0}, doubting=False)
    kernel = weighted_kernel({name: block_kernel(augmented[name]) for name in ridge.weights}, ridge.weights)
    near = same_place(targets, len(means))
    answers = learned.copy()
    answers[: len(means)] -= left_out_with_neighbours(*eigen_of_centred(kernel), learned, ridge.lam, near)
    points = answers if stage is None or poses is None else stage.points(answers, poses)
    left_out = missed(targets, points)[: len(means)]
    return TwoStageModel(stage, _folded(ridge, centres, tau), left_out)


def _tau(features: Mapping[str, Array], weights: Mapping[str, float]) -> float:
    """tau of step 2, for the population's lambda. The choice of the block's weight adapts it to the person."""
    kernel = weighted_kernel({name: block_kernel(values) for name, values in features.items()}, weights)
    return math.sqrt(SHIFT * POPULATION_LAMBDA * float(mean_diagonal(kernel)))


def _augmented(features: Mapping[str, Array], session_of: npt.NDArray[np.int_], tau: float) -> dict[str, Array]:
    """The features of step 1. features: block -> (T, D) -> block -> (T, D (1 + S)), and SESSION -> (T, S)."""
    member = (session_of[:, None] == np.unique(session_of)).astype(np.float64)  # (T, S)
    of_sessions = {
        name: np.hstack([values, *(math.sqrt(GAIN) * values * column[:, None] for column in member.T)])
        for name, values in features.items()
    }
    return {**of_sessions, SESSION: tau * member}


def _folded(ridge: RidgeModel, centres: Mapping[str, Array], tau: float) -> RidgeModel:
    """The map for today's session. Its variance is left out, because it would be that of all sessions."""
    origin, coefficients = ridge.origin.copy(), {}
    for name, learned in ridge.coefficients.items():
        origin -= ridge.centres[name] @ learned
        if name == SESSION:
            origin += tau * learned[TODAY]
        else:
            size = len(centres[name])
            coefficients[name] = learned[:size] + math.sqrt(GAIN) * learned[size : 2 * size]
    weights = {name: weight for name, weight in ridge.weights.items() if name != SESSION}
    return replace(ridge, weights=weights, origin=origin, centres=dict(centres), coefficients=coefficients, spread=None)
