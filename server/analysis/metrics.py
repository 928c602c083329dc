"""The metrics of areas of interest, in the field's words, of one person on one stimulus. Pure.

    time there                 how long the area counted while the stimulus was shown; all else is about this time
    time to first fixation     from the onset, or from the beginning of the area's own time, to the start of the first
                               fixation on the area
    first fixation duration    of that fixation
    fixation count, total and mean fixation duration     `fixation_ms` is the total
    visit                      successive fixations on the area, with no gap above LONGEST_GAP_MS and no other fixation,
                               also none outside the visible part of a page
    dwell                      the duration of a visit, from the start of its first fixation to the end of its last
    revisits                   visits after the first of the same showing
    share                      fixation time on the area over all the person's fixation time while the area was there
    certainty                  mean probability that the counted fixations were in the area, weighted by duration
    expected_ms                sum over all fixations of probability times duration

With several showings, counts and times are summed; times to first fixations and their durations are means over the
showings in which the person looked. Definitions: Holmqvist et al. 2011, Eye Tracking; Tobii Pro Lab's manual.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from server.analysis.area_times import first_in, overlap_ms, parts_in
from server.analysis.looks import Hits, Look

Floats = npt.NDArray[np.float64]
LONGEST_GAP_MS = 500.0  # a longer gap between two fixations is lost data, and the gaze may have been elsewhere


@dataclass(frozen=True, slots=True)
class Metrics:
    """None: not defined, as the time to the first fixation of a person who never looked.

    certainty, expected_ms: None also when the person's error is unknown.
    """

    looked: bool
    fixation_count: int
    time_to_first_fixation_ms: float | None
    first_fixation_duration_ms: float | None
    fixation_ms: float
    mean_fixation_ms: float | None
    visits: int
    revisits: int
    dwell_ms: float
    mean_dwell_ms: float | None
    share: float | None
    certainty: float | None
    expected_ms: float | None
    there_ms: float


def area_metrics(looks: Sequence[Look], hits: Sequence[Hits], number: int, *, error_known: bool) -> Metrics | None:
    """The metrics of the area with this number; None if it was never there. looks, hits: one for each showing."""
    count, visits, revisits = 0, 0, 0
    there_ms, fixation_ms, dwell_ms, expected_ms, sure_ms, all_ms = 0.0, 0.0, 0.0, 0.0, 0.0, 0.0
    firsts: list[tuple[float, float]] = []
    for look, of in zip(looks, hits, strict=True):
        times = of.times[number]
        there_here_ms = overlap_ms(times, look.from_ms, look.to_ms)
        if there_here_ms == 0.0:
            continue
        there_ms += there_here_ms
        on = np.flatnonzero(of.hit[:, number])
        start, end = of.start_ms[:, number], of.end_ms[:, number]
        duration = end - start
        elsewhere_start, elsewhere_end = parts_in(look.elsewhere[:, 0], look.elsewhere[:, 1], times)
        all_ms += float(duration.sum() + (elsewhere_end - elsewhere_start).sum())
        expected_ms += float((of.probability[:, number] * duration).sum())
        if not len(on):
            continue
        count += len(on)
        fixation_ms += float(duration[on].sum())
        sure_ms += float((of.probability[on, number] * duration[on]).sum())
        begins_ms = max(first_in(times, look.from_ms, look.to_ms), 0.0)
        firsts.append((float(start[on[0]]) - begins_ms, float(duration[on[0]])))
        spans = _visits(start[on], end[on], on, look.elsewhere[:, 0])
        visits += len(spans)
        revisits += len(spans) - 1
        dwell_ms += sum(end - start for start, end in spans)
    if there_ms == 0.0:
        return None
    return Metrics(
        looked=count > 0,
        fixation_count=count,
        time_to_first_fixation_ms=float(np.mean([start for start, _ in firsts])) if firsts else None,
        first_fixation_duration_ms=float(np.mean([duration for _, duration in firsts])) if firsts else None,
        fixation_ms=fixation_ms,
        mean_fixation_ms=fixation_ms / count if count else None,
        visits=visits,
        revisits=revisits,
        dwell_ms=dwell_ms,
        mean_dwell_ms=dwell_ms / visits if visits else None,
        share=fixation_ms / all_ms if all_ms > 0.0 else None,
        certainty=sure_ms / fixation_ms if fixation_ms > 0.0 and error_known else None,
        expected_ms=expected_ms if error_known else None,
        there_ms=there_ms,
    )


def sequence(hits: Sequence[Hits], names: Sequence[str]) -> list[str]:
    """The areas in the order of visits; fixations elsewhere are left out, and repetitions count once."""
    visited: list[str] = []
    for of in hits:
        last = -1
        for number in of.main[of.main >= 0].tolist():
            if number != last:
                visited.append(names[number])
            last = number
    return visited


def transitions(looks: Sequence[Look], hits: Sequence[Hits], n_areas: int) -> npt.NDArray[np.int64]:
    """(n + 1, n + 1) counts of successive fixations that moved from the area of the row to that of the column.

    The last row and column stand for no area, and for what is outside the visible part of a page. The diagonal is 0: a
    move within an area is none.
    """
    counts = np.zeros((n_areas + 1, n_areas + 1), np.int64)
    for look, of in zip(looks, hits, strict=True):
        order = np.argsort(np.r_[look.start_ms, look.elsewhere[:, 0]], kind="stable")
        main = np.r_[of.main, np.full(len(look.elsewhere), -1, np.int64)][order]
        main = np.where(main < 0, n_areas, main)
        np.add.at(counts, (main[:-1], main[1:]), 1)
    np.fill_diagonal(counts, 0)
    return counts


def _visits(starts: Floats, ends: Floats, on: npt.NDArray[np.int64], elsewhere: Floats) -> list[tuple[float, float]]:
    """Start and end of each visit.

    on: the numbers of the fixations on the area, ascending; starts, ends: theirs. elsewhere: starts of the fixations
    that have no number, because they are outside the visible part of a page; ascending.
    """
    outside = np.diff(np.searchsorted(elsewhere, starts)) > 0
    breaks = (np.diff(on) > 1) | outside | (starts[1:] - ends[:-1] > LONGEST_GAP_MS)
    first = np.flatnonzero(np.r_[True, breaks])
    last = np.r_[first[1:] - 1, len(on) - 1]
    return list(zip(starts[first].tolist(), ends[last].tolist(), strict=True))
