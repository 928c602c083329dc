"""Means over people with their 95 % intervals. Pure.

Recordings of the same person are averaged first, because they are not independent. The interval of a mean is that of
Student's t over people. That of a share of people is Wilson's, which stays within 0..1 and is not empty for 0 or all.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass

from server.analysis.metrics import Metrics

# 97.5 % quantiles of Student's t with 1 to 30 degrees of freedom. Only scipy has them, and nothing else here needs it.
_T_975 = (
    *(12.7062, 4.3027, 3.1824, 2.7764, 2.5706, 2.4469, 2.3646, 2.3060, 2.2622, 2.2281),
    *(2.2010, 2.1788, 2.1604, 2.1448, 2.1314, 2.1199, 2.1098, 2.1009, 2.0930, 2.0860),
    *(2.0796, 2.0739, 2.0687, 2.0639, 2.0595, 2.0555, 2.0518, 2.0484, 2.0452, 2.0423),
)
_Z_975 = 1.959964
AVERAGED = tuple(name for name in Metrics.__dataclass_fields__ if name != "looked")


@dataclass(frozen=True, slots=True)
class Estimate:
    """n: people with a value. low, high: the 95 % interval; None with fewer than two people."""

    mean: float | None
    low: float | None
    high: float | None
    n: int


def group_metrics(of_people: Sequence[tuple[str, Metrics]]) -> dict[str, Estimate]:
    """The estimates of one area. of_people: the person and the metrics of each recording."""
    by_person: dict[str, list[Metrics]] = {}
    for person, metrics in of_people:
        by_person.setdefault(person, []).append(metrics)
    looked = sum(any(one.looked for one in several) for several in by_person.values())
    tables = [[asdict(one) for one in several] for several in by_person.values()]
    estimates = {"looked": proportion(looked, len(by_person))}
    for name in AVERAGED:
        means = [mean for several in tables if (mean := _mean([one[name] for one in several])) is not None]
        estimates[name] = mean_estimate(means)
    return estimates


def mean_estimate(values: Sequence[float]) -> Estimate:
    n = len(values)
    if n == 0:
        return Estimate(None, None, None, 0)
    mean = math.fsum(values) / n
    if n == 1:
        return Estimate(mean, None, None, 1)
    sd = math.sqrt(math.fsum((value - mean) ** 2 for value in values) / (n - 1))
    half = t_975(n - 1) * sd / math.sqrt(n)
    return Estimate(mean, mean - half, mean + half, n)


def proportion(count: int, n: int) -> Estimate:
    """Wilson's score interval."""
    if n == 0:
        return Estimate(None, None, None, 0)
    share, z2 = count / n, _Z_975**2
    middle = (share + z2 / (2 * n)) / (1 + z2 / n)
    half = _Z_975 / (1 + z2 / n) * math.sqrt(share * (1 - share) / n + z2 / (4 * n * n))
    return Estimate(share, max(middle - half, 0.0), min(middle + half, 1.0), n)


def t_975(freedom: int) -> float:
    """The 97.5 % quantile of Student's t; above 30 degrees of freedom by the expansion in 1/freedom, to 4 digits."""
    if freedom <= len(_T_975):
        return _T_975[freedom - 1]
    z = _Z_975
    return z + (z**3 + z) / (4 * freedom) + (5 * z**5 + 16 * z**3 + 3 * z) / (96 * freedom**2)


def _mean(values: Sequence[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return math.fsum(known) / len(known) if known else None


def by_name(estimates: Mapping[str, Estimate]) -> dict[str, dict[str, float | int | None]]:
    return {name: asdict(estimate) for name, estimate in estimates.items()}
