import numpy as np
import pytest

from calibration.mapping.ray_affine import fit_ray_affine
from calibration.samples.selection import TargetMean
from calibration.screen import ScreenGeometry
from tests.support.calibration_eye import GRID, PHYSICAL, looking_at


def dots(gain: float = 1.0, bias: float = 0.0, noise: float = 0.0, seed: int = 0) -> list[TargetMean]:
    """True rays of a face, with angles of this gain and bias."""
    rng = np.random.default_rng(seed)
    found = []
    for i, place in enumerate(GRID):
        blocks = looking_at(*place)
        angles = gain * blocks["gaze_angles"] + bias + noise * rng.normal(size=2)
        found.append(TargetMean(i, place, {**blocks, "gaze_angles": angles.astype(np.float32)}, 1, 1))
    return found


def test_a_true_ray_stays_as_it_is_even_from_another_place() -> None:
    model = fit_ray_affine(dots(), PHYSICAL)
    moved = looking_at(0.3, 0.7, face=(-60.0, 40.0, 480.0))
    assert model.predict(moved) == pytest.approx((0.3, 0.7), abs=0.005)


def test_gain_and_bias_of_the_angles_are_corrected() -> None:
    model = fit_ray_affine(dots(gain=0.8, bias=0.05), PHYSICAL)
    blocks = looking_at(0.4, 0.6)
    seen = {**blocks, "gaze_angles": (0.8 * blocks["gaze_angles"] + 0.05).astype(np.float32)}
    assert model.predict(seen) == pytest.approx((0.4, 0.6), abs=0.03)


def test_the_gain_of_few_noisy_dots_stays_near_the_ray_s() -> None:
    three = [dots(noise=0.15, seed=seed)[:3] for seed in range(20)]
    gains = np.array([fit_ray_affine(some, PHYSICAL).gain for some in three])
    assert np.abs(np.median(gains, axis=0) - np.eye(2)).max() < 0.6


def test_left_out_errors_are_those_of_a_fit_without_the_target() -> None:
    some = dots(gain=0.9, noise=0.03)
    model = fit_ray_affine(some, PHYSICAL)
    for i, mean in enumerate(some):
        rest = fit_ray_affine([*some[:i], *some[i + 1 :]], PHYSICAL)
        error = np.subtract(mean.target, rest.predict(mean.blocks))
        assert model.left_out[i] == pytest.approx(error, abs=0.02)  # lambda is that of all targets


def test_a_screen_of_unknown_size_and_angles_that_are_not_finite_have_an_answer() -> None:
    unknown = ScreenGeometry(1920, 1080)
    model = fit_ray_affine(dots(), unknown)
    assert model.predict(looking_at(0.4, 0.6)) == pytest.approx((0.4, 0.6), abs=0.05)
    blocks = {**looking_at(0.4, 0.6), "gaze_angles": np.full(2, np.nan, np.float32)}
    assert model.predict(blocks) == pytest.approx(tuple(np.mean(GRID, axis=0)))


def test_too_few_dots_and_dots_without_angles_are_refused() -> None:
    with pytest.raises(ValueError, match="needs 3"):
        fit_ray_affine(dots()[:2], PHYSICAL)
    blind = [TargetMean(m.target_id, m.target, {"iris": np.ones(4, np.float32)}, 1, 1) for m in dots()]
    with pytest.raises(ValueError, match="no gaze angles"):
        fit_ray_affine(blind, PHYSICAL)
