"""Ridge regression on a (T, T) kernel: solution, left-out errors and predictive variance in closed form.

K = X X^T for features X (T, D); A = U diag(1 / (s + lambda)) U^T where U diag(s) U^T is K on the T-1 directions that
sum to zero. Most functions also accept a stack of kernels with leading axes: one call then handles many choices of
block weights.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache

import numpy as np

from calibration.arrays import Array, Mask

SAME_PLACE = 0.12  # screen units: half of the gap of a dense pattern


def block_kernel(features: Array) -> Array:
    """X X^T of one centred block. features: (T, D). -> (T, T)"""
    centred = features - features.mean(axis=0)
    kernel: Array = centred @ centred.T
    return kernel


def weighted_kernel(kernels: Mapping[str, Array], weights: Mapping[str, float]) -> Array:
    """K = sum_b w_b^2 K_b, (T, T)."""
    return np.sum([weight**2 * kernels[name] for name, weight in weights.items()], axis=0)  # type: ignore[no-any-return]


@lru_cache(maxsize=64)
def zero_sum_basis(n: int) -> Array:
    """(n, n-1) orthonormal columns that sum to zero."""
    # QR of [1, e_1 .. e_{n-1}]: the first column is constant, the others span the vectors that sum to zero.
    basis: Array = np.linalg.qr(np.column_stack([np.ones(n), np.eye(n)[:, : n - 1]]))[0][:, 1:]
    return basis


def eigen_of_centred(kernel: Array) -> tuple[Array, Array]:
    """(..., T, T) -> (..., T, T-1) eigenvectors and (..., T-1) eigenvalues >= 0 on the directions that sum to zero.

    The kernel need not be centred, because the basis centres it.
    """
    basis = zero_sum_basis(kernel.shape[-1])
    values, vectors = np.linalg.eigh(basis.T @ kernel @ basis)
    return basis @ vectors, np.maximum(values, 0.0)


def mean_diagonal(kernel: Array) -> Array:
    """(..., T, T) -> (...,) mean squared length of the centred features; never 0. The unit of lambda."""
    n = kernel.shape[-1]
    scale: Array = (np.trace(kernel, axis1=-2, axis2=-1) - kernel.sum(axis=(-2, -1)) / n) / n
    return np.maximum(scale, 1e-12)


def dual_coefficients(vectors: Array, values: Array, targets: Array, lam: float) -> Array:
    """alpha = A Y = U diag(1 / (s + lambda)) U^T Y, (T, 2). targets: (T, 2)."""
    alpha: Array = vectors @ ((vectors.T @ targets) / (values + lam)[:, None])
    return alpha


def precision_diagonal(vectors: Array, values: Array, lambdas: Array) -> Array:
    """A_ii for each lambda. 1 / A_ii is the variance of predicting a left-out target from the others, in units of the
    noise's variance over lambda. lambdas: (..., L). -> (..., L, T)"""
    inverse = 1.0 / (values[..., None, :] + lambdas[..., :, None])  # (..., L, T-1)
    diagonal: Array = inverse @ np.swapaxes(vectors**2, -1, -2)
    return diagonal


def left_out_errors(vectors: Array, values: Array, targets: Array, lambdas: Array) -> Array:
    """Y_i minus its prediction from the other targets, (A Y)_i / A_ii.

    Penalised least squares with a free intercept has the hat matrix H = 11^T/T + U diag(s / (s + lambda)) U^T, and the
    left-out residual is ((I - H) Y)_i / (I - H)_ii; I - H = lambda A, and lambda cancels.
    targets: (T, 2), lambdas: (..., L). -> (..., L, T, 2)
    """
    inverse = 1.0 / (values[..., None, :] + lambdas[..., :, None])  # (..., L, T-1)
    rotated = np.swapaxes(vectors, -1, -2) @ targets  # (..., T-1, 2)
    numerator = vectors[..., None, :, :] @ (inverse[..., None] * rotated[..., None, :, :])  # (..., L, T, 2)
    errors: Array = numerator / precision_diagonal(vectors, values, lambdas)[..., None]
    return errors


def standardised_errors(vectors: Array, values: Array, targets: Array, lam: float) -> Array:
    """|(A Y)_i| / sqrt(A_ii), (T,): the left-out errors over their expected size, up to a common factor."""
    alpha = dual_coefficients(vectors, values, targets, lam)  # (T, 2)
    diagonal = precision_diagonal(vectors, values, np.array([lam]))[0]  # (T,)
    errors: Array = np.linalg.norm(alpha, axis=1) / np.sqrt(diagonal)
    return errors


def left_out_with_neighbours(vectors: Array, values: Array, targets: Array, lam: float, near: Mask) -> Array:
    """(N, 2) Y_i minus its prediction from the targets that are not near it, for the first N targets.

    Without a group G of targets, their errors are A_GG^-1 (A Y)_G, as `left_out_errors` for one.
    targets: (T, 2); near: (N, T) the groups, each with the target itself.
    """
    precision = (vectors / (values + lam)) @ vectors.T  # (T, T)
    numerator = precision @ targets  # (T, 2)
    errors = np.empty((len(near), 2))
    for i, group in enumerate(near):
        solved = np.linalg.solve(precision[np.ix_(group, group)], numerator[group])  # (G, 2)
        errors[i] = solved[np.flatnonzero(group) == i][0]
    return errors


def same_place(targets: Array, n_today: int) -> Mask:
    """(n_today, T) for each target of today: itself, and the targets of earlier sessions at its place."""
    near: Mask = np.linalg.norm(targets[:n_today, None] - targets, axis=2) < SAME_PLACE
    near[:, :n_today] = np.eye(n_today, dtype=np.bool_)
    return near
