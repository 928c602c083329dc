"""The weights of a mixture of maps, from their left-out errors on the same targets and a prior.

1. Member k misses left-out target i by r_ki. A mixture with weights w misses it by sum_k w_k r_ki, so its mean square
   error is  w^T C w,  C_kl = mean_i u_i r_ki . r_li.  Members whose errors differ cancel, which errors of each member
   alone do not show. (Stacking: Wolpert 1992, Breiman 1996; combined forecasts: Bates and Granger 1969.)
2. u_i = 1 / root mean square over k of |r_ki|. It turns squares into lengths: one target that the eyes had left, or a
   corner from which all extrapolate badly, does not decide.
3. C of few targets is uncertain, and left-out corners say little about the rest of the screen. So it is shrunk towards
   the population's (Diebold and Pauly 1990), which has the weight of PRIOR_TARGETS targets and fades with more:

       C~ = (T C + PRIOR_TARGETS s^2 P) / (T + PRIOR_TARGETS),    P_kl = sqrt(v_k v_l) (CORRELATION if k != l)

   v_k is a member's usual square error over that of the first member, and s^2 = min_k C_kk / v_k its scale: a member
   that fails makes no other one look better.
4. w minimises w^T C~ w with w_k >= 0 and sum_k w_k = 1 (weights below 0 would extrapolate from errors of few targets).
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence

import numpy as np

from calibration.arrays import Array

PRIOR_TARGETS = 12.0
CORRELATION = 0.4


def mixing_weights(left_out_px: Array, variances: Sequence[float]) -> Array:
    """(K,) w above. left_out_px: (K, T, 2); variances: v, one for each member."""
    return least_weights(shrunk(left_out_px, variances)[None])[0]  # type: ignore[no-any-return]


def nested_weights(left_out_px: Array, variances: Sequence[float]) -> Array:
    """(T, K) for each target the weights that the other targets' errors give."""
    n = left_out_px.shape[1]
    others = [shrunk(np.delete(left_out_px, i, axis=1), variances) for i in range(n)]
    return least_weights(np.stack(others))


def shrunk(left_out_px: Array, variances: Sequence[float]) -> Array:
    """(K, K) C~ above."""
    n_members, n_targets = left_out_px.shape[:2]
    root = np.sqrt(np.asarray(variances, np.float64))
    prior = np.outer(root, root) * (CORRELATION + (1.0 - CORRELATION) * np.eye(n_members))
    usual_px = np.sqrt((left_out_px**2).sum(axis=2).mean(axis=0))  # (T,)
    if not usual_px.any():
        return prior
    weights = 1.0 / np.maximum(usual_px, 1e-3 * usual_px.max())
    found = np.einsum("t,kti,lti->kl", weights / weights.sum(), left_out_px, left_out_px)
    scale = max(float(np.min(np.diag(found) / np.diag(prior))), 1e-9 * float(found.max()))
    mixed: Array = (n_targets * found + PRIOR_TARGETS * scale * prior) / (n_targets + PRIOR_TARGETS)
    return mixed


def least_weights(covariances: Array) -> Array:
    """(N, K, K) -> (N, K) the weights of step 4, by trying each set of members: of five there are 31."""
    n_problems, n_members = covariances.shape[:2]
    best, lowest = np.full((n_problems, n_members), 1.0 / n_members), np.full(n_problems, np.inf)
    for size in range(1, n_members + 1):
        for members in map(list, itertools.combinations(range(n_members), size)):
            part = covariances[:, members][:, :, members]
            solved = np.linalg.solve(part, np.ones((n_problems, size, 1)))[..., 0]  # (N, size)
            total = solved.sum(axis=1)
            # The minimum without bounds is 1 / total; it counts if it keeps the bounds.
            better = (solved >= 0.0).all(axis=1) & (total > 0.0) & (1.0 / np.maximum(total, 1e-300) < lowest)
            best[better], lowest[better] = 0.0, 1.0 / total[better]
            best[np.ix_(better, members)] = solved[better] / total[better, None]
    return best
