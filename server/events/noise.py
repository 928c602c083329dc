"""Estimates the noise of the gaze from frame to frame while the eye is still. Event thresholds are multiples of it.

A webcam's gaze has a noise of 0.5 to 4 % of the screen. This is ten times that of a laboratory's tracker, and differs
with person and light. A fixed threshold would miss saccades or detect false ones.

1. From the calibration: the distances of each target's points from their median, over all targets, give the standard
   deviation of each axis. It comes from the median absolute deviation, so a glance away has no effect.
2. From the gaze, for a calibration without frames (a saved profile): the steps between points STEP_MS apart, whose
   errors are nearly independent. Such a step is |N(0, 2 s^2)|, and 40 % of them are below 0.524 sqrt(2) s. Only about
   that many are surely free of saccades, so this quantile gives s. The result is up to 1.5 times too large. So if both
   estimates exist, this one counts only when it is larger by more than that factor, for example in worse light.
"""

from __future__ import annotations

import math
import statistics
from bisect import bisect_left, insort
from collections import defaultdict, deque
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from calibration.arrays import robust_sd
from calibration.calibration import Calibration
from calibration.samples.sample import CalibrationSample
from calibration.screen import ScreenPoint

Floats = npt.NDArray[np.float64]
STEP_MS, LONGEST_STEP_MS = 120.0, 250.0  # during a longer step the eye may have moved
STEP_WINDOW = 150  # five seconds of 30 frames/s: about fifteen fixations
MIN_STEPS = 20
QUANTILE, QUANTILE_SD = 0.4, 0.524
TRUSTED_STEPS = 1.5


@dataclass(frozen=True, slots=True)
class Noise:
    """Standard deviation of one frame's unfiltered point, in screen units."""

    x: float
    y: float

    def raised_to(self, steps: Noise | None) -> Noise:
        if steps is None:
            return self
        return Noise(max(self.x, steps.x / TRUSTED_STEPS), max(self.y, steps.y / TRUSTED_STEPS))


TYPICAL = Noise(0.02, 0.03)  # until there is an estimate; with webcams, vertical noise is always larger
# Below LEAST, frames are repeated rather than precise. Above MOST, no saccade on the screen would be detected.
LEAST, MOST = 0.004, 0.06


def limited(noise: Noise) -> Noise:
    return Noise(min(max(noise.x, LEAST), MOST), min(max(noise.y, LEAST), MOST))


def calibration_noise(calibration: Calibration, samples: Sequence[CalibrationSample], settle_ms: float) -> Noise | None:
    """The noise in the frames of a calibration; None when no target has enough frames."""
    by_target: dict[int, list[tuple[float, float]]] = defaultdict(list)
    for sample in samples:
        arrived_ms = sample.captured_ms - settle_ms if sample.arrived_ms is None else sample.arrived_ms
        if sample.eyes_open and sample.captured_ms - arrived_ms >= settle_ms:
            point = calibration.predict(sample.blocks)
            by_target[sample.target_id].append((point.x, point.y))
    away: tuple[list[float], list[float]] = ([], [])
    for points in by_target.values():
        if len(points) < 3:
            continue
        for axis in (0, 1):
            middle = statistics.median(point[axis] for point in points)
            away[axis].extend(abs(point[axis] - middle) for point in points)
    if not away[0]:
        return None
    return Noise(float(robust_sd(away[0])), float(robust_sd(away[1])))


def recorded_noise(time_ms: Floats, x: Floats, y: Floats) -> Noise | None:
    """The estimate from a whole recording (2 above). The arrays are its valid, unfiltered points."""
    before = np.searchsorted(time_ms, time_ms - STEP_MS, side="right") - 1
    steps_ms = time_ms - time_ms[before]
    usable = (before >= 0) & (steps_ms >= STEP_MS) & (steps_ms <= LONGEST_STEP_MS)
    if int(usable.sum()) < MIN_STEPS:
        return None
    scale = 1.0 / (QUANTILE_SD * math.sqrt(2.0))
    place = int(QUANTILE * usable.sum())
    steps = [np.sort(np.abs(axis - axis[before])[usable])[place] for axis in (x, y)]
    return Noise(scale * float(steps[0]), scale * float(steps[1]))


class StepNoise:
    """The estimate from the gaze (2 above)."""

    def __init__(self) -> None:
        self._steps: deque[tuple[float, float]] = deque()
        self._ordered: tuple[list[float], list[float]] = ([], [])  # the same, x and y, each in ascending order
        self._recent: deque[tuple[float, ScreenPoint]] = deque()

    def add(self, raw: ScreenPoint, captured_ms: float) -> None:
        recent = self._recent
        while recent and not 0.0 < captured_ms - recent[0][0] <= LONGEST_STEP_MS:
            recent.popleft()
        while len(recent) > 1 and captured_ms - recent[1][0] >= STEP_MS:
            recent.popleft()
        if recent and captured_ms - recent[0][0] >= STEP_MS:
            before = recent[0][1]
            self._add_step((abs(raw.x - before.x), abs(raw.y - before.y)))
        recent.append((captured_ms, raw))

    def _add_step(self, step: tuple[float, float]) -> None:
        self._steps.append(step)
        oldest = self._steps.popleft() if len(self._steps) > STEP_WINDOW else None
        for axis, ordered in enumerate(self._ordered):
            insort(ordered, step[axis])
            if oldest is not None:
                del ordered[bisect_left(ordered, oldest[axis])]

    def estimate(self) -> Noise | None:
        """The noise; None until there are enough steps."""
        if len(self._steps) < MIN_STEPS:
            return None
        place = int(QUANTILE * len(self._steps))
        x, y = (ordered[place] for ordered in self._ordered)
        scale = 1.0 / (QUANTILE_SD * math.sqrt(2.0))
        return Noise(scale * x, scale * y)

    def reset(self) -> None:
        self._steps.clear()
        self._ordered = ([], [])
        self._recent.clear()
