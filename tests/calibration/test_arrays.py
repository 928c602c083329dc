import numpy as np
import pytest

from calibration.arrays import robust_sd


def test_the_robust_sd_of_normal_values_is_their_sd() -> None:
    values = np.random.default_rng(0).normal(3.0, 2.0, 20_000)
    assert float(robust_sd(np.abs(values - np.median(values)))) == pytest.approx(2.0, rel=0.03)


def test_nearly_half_of_the_values_may_be_wrong_by_any_amount() -> None:
    values = np.random.default_rng(0).normal(0.0, 1.0, 1_000)
    values[:400] = 1e9
    assert float(robust_sd(np.abs(values - np.median(values)))) < 5.0


def test_an_axis_can_be_kept() -> None:
    assert robust_sd(np.ones((2, 5)), axis=1, keepdims=True).shape == (2, 1)
    assert float(robust_sd([1.0, 2.0, 3.0])) == pytest.approx(2.9652)
