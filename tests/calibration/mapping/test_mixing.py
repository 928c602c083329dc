import itertools

import numpy as np
import pytest

from calibration.mapping.mixing import PRIOR_TARGETS, least_weights, mixing_weights, nested_weights

RNG = np.random.default_rng(5)


def misses(n_targets: int, *sizes: float) -> np.ndarray:
    """(K, T, 2) independent errors of members with these standard deviations."""
    return np.stack([RNG.normal(0.0, size, (n_targets, 2)) for size in sizes])


def test_the_weights_are_those_of_the_least_square_error_on_a_fine_grid() -> None:
    for _ in range(20):
        root = RNG.normal(size=(3, 3))
        covariance = root @ root.T + 0.1 * np.eye(3)
        (found,) = least_weights(covariance[None])
        steps = np.linspace(0.0, 1.0, 101)
        tried = np.array([(a, b, 1.0 - a - b) for a, b in itertools.product(steps, steps) if a + b <= 1.0])
        best = min(w @ covariance @ w for w in tried)
        assert found.min() >= 0.0
        assert found.sum() == pytest.approx(1.0)
        assert found @ covariance @ found <= best + 1e-9


def test_equal_members_with_errors_of_their_own_share_the_weight() -> None:
    assert mixing_weights(misses(400, 50.0, 50.0, 50.0), [1.0, 1.0, 1.0]) == pytest.approx([1 / 3] * 3, abs=0.07)


def test_a_member_that_is_far_worse_gets_next_to_nothing() -> None:
    weights = mixing_weights(misses(25, 30.0, 200.0), [1.0, 1.4])
    assert weights[0] > 0.9


def test_with_few_targets_the_prior_decides_and_with_many_the_errors() -> None:
    def errors(n_targets: int) -> np.ndarray:
        return np.stack([np.full((n_targets, 2), 40.0), np.tile([20.0, -20.0], (n_targets, 1))])

    few, many = (mixing_weights(errors(n), [1.0, 1.4])[0] for n in (3, 300))
    (prior,) = mixing_weights(np.zeros((2, 9, 2)), [1.0, 1.4])[:1]
    assert prior > 0.5 > few > many
    assert 10 * PRIOR_TARGETS < 300


def test_one_target_at_which_all_fail_does_not_decide() -> None:
    errors = misses(12, 30.0, 60.0)
    glanced = errors.copy()
    glanced[:, 4] = [[900.0, 0.0], [600.0, 0.0]]  # the worse member is nearer there
    assert mixing_weights(errors, [1.0, 1.0])[0] > mixing_weights(glanced, [1.0, 1.0])[0] > 0.5
    squares = np.einsum("kti,lti->kl", glanced, glanced)
    assert least_weights(squares[None])[0, 0] < 0.5  # with plain squares it would


def test_a_member_that_fails_makes_no_other_look_better() -> None:
    errors = misses(9, 30.0, 45.0)
    failing = np.concatenate([errors, 1e4 * np.ones((1, 9, 2))])
    assert mixing_weights(failing, [1.0, 1.4, 1.4])[:2] == pytest.approx(mixing_weights(errors, [1.0, 1.4]), abs=0.1)


def test_the_nested_weights_of_a_target_do_not_know_its_error() -> None:
    errors = misses(9, 30.0, 40.0, 50.0)
    changed = errors.copy()
    changed[:, 2] *= 7.0
    variances = [1.0, 1.4, 1.4]
    before, after = nested_weights(errors, variances), nested_weights(changed, variances)
    assert after[2] == pytest.approx(before[2])
    assert after[3] != pytest.approx(before[3], abs=1e-6)
    assert before[2] == pytest.approx(mixing_weights(np.delete(errors, 2, axis=1), variances))


def test_maps_without_any_error_are_weighed_by_the_prior() -> None:
    weights = mixing_weights(np.zeros((3, 5, 2)), [1.0, 1.4, 1.4])
    assert np.isfinite(weights).all()
    assert weights[0] > weights[1] == pytest.approx(weights[2])
