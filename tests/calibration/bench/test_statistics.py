import numpy as np
import pytest

from calibration.bench.statistics import (
    Interval,
    geometric_mean,
    mean_interval,
    nearest_rank,
    ratio_interval,
    table_head,
    table_row,
)


def test_an_interval_holds_its_mean_and_narrows_with_more_people() -> None:
    rng = np.random.default_rng(1)
    few, many = (mean_interval(rng.normal(5.0, 1.0, n)) for n in (10, 1000))
    for mean, low, high in (few, many):
        assert low < mean < high
    assert many[2] - many[1] < 0.3 * (few[2] - few[1])


def test_a_ratio_is_paired_and_half_the_error_undoes_twice_the_error() -> None:
    errors, reference = np.array([2.0, 1.0, 3.0]), np.array([1.0, 2.0, 3.0])
    assert ratio_interval(errors, reference).mean == pytest.approx(1.0)
    assert geometric_mean(errors / reference) == pytest.approx(1.0)
    assert ratio_interval(errors, errors) == pytest.approx((1.0, 1.0, 1.0))


def test_percentiles_are_by_nearest_rank() -> None:
    values = [float(n) for n in range(1, 101)]
    assert [nearest_rank(values, percent) for percent in (50, 99, 100)] == [51.0, 100.0, 100.0]
    assert nearest_rank([], 50) == 0.0


def test_tables_are_markdown() -> None:
    assert table_head(["a", "b"]) == "| a | b |\n| --- | --- |"
    assert table_row(["x", Interval(1.0, 0.5, 1.5).text(2)]) == "| x | 1.00 [0.50, 1.50] |"
