import numpy as np
import pytest

from calibration.blocks import DEFAULT_WEIGHTS
from calibration.gating import TargetMean
from calibration.ridge import (
    MAX_STEPS,
    adapted,
    block_kernel,
    eigen_of_centred,
    fit_ridge,
    lambda_grid,
    left_out_errors,
    solve,
    standardised_errors,
    weighted_kernel,
    within_reach,
)
from tests.calibration_eye import GRID, SCREEN, LinearEye, means

RNG = np.random.default_rng(3)
FEATURES = {"eye_patches": RNG.normal(size=(9, 40)) + 5.0, "iris": RNG.normal(size=(9, 4)) - 2.0}
TARGETS = RNG.uniform(size=(9, 2))
WEIGHTS = {"eye_patches": 1.0, "iris": 7.0}


def kernel() -> np.ndarray:
    return weighted_kernel({name: block_kernel(values) for name, values in FEATURES.items()}, WEIGHTS)


def primal(features: dict[str, np.ndarray], targets: np.ndarray, lam: float, x: np.ndarray) -> np.ndarray:
    """Ridge as textbooks write it: (X^T X + lambda I)^-1 X^T Y on centred, concatenated, weighted features."""
    joined = np.concatenate([weight * features[name] for name, weight in WEIGHTS.items()], axis=1)
    centred = joined - joined.mean(axis=0)
    gram = centred.T @ centred + lam * np.eye(joined.shape[1])
    beta = np.linalg.solve(gram, centred.T @ (targets - targets.mean(axis=0)))
    return targets.mean(axis=0) + (x - joined.mean(axis=0)) @ beta


@pytest.mark.parametrize("lam", [0.01, 1.0, 300.0])
def test_the_dual_solution_equals_the_textbook_ridge(lam: float) -> None:
    model = solve(FEATURES, TARGETS, WEIGHTS, lam)
    x = {"eye_patches": RNG.normal(size=40) + 5.0, "iris": RNG.normal(size=4) - 2.0}
    joined = np.concatenate([weight * x[name] for name, weight in WEIGHTS.items()])
    assert model.predict(x) == pytest.approx(within_reach(*primal(FEATURES, TARGETS, lam, joined)), abs=1e-6)


def test_closed_form_left_out_errors_equal_refits_without_each_target() -> None:
    lambdas = lambda_grid(kernel())
    errors = left_out_errors(*eigen_of_centred(kernel()), TARGETS, lambdas)
    assert errors.shape == (len(lambdas), 9, 2)
    for l_index in (0, 8, 16, 25):
        for i in range(9):
            rest = np.arange(9) != i
            joined = np.concatenate([weight * FEATURES[name][i] for name, weight in WEIGHTS.items()])
            others = {name: values[rest] for name, values in FEATURES.items()}
            expected = TARGETS[i] - primal(others, TARGETS[rest], lambdas[l_index], joined)
            assert errors[l_index, i] == pytest.approx(expected, abs=1e-8)


def test_left_out_errors_do_not_need_a_centred_kernel() -> None:
    shifted = {name: values + 100.0 for name, values in FEATURES.items()}
    raw = np.sum([w**2 * shifted[name] @ shifted[name].T for name, w in WEIGHTS.items()], axis=0)
    lambdas = lambda_grid(raw)
    assert lambdas == pytest.approx(lambda_grid(kernel()))
    centred = left_out_errors(*eigen_of_centred(kernel()), TARGETS, lambdas)
    assert left_out_errors(*eigen_of_centred(raw), TARGETS, lambdas) == pytest.approx(centred, abs=1e-6)


def test_a_linear_eye_without_noise_is_learned_and_extrapolated() -> None:
    eye = LinearEye()
    model = fit_ridge(means(eye), SCREEN)
    for place in [(0.3, 0.7), (0.0, 1.0), (0.6, 0.15)]:
        assert model.predict(eye.blocks(*place)) == pytest.approx(place, abs=0.01)


def test_a_noisy_linear_eye_is_far_better_than_the_centre() -> None:
    eye = LinearEye(seed=5, noise=0.3)
    model = fit_ridge(means(eye), SCREEN)
    places = RNG.uniform(size=(60, 2))
    errors = [np.hypot(*(np.subtract(model.predict(eye.blocks(*p)), p))) for p in places]
    centre = [np.hypot(*(p - 0.5)) for p in places]
    assert np.median(errors) < 0.3 * np.median(centre)


def test_features_without_information_shrink_the_answer_to_the_mean_target() -> None:
    noise = [TargetMean(i, p, {"iris": RNG.normal(size=4).astype(np.float32)}, 1, 1) for i, p in enumerate(GRID)]
    model = fit_ridge(noise, SCREEN)
    answers = np.array([model.predict({"iris": RNG.normal(size=4).astype(np.float32)}) for _ in range(50)])
    assert np.abs(answers - np.mean(GRID, axis=0)).max() < 0.35


FINE_GRID = np.array([(x, y) for x in np.linspace(0, 1, 5) for y in np.linspace(0, 1, 5)])


def telling(rng: np.random.Generator, n_features: int, gain: float, noise: float) -> np.ndarray:
    return FINE_GRID @ rng.normal(0, gain, (2, n_features)) + rng.normal(0, noise, (25, n_features))


@pytest.mark.parametrize("seed", range(3))
def test_a_block_of_noise_loses_weight(seed: int) -> None:
    rng = np.random.default_rng(seed)
    features = {"eye_patches": telling(rng, 30, 1.0, 0.5), "embedding": rng.normal(0, 1.0, (25, 16))}
    weights = adapted(features, FINE_GRID * 1000, {"eye_patches": 1.0, "embedding": 1.0}).weights
    assert weights["eye_patches"] == 1.0  # the reference
    assert 1.0 / 2**MAX_STEPS <= weights["embedding"] < 1.0


@pytest.mark.parametrize("seed", range(3))
def test_a_block_that_tells_more_than_the_pixels_gains_weight(seed: int) -> None:
    rng = np.random.default_rng(seed)
    features = {"eye_patches": telling(rng, 30, 1.0, 1.0), "iris": telling(rng, 4, 0.1, 0.005)}
    weights = adapted(features, FINE_GRID * 1000, {"eye_patches": 1.0, "iris": 35.0}).weights
    assert 35.0 < weights["iris"] <= 35.0 * 2**MAX_STEPS


def test_with_fewer_than_six_targets_the_default_weights_stay() -> None:
    eye = LinearEye(noise=0.3)
    assert fit_ridge(means(eye, GRID[:5]), SCREEN).weights == DEFAULT_WEIGHTS


def test_one_and_two_targets_answer_with_their_mean() -> None:
    eye = LinearEye()
    assert fit_ridge(means(eye, [(0.2, 0.4)]), SCREEN).predict(eye.blocks(0.9, 0.9)) == pytest.approx((0.2, 0.4))
    two = fit_ridge(means(eye, [(0.2, 0.4), (0.4, 0.6)]), SCREEN)
    assert two.predict(eye.blocks(0.3, 0.5)) == pytest.approx((0.3, 0.5), abs=1e-3)


def test_no_targets_and_no_known_block_are_refused() -> None:
    with pytest.raises(ValueError, match="no targets"):
        fit_ridge([], SCREEN)
    with pytest.raises(ValueError, match=r"none of the feature blocks.*shoe_size"):
        fit_ridge([TargetMean(0, (0.5, 0.5), {"shoe_size": np.ones(1, np.float32)}, 1, 1)], SCREEN)


def test_a_missing_block_and_one_of_another_length_are_refused_by_name() -> None:
    eye = LinearEye()
    model = fit_ridge(means(eye), SCREEN)
    blocks = eye.blocks(0.5, 0.5)
    with pytest.raises(ValueError, match=r"eye_patches.*\(400,\).*\(10,\)"):
        model.predict({**blocks, "eye_patches": np.zeros(10, np.float32)})
    with pytest.raises(ValueError, match=r"eye_patches.*nothing"):
        model.predict({name: values for name, values in blocks.items() if name != "eye_patches"})


def test_features_that_are_not_finite_never_reach_the_answer() -> None:
    eye = LinearEye()
    model = fit_ridge(means(eye), SCREEN)
    blocks = {name: np.full_like(values, np.nan) for name, values in eye.blocks(0.1, 0.1).items()}
    assert model.predict(blocks) == pytest.approx(tuple(np.mean(GRID, axis=0)))


def test_predictions_stay_within_half_a_screen_of_the_screen() -> None:
    eye = LinearEye()
    model = fit_ridge(means(eye), SCREEN)
    assert model.predict(eye.blocks(40.0, -40.0)) == (1.5, -0.5)
    assert within_reach(float("nan"), 0.3) == (0.5, 0.5)


def test_a_turn_of_the_head_beyond_the_clip_counts_as_the_clip() -> None:
    eye = LinearEye(noise=0.05)
    model = fit_ridge(means(eye), SCREEN)
    blocks = eye.blocks(0.5, 0.5)
    far = {**blocks, "head_rotation": np.full(3, 3.0, np.float32)}
    farther = {**blocks, "head_rotation": np.full(3, 6.0, np.float32)}
    assert model.predict(far) == model.predict(farther)


def test_equal_features_at_all_targets_give_the_mean_target() -> None:
    same = [TargetMean(i, p, {"iris": np.ones(4, np.float32)}, 1, 1) for i, p in enumerate(GRID)]
    assert fit_ridge(same, SCREEN).predict({"iris": np.ones(4, np.float32)}) == pytest.approx(
        tuple(np.mean(GRID, axis=0))
    )


def test_a_dot_that_was_not_looked_at_is_left_out_of_the_fit_and_named() -> None:
    eye = LinearEye(noise=0.1)
    honest = means(eye)
    glanced = [*honest[:7], TargetMean(7, GRID[7], eye.blocks(0.5, 0.5), 1, 1), honest[8]]
    model = fit_ridge(glanced, SCREEN)
    assert model.doubtful == (7,)
    assert model.predict(eye.blocks(0.4, 0.8)) == pytest.approx((0.4, 0.8), abs=0.05)


@pytest.mark.parametrize("seed", range(5))
def test_corners_and_ordinary_noise_are_not_doubted(seed: int) -> None:
    assert fit_ridge(means(LinearEye(seed=seed, noise=0.4)), SCREEN).doubtful == ()


def test_never_more_than_a_fifth_of_the_targets_and_none_of_six_are_left_out() -> None:
    eye = LinearEye(noise=0.1)
    wild = [TargetMean(i, p, eye.blocks(*(p if i % 2 else (1 - p[0], p[1]))), 1, 1) for i, p in enumerate(GRID)]
    assert len(fit_ridge(wild, SCREEN).doubtful) <= 1
    six = [TargetMean(i, p, eye.blocks(*(p if i else (0.9, 0.9))), 1, 1) for i, p in enumerate(GRID[:6])]
    assert fit_ridge(six, SCREEN).doubtful == ()


def test_standardised_errors_are_left_out_errors_times_the_root_of_the_diagonal() -> None:
    vectors, values = eigen_of_centred(kernel())
    lam = 5.0
    errors = left_out_errors(vectors, values, TARGETS, np.array([lam]))[0]
    inverse = vectors @ np.diag(1 / (values + lam)) @ vectors.T
    expected = np.linalg.norm(errors, axis=1) * np.sqrt(np.diag(inverse))
    assert standardised_errors(vectors, values, TARGETS, lam) == pytest.approx(expected)
