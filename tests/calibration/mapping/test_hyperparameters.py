import numpy as np
import pytest

from calibration.mapping.features import DEFAULT_WEIGHTS
from calibration.mapping.hyperparameters import LAMBDA_GRID, MAX_STEPS, adapted, nested_errors
from calibration.mapping.kernel_ridge import block_kernel, mean_diagonal, weighted_kernel
from calibration.mapping.ridge_fit import fit_ridge
from tests.support.calibration_eye import GRID, SCREEN, LinearEye, means

FINE_GRID = np.array([(x, y) for x in np.linspace(0, 1, 5) for y in np.linspace(0, 1, 5)])


def telling(rng: np.random.Generator, n_features: int, gain: float, noise: float) -> np.ndarray:
    return FINE_GRID @ rng.normal(0, gain, (2, n_features)) + rng.normal(0, noise, (25, n_features))


def kernels_of(features: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    return {name: block_kernel(values) for name, values in features.items()}


@pytest.mark.parametrize("seed", range(3))
def test_a_block_of_noise_loses_weight(seed: int) -> None:
    rng = np.random.default_rng(seed)
    features = {"eye_patches": telling(rng, 30, 1.0, 0.5), "embedding": rng.normal(0, 1.0, (25, 16))}
    weights = adapted(kernels_of(features), FINE_GRID * 1000, {"eye_patches": 1.0, "embedding": 1.0}).weights
    assert weights["eye_patches"] == 1.0  # the reference
    assert 1.0 / 2**MAX_STEPS <= weights["embedding"] < 1.0


@pytest.mark.parametrize("seed", range(3))
def test_a_block_with_more_information_than_the_pixels_gains_weight(seed: int) -> None:
    rng = np.random.default_rng(seed)
    features = {"eye_patches": telling(rng, 30, 1.0, 1.0), "iris": telling(rng, 4, 0.1, 0.005)}
    weights = adapted(kernels_of(features), FINE_GRID * 1000, {"eye_patches": 1.0, "iris": 35.0}).weights
    assert 35.0 < weights["iris"] <= 35.0 * 2**MAX_STEPS


def test_with_fewer_than_six_targets_the_default_weights_stay() -> None:
    eye = LinearEye(noise=0.3)
    assert fit_ridge(means(eye, GRID[:5]), SCREEN).weights == DEFAULT_WEIGHTS


def test_lambda_stays_at_the_population_s_if_the_targets_do_not_determine_it() -> None:
    rng = np.random.default_rng(0)
    kernels = {"iris": block_kernel(np.ones((5, 4)) + 1e-9 * rng.normal(size=(5, 4)))}
    same = np.full((5, 2), 500.0)  # every lambda predicts it
    candidate = adapted(kernels, same, {"iris": 1.0})
    assert candidate.lam / mean_diagonal(weighted_kernel(kernels, {"iris": 1.0})) == pytest.approx(0.1, rel=0.3)


def test_noisy_targets_raise_lambda() -> None:
    rng = np.random.default_rng(1)
    features = {"iris": FINE_GRID @ rng.normal(size=(2, 40))}
    lams = []
    for noise_px in (1.0, 500.0):
        targets = FINE_GRID * 1000 + rng.normal(0, noise_px, FINE_GRID.shape)
        candidate = adapted(kernels_of(features), targets, {"iris": 1.0})
        lams.append(candidate.lam)
    assert lams[1] > 5.0 * lams[0]
    assert LAMBDA_GRID[0] < LAMBDA_GRID[-1]


def test_nested_errors_are_those_of_choices_that_do_not_know_the_target() -> None:
    rng = np.random.default_rng(2)
    features = {"eye_patches": telling(rng, 30, 1.0, 1.5), "embedding": rng.normal(0, 1.0, (25, 16))}
    weights = {"eye_patches": 1.0, "embedding": 1.0}
    found = adapted(kernels_of(features), FINE_GRID * 1000, weights)
    errors = nested_errors(kernels_of(features), FINE_GRID * 1000, weights)
    nested, chosen = (np.linalg.norm(some, axis=1).mean() for some in (errors, found.errors_px))
    assert chosen <= nested < 1.2 * chosen
    moved = FINE_GRID * 1000
    moved[3] += 900.0  # changes its own error, by which its own choices were not made
    again = nested_errors(kernels_of(features), moved, weights)
    assert np.linalg.norm(again[3]) > np.linalg.norm(errors[3])
