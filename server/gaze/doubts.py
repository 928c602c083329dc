"""Doubts about a frame that need the frames before it. Pure.

`DistanceJumps`: a head moves at most LEAST_MM + SPEED mm in a time; the estimated distance has noise of 2 to 5 mm, at
most 15. A larger step is a camera that has changed: its zoom, its format, another camera. The doubt ends when the
distance is as before the jump. After a pause of FORGET_MS nothing is compared.

`SteadyLikeness`: one frame of a blink or a moving hand looks unlike the calibration for a moment. The status changes
only when half of the frames of the last moment do.
"""

from __future__ import annotations

from collections import deque
from statistics import median

LEAST_MM, SPEED_MM_PER_MS = 30.0, 0.5  # heads reach about 0.5 m/s towards a screen
FORGET_MS = 500.0
RETURNED_MM = 20.0
FRAMES, MOMENT_MS = 9, 1000.0


class DistanceJumps:
    """Detects jumps of the head's distance from the camera."""

    def __init__(self) -> None:
        self._last: tuple[float, float] | None = None  # time and distance
        self._before_mm: float | None = None  # the distance before the jump

    def reset(self) -> None:
        self._last = self._before_mm = None

    def jumped(self, distance_mm: float, time_ms: float) -> bool:
        """Whether the distance has jumped and is not yet back."""
        last, self._last = self._last, (time_ms, distance_mm)
        if self._before_mm is None and last is not None and 0.0 < time_ms - last[0] <= FORGET_MS:
            limit_mm = LEAST_MM + SPEED_MM_PER_MS * (time_ms - last[0])
            if abs(distance_mm - last[1]) > limit_mm:
                self._before_mm = last[1]
        if self._before_mm is not None and abs(distance_mm - self._before_mm) <= RETURNED_MM:
            self._before_mm = None
        return self._before_mm is not None


class SteadyLikeness:
    """The median likeness of the last frames."""

    def __init__(self) -> None:
        self._recent: deque[tuple[float, float]] = deque(maxlen=FRAMES)

    def reset(self) -> None:
        self._recent.clear()

    def add(self, likeness: float, time_ms: float) -> float:
        while self._recent and not 0.0 <= time_ms - self._recent[0][0] <= MOMENT_MS:
            self._recent.popleft()
        self._recent.append((time_ms, likeness))
        return median(value for _, value in self._recent)
