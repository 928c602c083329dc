import numpy as np
import pytest

from calibration.mapping.hyperparameters import LAMBDA_GRID
from calibration.mapping.kernel_ridge import (
    block_kernel,
    eigen_of_centred,
    left_out_errors,
    mean_diagonal,
    precision_diagonal,
    standardised_errors,
    zero_sum_basis,
)
from tests.support.plain_ridge import FEATURES, TARGETS, WEIGHTS, kernel, textbook_ridge

LAMBDAS = LAMBDA_GRID * mean_diagonal(kernel())


def test_the_basis_is_orthonormal_and_sums_to_zero() -> None:
    basis = zero_sum_basis(7)
    assert basis.T @ basis == pytest.approx(np.eye(6), abs=1e-12)
    assert basis.sum(axis=0) == pytest.approx(np.zeros(6), abs=1e-12)


def test_closed_form_left_out_errors_equal_refits_without_each_target() -> None:
    errors = left_out_errors(*eigen_of_centred(kernel()), TARGETS, LAMBDAS)
    assert errors.shape == (len(LAMBDAS), 9, 2)
    for l_index in (0, 8, 16, 25):
        for i in range(9):
            rest = np.arange(9) != i
            joined = np.concatenate([weight * FEATURES[name][i] for name, weight in WEIGHTS.items()])
            others = {name: values[rest] for name, values in FEATURES.items()}
            expected = TARGETS[i] - textbook_ridge(others, TARGETS[rest], LAMBDAS[l_index], joined)
            assert errors[l_index, i] == pytest.approx(expected, abs=1e-8)


def test_left_out_errors_do_not_need_a_centred_kernel() -> None:
    shifted = {name: values + 100.0 for name, values in FEATURES.items()}
    raw = np.sum([w**2 * shifted[name] @ shifted[name].T for name, w in WEIGHTS.items()], axis=0)
    assert mean_diagonal(raw) == pytest.approx(mean_diagonal(kernel()))
    centred = left_out_errors(*eigen_of_centred(kernel()), TARGETS, LAMBDAS)
    assert left_out_errors(*eigen_of_centred(raw), TARGETS, LAMBDAS) == pytest.approx(centred, abs=1e-6)


def test_standardised_errors_are_left_out_errors_times_the_root_of_the_diagonal() -> None:
    vectors, values = eigen_of_centred(kernel())
    lam = 5.0
    errors = left_out_errors(vectors, values, TARGETS, np.array([lam]))[0]
    inverse = vectors @ np.diag(1 / (values + lam)) @ vectors.T
    expected = np.linalg.norm(errors, axis=1) * np.sqrt(np.diag(inverse))
    assert standardised_errors(vectors, values, TARGETS, lam) == pytest.approx(expected)


def test_many_kernels_in_one_call_give_what_each_gives_alone() -> None:
    kernels = np.stack([kernel(), 3.0 * kernel() + np.eye(9)])
    lambdas = mean_diagonal(kernels)[:, None] * LAMBDA_GRID
    together = left_out_errors(*eigen_of_centred(kernels), TARGETS, lambdas)
    for one, lam, errors in zip(kernels, lambdas, together, strict=True):
        assert left_out_errors(*eigen_of_centred(one), TARGETS, lam) == pytest.approx(errors, abs=1e-9)


def test_the_precision_s_diagonal_is_that_of_the_inverse_kernel() -> None:
    vectors, values = eigen_of_centred(kernel())
    inverse = vectors @ np.diag(1 / (values + 5.0)) @ vectors.T
    assert precision_diagonal(vectors, values, np.array([5.0]))[0] == pytest.approx(np.diag(inverse))


def test_a_block_that_never_changes_has_a_mean_diagonal_above_zero() -> None:
    assert mean_diagonal(block_kernel(np.ones((5, 3)))) > 0.0
