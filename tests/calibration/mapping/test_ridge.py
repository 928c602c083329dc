import numpy as np
import pytest

from calibration.mapping.kernel_ridge import block_kernel, weighted_kernel
from calibration.mapping.ridge import within_reach
from calibration.mapping.ridge_fit import fit_ridge, solve
from calibration.samples.selection import TargetMean
from tests.support.calibration_eye import GRID, SCREEN, LinearEye, means
from tests.support.plain_ridge import FEATURES, RNG, TARGETS, WEIGHTS, textbook_ridge


@pytest.mark.parametrize("lam", [0.01, 1.0, 300.0])
def test_the_dual_solution_equals_the_textbook_ridge(lam: float) -> None:
    model = solve(FEATURES, TARGETS, WEIGHTS, lam)
    x = {"eye_patches": RNG.normal(size=40) + 5.0, "iris": RNG.normal(size=4) - 2.0}
    joined = np.concatenate([weight * x[name] for name, weight in WEIGHTS.items()])
    assert model.predict(x) == pytest.approx(within_reach(*textbook_ridge(FEATURES, TARGETS, lam, joined)), abs=1e-6)


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
    looked = means(eye)
    glanced = [*looked[:7], TargetMean(7, GRID[7], eye.blocks(0.5, 0.5), 1, 1), looked[8]]
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


def test_the_variance_is_that_of_the_gaussian_process_with_the_same_kernel() -> None:
    lam = 3.0
    model = solve(FEATURES, TARGETS, WEIGHTS, lam)
    x = {"eye_patches": RNG.normal(size=40) + 5.0, "iris": RNG.normal(size=4) - 2.0}
    centred = {name: values - values.mean(axis=0) for name, values in FEATURES.items()}
    here = {name: x[name] - FEATURES[name].mean(axis=0) for name in x}
    kernel = weighted_kernel({name: block_kernel(values) for name, values in FEATURES.items()}, WEIGHTS)
    beside = sum(w**2 * centred[name] @ here[name] for name, w in WEIGHTS.items())
    length = sum(w**2 * float(here[name] @ here[name]) for name, w in WEIGHTS.items())
    expected = lam * (1 + 1 / 9) + length - beside @ np.linalg.solve(kernel + lam * np.eye(9), beside)
    assert model.variance(x) == pytest.approx(expected)


def test_the_variance_grows_with_the_distance_from_the_calibrated_poses() -> None:
    eye = LinearEye(noise=0.05)
    model = fit_ridge(means(eye), SCREEN)
    blocks = eye.blocks(0.5, 0.5)
    turned = [
        model.variance({**blocks, "head_rotation": np.array([0.0, angle, 0.0], np.float32)})
        for angle in (0.0, 0.1, 0.3)
    ]
    assert turned[0] < turned[1] < turned[2]


def test_each_target_s_left_out_error_is_kept_doubtful_ones_included() -> None:
    eye = LinearEye(noise=0.1)
    looked = means(eye)
    glanced = [*looked[:7], TargetMean(7, GRID[7], eye.blocks(0.5, 0.5), 1, 1), looked[8]]
    model = fit_ridge(glanced, SCREEN)
    assert model.doubtful == (7,)
    assert np.isfinite(model.left_out).all()
    assert int(np.argmax(np.linalg.norm(model.left_out, axis=1))) == 7
    assert np.flatnonzero(np.isinf(model.left_out_variance)).tolist() == [7]
