from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy import stats

from server.analysis.groups import group_metrics, mean_estimate, proportion, t_975
from server.analysis.metrics import Metrics

NEVER = Metrics(False, 0, None, None, 0.0, None, 0, 0, 0.0, None, 0.0, None, 0.0, 1000.0)


def looked(first_ms: float) -> Metrics:
    return replace(NEVER, looked=True, fixation_count=2, time_to_first_fixation_ms=first_ms)


@pytest.mark.parametrize("freedom", [*range(1, 33), 50, 99, 199])
def test_the_quantiles_are_those_of_scipy(freedom: int) -> None:
    assert t_975(freedom) == pytest.approx(stats.t.ppf(0.975, freedom), abs=2e-4)


def test_a_mean_has_the_interval_of_scipy() -> None:
    values = [310.0, 420.0, 515.0, 290.0, 700.0]
    found = mean_estimate(values)
    expected = stats.t.interval(0.95, 4, loc=np.mean(values), scale=stats.sem(values))
    assert (found.mean, found.n) == (447.0, 5)
    assert (found.low, found.high) == pytest.approx(expected, rel=1e-4)


@pytest.mark.parametrize(("count", "n"), [(0, 4), (4, 4), (3, 10), (1, 1)])
def test_a_share_of_people_has_wilsons_interval(count: int, n: int) -> None:
    expected = stats.binomtest(count, n).proportion_ci(method="wilson")
    found = proportion(count, n)
    assert (found.mean, found.low, found.high) == pytest.approx((count / n, expected.low, expected.high), abs=1e-6)


def test_recordings_of_one_person_count_as_one() -> None:
    found = group_metrics([("Ada", looked(100.0)), ("Ada", looked(300.0)), ("Ben", looked(400.0)), ("Cy", NEVER)])
    first = found["time_to_first_fixation_ms"]
    assert (first.mean, first.n) == (300.0, 2), "Cy never looked, so there is no time"
    assert (found["looked"].mean, found["looked"].n) == (pytest.approx(2 / 3), 3)
    assert found["fixation_count"].n == 3


def test_one_person_has_a_mean_and_no_interval() -> None:
    one = mean_estimate([5.0])
    assert (one.mean, one.low, one.high, one.n) == (5.0, None, None, 1)
    nothing = mean_estimate([])
    assert (nothing.mean, nothing.n) == (None, 0)
    assert proportion(0, 0).mean is None
