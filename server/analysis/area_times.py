"""When an area of interest counts, and the parts of fixations in that time. Pure.

Times are ms; those of one call are on one clock. A part of a fixation at an edge of a time counts if it has
MIN_FIXATION_MS, or if it is the whole fixation.
"""

from __future__ import annotations

import math
from collections.abc import Iterable

import numpy as np
import numpy.typing as npt

from server.events.fixation_detector import MIN_FIXATION_MS

Floats = npt.NDArray[np.float64]
Times = tuple[tuple[float, float], ...]  # beginnings and ends, ascending, without overlap
ALWAYS: Times = ((-math.inf, math.inf),)


def parts_in(start_ms: Floats, end_ms: Floats, times: Times) -> tuple[Floats, Floats]:
    """Start and end of the counted part of each fixation (n,); both are its start where nothing counts.

    A fixation that reaches into several times counts in the one in which it lies longest.
    """
    first, last = start_ms.copy(), start_ms.copy()
    for begin, end in times:
        cut_start, cut_end = np.maximum(start_ms, begin), np.minimum(end_ms, end)
        longer = cut_end - cut_start > last - first
        first, last = np.where(longer, cut_start, first), np.where(longer, cut_end, last)
    whole = (first == start_ms) & (last == end_ms)
    counts = whole | (last - first >= MIN_FIXATION_MS)
    return np.where(counts, first, start_ms), np.where(counts, last, start_ms)


def overlap_ms(times: Times, begin_ms: float, end_ms: float) -> float:
    """How much of the time from begin_ms to end_ms is in these times."""
    return math.fsum(max(min(end, end_ms) - max(begin, begin_ms), 0.0) for begin, end in times)


def first_in(times: Times, begin_ms: float, end_ms: float) -> float:
    """The beginning of the first of these times that reaches into the time from begin_ms to end_ms."""
    return next(begin for begin, end in times if min(end, end_ms) > max(begin, begin_ms))


def joined(times: Iterable[tuple[float, float]]) -> Times:
    """Ascending times, with those joined that touch."""
    found: list[tuple[float, float]] = []
    for begin, end in times:
        if found and found[-1][1] == begin:
            begin = found.pop()[0]
        found.append((begin, end))
    return tuple(found)


def shifted(times: Times, by_ms: float) -> Times:
    return tuple((begin + by_ms, end + by_ms) for begin, end in times)
