import math
from collections.abc import Callable

import numpy as np
import pytest

from calibration.arrays import Array
from calibration.quality.conformal import POPULATION, Scores, scores_of, weighted_quantile

Draw = Callable[[np.random.Generator, int], Array]


def rayleigh(rng: np.random.Generator, n: int) -> Array:
    return rng.rayleigh(math.sqrt(0.5), n)


def heavy(rng: np.random.Generator, n: int) -> Array:
    """Errors in two dimensions with the tails of Student's t with two degrees of freedom."""
    return 0.6 * np.linalg.norm(rng.standard_t(2.0, (n, 2)), axis=1)


def one_in_ten(rng: np.random.Generator, n: int) -> Array:
    return rayleigh(rng, n) * np.where(rng.random(n) < 0.1, 10.0, 1.0)


@pytest.mark.parametrize("n_targets", [5, 9, 16])
@pytest.mark.parametrize("draw", [rayleigh, heavy, one_in_ten])
def test_the_quantile_covers_its_share_of_later_frames_with_any_distribution(n_targets: int, draw: Draw) -> None:
    rng = np.random.default_rng(0)
    later = draw(rng, 2000)
    inside = []
    for _ in range(400):
        scores = scores_of([(draw(rng, 1), np.ones(1)) for _ in range(n_targets)])
        inside.append(np.mean(later <= scores.quantile(0.68)))
    assert np.mean(inside) == pytest.approx(0.68, abs=0.08)


def test_a_target_of_many_frames_counts_like_one_of_few() -> None:
    near, far = (np.full(100, 0.1), np.full(100, 0.01)), (np.array([5.0]), np.ones(1))
    assert scores_of([near, far, far]).quantile(0.5) > 1.0


def test_few_targets_are_drawn_to_normal_errors() -> None:
    (only,) = [scores_of([(np.array([9.0]), np.ones(1))])]
    assert only.n_targets == 1.0 + POPULATION
    assert only.quantile(0.5) < 3.0


def test_the_median_of_frames_of_different_scale_lies_between_their_medians() -> None:
    scores = scores_of([(rayleigh(np.random.default_rng(1), 50), np.full(50, 0.02)) for _ in range(20)])
    small, large = scores.median_of(np.array([10.0])), scores.median_of(np.array([30.0]))
    assert large == pytest.approx(3.0 * small)
    assert small < scores.median_of(np.array([10.0, 30.0])) < large


def test_a_share_that_no_score_reaches_gives_the_largest() -> None:
    assert Scores(np.array([1.0, 2.0]), np.ones(2), 2.0).quantile(0.9) == 2.0
    assert weighted_quantile(np.array([3.0, 1.0, 2.0]), np.ones(3), 0.5) == pytest.approx(2.0)
