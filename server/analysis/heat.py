"""The heat map of a stimulus by the duration of fixations. Pure.

The value at a place is the fixation time near it: each fixation adds its duration, times a normal curve of its distance
from the place that is 1 at the fixation. So the values are milliseconds, and the size of the grid does not change them.
The width of the curve is the person's own error unless a radius is chosen: the map shows no detail that the data can't
have.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from server.analysis.looks import Look

Floats = npt.NDArray[np.float64]
WIDTH = 128  # cells; 15 px of a 1920 px screen, a fifth of a webcam's error
MIN_HEIGHT, MAX_HEIGHT = 8, 512
LEAST_SIGMA = 0.01  # in widths of the stimulus: about one cell
UNKNOWN_SIGMA = 0.03  # when a recording does not say its error


@dataclass(frozen=True, slots=True)
class HeatMap:
    """values: (height, width) ms, the mean over people. sigma_px: of the blur, the mean over people."""

    values: Floats
    sigma_px: float

    @property
    def max_ms(self) -> float:
        return float(self.values.max())


def heat_sigma(sigma_px: float | None, width_px: float, radius: float | None) -> float:
    """The blur of one person's map, px."""
    if radius is not None:
        return radius * width_px
    return max(UNKNOWN_SIGMA * width_px if sigma_px is None else sigma_px, LEAST_SIGMA * width_px)


def heat_map(people: Sequence[tuple[Sequence[Look], float]], size_px: tuple[float, float]) -> HeatMap:
    """people: the looks of each and the blur in px. size_px: of the stimulus."""
    width_px, height_px = size_px
    height = int(np.clip(round(WIDTH * height_px / width_px), MIN_HEIGHT, MAX_HEIGHT))
    across = (np.arange(WIDTH) + 0.5) / WIDTH * width_px
    down = (np.arange(height) + 0.5) / height * height_px
    values: Floats = np.zeros((height, WIDTH))
    for looks, sigma_px in people:
        for look in looks:
            near_x = np.exp(-0.5 * ((across - look.x[:, None] * width_px) / sigma_px) ** 2)  # (n, width)
            near_y = np.exp(-0.5 * ((down - look.y[:, None] * height_px) / sigma_px) ** 2)  # (n, height)
            values += (near_y * look.duration_ms[:, None]).T @ near_x
    sigmas = [sigma_px for _, sigma_px in people]
    return HeatMap(values / max(len(people), 1), float(np.mean(sigmas)) if sigmas else 0.0)
