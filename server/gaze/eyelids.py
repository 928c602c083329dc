"""Lids on their way: in a blink the eyes are half shut before and after, and seem to look far away. Pure.

1. A frame with shut eyes is told by the face itself (`shut`).
2. For SETTLE_MS after it no frame is believed; for REOPEN_MS, none in which the eyes are not yet as open as before.
3. A frame with lids much lower than a moment ago may be the beginning of a blink. Looking down lowers them, too, to
   about 0.7, but there they stay: the next frame with lids like that is believed.
"""

from __future__ import annotations

import math

SETTLE_MS = 100.0
REOPEN_MS = 250.0
OPEN_AGAIN = 0.9  # of how open they were before the blink
FALLING = 0.8  # of how open they were at the last frame that was believed
STEADY = 0.1  # of the same: lids that differ less from those of the frame before stay where they are
MOMENT_MS = 400.0  # what was longer ago says nothing about this frame


class BlinkGuard:
    def __init__(self) -> None:
        self._shut_ms = -math.inf
        self._open: tuple[float, float] | None = None  # time and openness of the last frame that was believed
        self._last: float | None = None  # openness in the frame before

    def moving(self, openness: float, *, shut: bool, time_ms: float) -> bool:
        """Whether a frame must not be believed for its lids. openness: lid distance over eye width, both eyes' mean."""
        hides = self._hides(openness, shut=shut, time_ms=time_ms)
        self._last = openness
        if shut:
            self._shut_ms = time_ms
        elif not hides:
            self._open = (time_ms, openness)
        return hides

    def _hides(self, openness: float, *, shut: bool, time_ms: float) -> bool:
        since_shut_ms = time_ms - self._shut_ms
        if shut or 0.0 <= since_shut_ms < SETTLE_MS:
            return True
        before = self._open
        if before is None:
            return False
        if 0.0 <= since_shut_ms < REOPEN_MS and openness < OPEN_AGAIN * before[1]:
            return True
        steady = self._last is not None and abs(openness - self._last) < STEADY * before[1]
        return 0.0 <= time_ms - before[0] < MOMENT_MS and openness < FALLING * before[1] and not steady
