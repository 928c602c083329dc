import numpy as np
import pytest

from calibration.mapping.features import NETWORK_BLOCKS
from calibration.mapping.ridge_fit import fit_ridge
from calibration.quality.methods import METHODS, fit_ridge_iris, left_out_predictions, quick_left_out
from tests.support.calibration_eye import GRID, SCREEN, LinearEye, means


def test_the_methods_have_the_names_that_reports_and_evaluations_use() -> None:
    assert list(METHODS) == [
        *("centre", "head_pose", "offset", "affine", "ray_affine", "ridge_iris", "ridge", "mixture")
    ]


def test_ridge_iris_answers_without_any_block_of_a_network() -> None:
    eye = LinearEye()
    model = fit_ridge_iris(means(eye), SCREEN)
    assert not NETWORK_BLOCKS & set(model.ridge.coefficients)
    blocks = {name: values for name, values in eye.blocks(0.3, 0.6).items() if name not in NETWORK_BLOCKS}
    assert model.predict(blocks) == pytest.approx((0.3, 0.6), abs=0.02)


@pytest.mark.parametrize("name", list(METHODS))
@pytest.mark.parametrize("n_targets", [1, 2, 3, 4])
def test_every_method_gives_a_finite_answer_from_few_targets(name: str, n_targets: int) -> None:
    eye = LinearEye(noise=0.2)
    fitted = METHODS[name](means(eye, GRID[:n_targets]), SCREEN)
    assert np.isfinite(fitted.predict(eye.blocks(0.7, 0.7))).all()


def test_left_out_predictions_come_from_fits_that_never_saw_the_target() -> None:
    eye = LinearEye(noise=0.2)
    all_means = means(eye)
    predictions = left_out_predictions(fit_ridge, all_means, SCREEN)
    expected = fit_ridge([*all_means[:4], *all_means[5:]], SCREEN).predict(all_means[4].blocks)
    assert predictions[4] == expected
    assert len(predictions) == 9


def test_on_a_noisy_eye_the_order_is_ridge_then_affine_then_centre() -> None:
    eye = LinearEye(seed=2, noise=0.25)
    all_means = means(eye)
    places = np.random.default_rng(0).uniform(size=(80, 2))
    frames = [eye.blocks(*place) for place in places]
    error = {}
    for name in ("centre", "affine", "ridge", "mixture"):
        fitted = METHODS[name](all_means, SCREEN)
        misses = [np.subtract(fitted.predict(blocks), place) for blocks, place in zip(frames, places, strict=True)]
        error[name] = np.median(np.hypot(*np.transpose(misses)))
    assert error["mixture"] < error["affine"] < error["centre"]
    assert error["ridge"] < error["affine"]


def test_closed_form_left_out_points_are_near_those_of_refits() -> None:
    for fit in (METHODS["mixture"], METHODS["ridge"], METHODS["ray_affine"], fit_ridge_iris):
        apart, errors = [], []
        for seed in range(4):  # of one person, another choice of the stage in a single refit says nothing
            all_means = means(LinearEye(seed=seed, noise=0.25))
            quick = np.array(quick_left_out(fit, all_means, SCREEN))
            slow = np.array(left_out_predictions(fit, all_means, SCREEN))
            apart.append(np.linalg.norm(quick - slow, axis=1))
            errors.append(np.linalg.norm(slow - [mean.target for mean in all_means], axis=1))
        assert np.mean(apart) < 0.35 * np.mean(errors)


def test_plain_methods_are_fitted_again_without_each_target() -> None:
    all_means = means(LinearEye(noise=0.2))
    assert quick_left_out(METHODS["affine"], all_means, SCREEN) == left_out_predictions(
        METHODS["affine"], all_means, SCREEN
    )
