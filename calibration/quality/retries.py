"""Targets to show again: those with too few frames or unstable gaze, and extra ones where the error is largest."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping, Sequence
from typing import Literal

import numpy as np

from calibration.quality.error_model import place_factor
from calibration.quality.report import CalibrationReport
from calibration.samples.sample import CalibrationSample
from calibration.samples.selection import MIN_FRAMES_FOR_OUTLIERS, has_settled
from calibration.screen import Point, ScreenGeometry

Reason = Literal["few", "unstable", "doubtful", "extra"]

UNSTABLE_TIMES = 3.0  # the spread of a typical target
UNSTABLE_RAD = math.radians(2.0)  # a smaller spread is noise, even if the other targets have less
# The farthest of a target's frames are ignored: a moving eyelid shifts the line of sight of a frame by 15 degrees, and
# the selection drops it as an outlier. (With all frames, 6 of 30 calibrations of a rendered person with blinks repeated
# a target; without this share, none. Glances away for three tenths of the time or more are still found. From seven
# tenths on, the fit rejects the target.)
IGNORED_SHARE = 0.2
_LINE_OF_SIGHT = ("gaze_angles", "eye_angles")
EXTRA_APART = 0.16  # screen units; an extra target nearer to another one would add nothing
WORTH_AN_EXTRA = 1.1  # error at the place over the average error


def poor_targets(samples: Sequence[CalibrationSample], asked: Collection[int]) -> dict[int, Reason]:
    """The targets among `asked` with too few usable frames or too large a spread, with the reason."""
    by_target: dict[int, list[CalibrationSample]] = {target_id: [] for target_id in asked}
    for sample in samples:
        if sample.eyes_open and has_settled(sample) and sample.target_id in by_target:
            by_target[sample.target_id].append(sample)
    poor: dict[int, Reason] = {i: "few" for i, mine in by_target.items() if len(mine) < MIN_FRAMES_FOR_OUTLIERS}
    spreads = {i: _spread(mine) for i, mine in by_target.items() if i not in poor}
    if spreads:
        limit = max(UNSTABLE_RAD, UNSTABLE_TIMES * float(np.median(list(spreads.values()))))
        poor |= {i: "unstable" for i, spread in spreads.items() if spread > limit}
    return poor


def _spread(samples: Sequence[CalibrationSample]) -> float:
    """Root mean square distance of the line of sight from its median, rad, over the nearest frames; or 0."""
    name = next((name for name in _LINE_OF_SIGHT if all(name in sample.blocks for sample in samples)), None)
    if name is None:
        return 0.0
    angles = np.stack([sample.blocks[name] for sample in samples]).astype(np.float64)  # (N, 2)
    squares = np.sort(((angles - np.median(angles, axis=0)) ** 2).sum(axis=1))  # (N,)
    return float(np.sqrt(squares[: len(squares) - int(IGNORED_SHARE * len(squares))].mean()))


def extra_places(report: CalibrationReport, screen: ScreenGeometry, n: int) -> list[Point]:
    """Up to n places where a further target helps most: the expected error is high and no target is near.

    Greedy on a grid: the largest  error(x, y) * distance to the nearest target.  There are none if no place is worse
    than WORTH_AN_EXTRA times the average.
    """
    taken = [(target.x, target.y) for target in report.targets]
    grid = [(x, y) for y in np.linspace(0.1, 0.93, 9).tolist() for x in np.linspace(0.1, 0.9, 9).tolist()]
    errors: Mapping[Point, float] = {place: place_factor(*place, report.targets, screen) for place in grid}
    worst = [place for place in grid if errors[place] >= WORTH_AN_EXTRA]
    chosen: list[Point] = []
    for _ in range(n):
        gaps = {place: min((math.dist(place, other) for other in taken), default=1.0) for place in worst}
        free = [place for place in worst if gaps[place] >= EXTRA_APART]
        if not free:
            break
        best = max(free, key=lambda place: errors[place] * gaps[place])
        chosen.append((round(best[0], 4), round(best[1], 4)))
        taken.append(best)
    return chosen
