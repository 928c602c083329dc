"""The trend of a recorded session's error over the time since its calibration."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from calibration.screen import Point, ScreenGeometry

MIN_FRAMES = 6  # two in each third
MIN_MINUTES = 0.1  # in a shorter test, noise hides the trend


@dataclass(frozen=True, slots=True)
class ErrorTrend:
    """dx, dy: the drift of the predictions to the right and down, by least squares over the test frames.

    uncertainty: the standard error of dx and of dy. thirds_px: median error in the first, middle and last third of the
    test. minutes: from the first test frame to the last.
    """

    dx_px_per_minute: float
    dy_px_per_minute: float
    uncertainty_px_per_minute: float
    thirds_px: tuple[float, float, float]
    minutes: float


def error_trend(
    minutes: Sequence[float], points: Sequence[Point], targets: Sequence[Point], screen: ScreenGeometry
) -> ErrorTrend | None:
    """The trend of the test frames; None when the test is too short.

    minutes: time of each test frame since the calibration's last frame. points, targets: of each, in screen units.
    """
    if len(points) < MIN_FRAMES or len(points) != len(minutes) or np.ptp(minutes) < MIN_MINUTES:
        return None
    order = np.argsort(minutes, kind="stable")
    times = np.asarray(minutes, np.float64)[order]  # (N,)
    size_px = (screen.width_px, screen.height_px)
    errors = (np.asarray(points, np.float64) - np.asarray(targets, np.float64))[order] * size_px  # (N, 2)
    centred = times - times.mean()
    spread = float(centred @ centred)
    slopes = centred @ (errors - errors.mean(axis=0)) / spread  # (2,)
    rest = errors - errors.mean(axis=0) - centred[:, None] * slopes  # (N, 2)
    uncertainty = float(np.sqrt((rest**2).sum() / 2 / (len(times) - 2) / spread))
    first, middle, last = (float(np.median(part)) for part in np.array_split(np.linalg.norm(errors, axis=1), 3))
    return ErrorTrend(float(slopes[0]), float(slopes[1]), uncertainty, (first, middle, last), float(np.ptp(times)))
