"""The fixations of one person on one stimulus, in its own units, and the areas that they hit. Pure.

1. A fixation counts as far as it lies in the time that the stimulus was shown. What is left of one at an edge of that
   time counts if it has MIN_FIXATION_MS. So a fixation that began before the onset starts at 0. The same holds for the
   time of an area: that of its `span_ms`, or, for one that a page reported, the time in which the reports have it.
2. A fixation hits each area that contains its centre. If none does, it hits the area in which it most probably was,
   provided that this is at least half as probable as for a gaze at the middle of that area. Beside a large area this
   adds nothing. To an area smaller than the person's error, it adds a margin.
3. The probability comes from the person's own error (`server.analysis.quality.Accuracy`), a normal distribution around
   the centre of the fixation.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from server.analysis.area_times import Times, joined, parts_in, shifted
from server.analysis.request import AreaOfInterest
from server.analysis.shapes import Shape, certainty_in_middle, contained, probability
from server.analysis.stimuli import Presentation, whole_recording
from server.analysis.timeline import Timeline

Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]
REACHED = 0.5


@dataclass(frozen=True, slots=True)
class Look:
    """The fixations of one showing. Arrays (n,): start_ms, end_ms from the onset; x, y in units of the stimulus.

    screen_x, screen_y: its centre on the screen. elsewhere: (k, 2) start and end of the fixations outside the visible
    part of a page. from_ms: the analysed part begins so long after the onset, and lasts shown_ms. lost_share: of its
    samples; None without samples.
    """

    shown: Presentation
    start_ms: Floats
    end_ms: Floats
    x: Floats
    y: Floats
    screen_x: Floats
    screen_y: Floats
    elsewhere: Floats
    from_ms: float
    shown_ms: float
    lost_share: float | None

    @property
    def duration_ms(self) -> Floats:
        return self.end_ms - self.start_ms

    @property
    def to_ms(self) -> float:
        """The end of the analysed part, from the onset."""
        return self.from_ms + self.shown_ms


@dataclass(frozen=True, slots=True)
class Hits:
    """Arrays (n fixations, m areas). main: (n,), the innermost area that each fixation hit, -1 for none.

    start_ms, end_ms: the part of each fixation in the time of each area, from the onset; equal where nothing counts.
    times: when each area counts.
    """

    hit: Bools
    probability: Floats
    main: npt.NDArray[np.int64]
    start_ms: Floats
    end_ms: Floats
    times: tuple[Times, ...]


def looks_at(line: Timeline, stimulus: str | None, span_ms: tuple[float, float] | None) -> list[Look]:
    """One for each showing of the stimulus; empty when the person did not see it."""
    shown = [whole_recording(line.duration_ms)] if stimulus is None else [s for s in line.stimuli if s.name == stimulus]
    return [look for one in shown if (look := _look(line, one, span_ms)) is not None]


def _look(line: Timeline, shown: Presentation, span_ms: tuple[float, float] | None) -> Look | None:
    begin_ms, end_ms = shown.start_ms, shown.end_ms
    if span_ms is not None:
        begin_ms, end_ms = begin_ms + span_ms[0], min(end_ms, begin_ms + span_ms[1])
    if begin_ms >= end_ms:
        return None
    fixations = line.fixations
    start, end = parts_in(fixations.start_ms, fixations.end_ms, ((begin_ms, end_ms),))
    counts = end > start
    visible = np.ones(len(fixations), np.bool_)
    if shown.view is not None:
        x, y, width, height = shown.view
        visible = Shape("rectangle", ((x, y), (x + width, y + height))).contains(fixations.x, fixations.y)
    chosen = counts & visible
    place = shown.place_at((start[chosen] + end[chosen]) / 2.0)
    sampled = (line.samples.time_ms >= begin_ms) & (line.samples.time_ms < end_ms)
    return Look(
        shown=shown,
        start_ms=start[chosen] - shown.start_ms,
        end_ms=end[chosen] - shown.start_ms,
        x=(fixations.x[chosen] - place[:, 0]) / place[:, 2],
        y=(fixations.y[chosen] - place[:, 1]) / place[:, 3],
        screen_x=fixations.x[chosen],
        screen_y=fixations.y[chosen],
        elsewhere=np.stack([start, end], axis=1)[counts & ~visible] - shown.start_ms,
        from_ms=begin_ms - shown.start_ms,
        shown_ms=end_ms - begin_ms,
        lost_share=float((~line.samples.valid[sampled]).mean()) if sampled.any() else None,
    )


def gaze_points(line: Timeline, look: Look) -> tuple[Floats, Floats]:
    """x and y of the valid samples while the stimulus was shown, in its units."""
    begin_ms = look.shown.start_ms + look.from_ms
    samples = line.samples
    chosen = (samples.time_ms >= begin_ms) & (samples.time_ms < begin_ms + look.shown_ms) & samples.valid
    place = look.shown.place_at(samples.time_ms[chosen])
    return (samples.x[chosen] - place[:, 0]) / place[:, 2], (samples.y[chosen] - place[:, 1]) / place[:, 3]


class Areas:
    """The areas of one person: those that were drawn, and those that a page reported. Each has its own time.

    names: in this order, the drawn ones first. certainty: of each, for a gaze at its middle; None where there is none.
    """

    def __init__(
        self, line: Timeline, drawn: Sequence[AreaOfInterest], *, reported: bool, size_px: tuple[float, float]
    ):
        sigma_px = 0.0 if line.accuracy is None else line.accuracy.sigma_px
        self._line = line
        self._drawn = drawn
        self._sigma = (sigma_px / size_px[0], sigma_px / size_px[1])
        self._screen_sigma = (sigma_px / line.screen.width_px, sigma_px / line.screen.height_px)
        self._reported = [_by_name(one.areas) for one in line.areas] if reported else []
        self._reported_at_ms = np.array([one.at_ms for one in line.areas])
        bounds = [*self._reported_at_ms.tolist(), math.inf]
        taken = {area.name for area in drawn}
        names = dict.fromkeys(name for shapes in self._reported for name in shapes if name not in taken)
        self.reported_names: tuple[str, ...] = tuple(names)
        self._reported_times = [
            joined((bounds[k], bounds[k + 1]) for k, shapes in enumerate(self._reported) if name in shapes)
            for name in names
        ]
        self.names: tuple[str, ...] = (*(area.name for area in drawn), *names)
        self.certainty: tuple[float, ...] = (
            *(certainty_in_middle([area.form], self._sigma) for area in drawn),
            *(self._certainty_of_reported(name) for name in names),
        )
        sizes_px2 = [_size([area.form]) * size_px[0] * size_px[1] for area in drawn] + [
            self._size_of_reported(name) * line.screen.width_px * line.screen.height_px for name in names
        ]
        self._sizes_px2 = np.round(sizes_px2, 3)  # of two that are equally large, the first one counts

    def hits(self, look: Look) -> Hits:
        n, m = len(look.x), len(self.names)
        inside, chance = np.zeros((n, m), np.bool_), np.zeros((n, m))
        times = tuple(self._times(look))
        start, end = np.zeros((n, m)), np.zeros((n, m))
        for number in range(m):
            start[:, number], end[:, number] = parts_in(look.start_ms, look.end_ms, times[number])
        for number, area in enumerate(self._drawn):
            inside[:, number] = area.form.contains(look.x, look.y)
            chance[:, number] = probability([area.form], look.x, look.y, self._sigma)
        self._add_reported(look, (start + end) / 2.0, inside, chance)
        inside, chance = inside & (end > start), np.where(end > start, chance, 0.0)
        if not m:
            return Hits(inside, chance, np.full(n, -1, np.int64), start, end, times)
        rows, best = np.arange(n), chance.argmax(axis=1)
        most = chance[rows, best]
        near = ~inside.any(axis=1) & (most > 0.0) & (most >= REACHED * np.array(self.certainty)[best])
        inside[rows[near], best[near]] = True
        smallest = np.where(inside, self._sizes_px2, np.inf).argmin(axis=1)
        main = np.where(inside.any(axis=1), smallest, -1).astype(np.int64)
        return Hits(inside, chance, main, start, end, times)

    def _times(self, look: Look) -> Iterator[Times]:
        """When each area counts, from the onset of this showing."""
        for area in self._drawn:
            yield area.times
        for there in self._reported_times:
            yield shifted(there, -look.shown.start_ms)

    def _add_reported(self, look: Look, middle_ms: Floats, inside: Bools, chance: Floats) -> None:
        """middle_ms: (n, m) of the parts of fixations, from the onset. Fills the columns of reported areas."""
        at_ms = middle_ms + look.shown.start_ms
        for column, name in enumerate(self.reported_names, start=len(self._drawn)):
            epoch = np.searchsorted(self._reported_at_ms, at_ms[:, column], side="right") - 1
            for number in np.unique(epoch[epoch >= 0]).tolist():
                shapes = self._reported[number].get(name, [])
                if not shapes:
                    continue
                rows = np.flatnonzero(epoch == number)
                x, y = look.screen_x[rows], look.screen_y[rows]
                inside[rows, column] = contained(shapes, x, y)
                chance[rows, column] = probability(shapes, x, y, self._screen_sigma)

    def _certainty_of_reported(self, name: str) -> float:
        found = (shapes[name] for shapes in self._reported if name in shapes)
        return max((certainty_in_middle(shapes, self._screen_sigma) for shapes in found), default=0.0)

    def _size_of_reported(self, name: str) -> float:
        return max(_size(shapes[name]) for shapes in self._reported if name in shapes)


def _size(shapes: Sequence[Shape]) -> float:
    """The summed sizes of the boxes."""
    boxes = [shape.box for shape in shapes]
    return sum((right - left) * (bottom - top) for left, top, right, bottom in boxes)


def _by_name(areas: Sequence[tuple[str, float, float, float, float]]) -> dict[str, list[Shape]]:
    """The rectangles of each area; empty ones are left out."""
    shapes: dict[str, list[Shape]] = {}
    for name, x, y, width, height in areas:
        if width > 0.0 and height > 0.0:
            shapes.setdefault(name, []).append(Shape("rectangle", ((x, y), (x + width, y + height))))
    return shapes
