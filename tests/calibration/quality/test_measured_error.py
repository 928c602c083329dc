"""The likely range of a median."""

from __future__ import annotations

import numpy as np
import pytest

from calibration.quality.measured_error import LIKELY, likely_range, median_of_targets, rank_from_each_end


def test_two_targets_have_no_likely_range_and_nine_have_that_from_the_third_smallest_to_the_third_largest() -> None:
    assert [rank_from_each_end(n) for n in (0, 1, 2, 3, 6, 9)] == [0, 0, 0, 1, 2, 3]
    assert likely_range([1.0, 2.0]) is None
    assert likely_range([9.0, 1.0, 8.0, 2.0, 7.0, 3.0, 6.0, 4.0, 5.0]) == (3.0, 7.0)


@pytest.mark.parametrize("n", [3, 6, 9, 13])
def test_the_likely_range_holds_the_median_of_all_places_as_often_as_it_says(n: int) -> None:
    rng = np.random.default_rng(n)
    ranges = [likely_range(rng.exponential(1.0, n).tolist()) for _ in range(2000)]
    held = np.mean([low <= np.log(2.0) <= high for low, high in filter(None, ranges)])
    assert LIKELY - 0.03 < held < 0.95


def test_a_target_with_many_frames_counts_no_more_than_one_with_few() -> None:
    assert median_of_targets([np.full(100, 9.0), np.array([1.0]), np.array([2.0, 2.0])]) == pytest.approx(2.0, abs=0.6)
