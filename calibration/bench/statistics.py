"""Shared by all benches: intervals over people, nearest ranks, rows of Markdown tables."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from calibration.arrays import Array

BOOTSTRAP = 2000


class Interval(NamedTuple):
    """A mean and its 95 % interval."""

    mean: float
    low: float
    high: float

    def text(self, digits: int) -> str:
        return f"{self.mean:.{digits}f} [{self.low:.{digits}f}, {self.high:.{digits}f}]"


def mean_interval(values: Array, seed: int = 0) -> Interval:
    """The mean over people, with the 2.5th and 97.5th percentile of the means of bootstrap samples of people.

    values: (P,), at least one.
    """
    rng = np.random.default_rng(seed)
    draws = values[rng.integers(0, len(values), (BOOTSTRAP, len(values)))].mean(axis=1)
    low, high = np.percentile(draws, [2.5, 97.5])
    return Interval(float(values.mean()), float(low), float(high))


def ratio_interval(errors: Array, reference: Array) -> Interval:
    """`mean_interval` of the ratios, by person. The mean is geometric: half and twice the error have equal weight.

    errors, reference: (P,), positive.
    """
    return Interval(*np.exp(mean_interval(np.log(errors / reference))).tolist())


def geometric_mean(ratios: Array) -> float:
    return float(np.exp(np.log(ratios).mean()))


def nearest_rank(ordered: Sequence[float], percent: float) -> float:
    """A percentile of ascending values by nearest rank; 0 without values."""
    return ordered[min(int(len(ordered) * percent / 100.0), len(ordered) - 1)] if ordered else 0.0


def table_head(names: Sequence[str]) -> str:
    """The first two lines of a Markdown table."""
    return f"{table_row(names)}\n{table_row(['---'] * len(names))}"


def table_row(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"
