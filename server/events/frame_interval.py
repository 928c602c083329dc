"""The time between the frames of a session. Slow cameras need longer limits than fast ones. Pure."""

from __future__ import annotations

from collections import deque
from statistics import median

WINDOW = 5  # intervals; a single long one, when the camera stalls, does not move the median
LONGEST_MS = 1000.0  # below one frame a second, the gaze between two frames is unknown
FEW_FRAMES = 1.5  # times the interval: one missing or stray frame is within the limit, two are not


class FrameInterval:
    """Measures the interval. `at_least` gives a limit that holds for a few frames of this camera."""

    def __init__(self) -> None:
        self._last_ms: float | None = None
        self._intervals_ms: deque[float] = deque(maxlen=WINDOW)

    def add(self, time_ms: float) -> None:
        """Takes the capture time of a frame. A clock that was set back restarts the measurement."""
        last_ms, self._last_ms = self._last_ms, time_ms
        if last_ms is None:
            return
        if time_ms <= last_ms:
            self._intervals_ms.clear()
        else:
            self._intervals_ms.append(time_ms - last_ms)

    def at_least(self, limit_ms: float) -> float:
        """The limit, or FEW_FRAMES intervals if that is longer; the limit until three intervals are known."""
        if len(self._intervals_ms) < 3:
            return limit_ms
        return max(limit_ms, FEW_FRAMES * min(median(self._intervals_ms), LONGEST_MS))
