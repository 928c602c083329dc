"""Few-shot correction: a closed-form map, fitted on nine images of a person and measured on the person's others.

    truth - output = a + B (output - mean),    B shrunk towards zero, lambda by leave-one-out in closed form

With ridge on centred outputs X (T, 2), the hat matrix is H = 11^T/T + X (X^T X + lambda)^-1 X^T, and the left-out error
e_i / (1 - H_ii).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from models.arrays import Array

LAMBDAS = np.logspace(-3.0, 2.0, 16)  # times the mean square of the centred outputs


@dataclass(frozen=True, slots=True)
class FewShotCorrection:
    """offset: (2,), gain: (2, 2), mean: (2,)."""

    offset: Array
    gain: Array
    mean: Array

    def apply(self, answers: Array) -> Array:
        """Correct outputs: (n, 2) -> (n, 2)."""
        corrected: Array = answers + self.offset + (answers - self.mean) @ self.gain
        return corrected


def fit_correction(answers: Array, truth: Array) -> FewShotCorrection:
    """Fit on outputs of a network and the truth, (T, 2). With fewer than four images, only the offset is fitted."""
    errors, mean = truth - answers, answers.mean(axis=0)
    x, residual = answers - mean, errors - errors.mean(axis=0)
    gain = np.zeros((2, 2))
    if len(answers) >= 4:
        u, s, vt = np.linalg.svd(x, full_matrices=False)
        scale = max(float((x**2).sum() / 2), 1e-12)
        best = np.inf
        for lam in LAMBDAS * scale:
            shrink = s**2 / (s**2 + lam)
            hat = 1.0 / len(x) + (u**2) @ shrink
            left_out = (residual - (u * shrink) @ (u.T @ residual)) / (1.0 - hat)[:, None]
            error = float(np.linalg.norm(left_out, axis=1).mean())
            if error < best:
                best, gain = error, vt.T @ np.diag(s / (s**2 + lam)) @ u.T @ residual
    return FewShotCorrection(errors.mean(axis=0), gain, mean)
