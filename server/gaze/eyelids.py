"""Moving eyelids: before and after a blink the eyes are half shut, and the estimate is far off. Two rules. Pure.

`BlinkGuard` decides whether a frame gives a valid sample. It rejects few frames, because each one is missing from the
stream:

1. A frame with shut eyes is marked by the face analysis (`shut`).
2. For SETTLE_MS after it every frame is rejected; for REOPEN_MS, those in which the eyes are not yet as open as before.
3. A frame with eyelids much lower than a moment ago may be the beginning of a blink. Looking down lowers them, too, to
   about 0.7, but there they stay: the next frame with eyelids like that is accepted.

`ClosingLids` decides whether the event detector may use a valid sample. It is stricter: falling eyelids move the
unfiltered point down like a saccade does, and an event that is announced can't be taken back. A look down pauses the
detection for CLOSING_MS instead of one frame; the gaze itself stays valid. Live events and events of recordings use it.
"""

from __future__ import annotations

import math
from collections import deque

SETTLE_MS = 100.0
REOPEN_MS = 250.0
OPEN_AGAIN = 0.9  # of how open they were before the blink
FALLING = 0.8  # of how open they were at the last accepted frame
STEADY = 0.1  # of the same: eyelids that differ less from those of the frame before stay where they are
MOMENT_MS = 400.0  # what was longer ago says nothing about this frame

CLOSING_MS = 120.0  # a lid takes 50 to 100 ms to close
CLOSING = 0.75  # of how open the eyes were within the last CLOSING_MS; looking down closes them more slowly


class BlinkGuard:
    def __init__(self) -> None:
        self._shut_ms = -math.inf
        self._open: tuple[float, float] | None = None  # time and openness of the last accepted frame
        self._last: float | None = None  # openness in the frame before

    def rejects(self, openness: float, *, shut: bool, time_ms: float) -> bool:
        """Whether this frame gives no valid sample. openness: lid distance over eye width, mean of both eyes."""
        rejected = self._rejects(openness, shut=shut, time_ms=time_ms)
        self._last = openness
        if shut:
            self._shut_ms = time_ms
        elif not rejected:
            self._open = (time_ms, openness)
        return rejected

    def _rejects(self, openness: float, *, shut: bool, time_ms: float) -> bool:
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


class ClosingLids:
    def __init__(self) -> None:
        self._recent: deque[tuple[float, float]] = deque()  # time and openness

    def closing(self, openness: float, time_ms: float) -> bool:
        """Whether the event detector must ignore this valid sample. openness: mean of both eyes, in any one unit."""
        recent = self._recent
        while recent and not 0.0 <= time_ms - recent[0][0] <= CLOSING_MS:
            recent.popleft()
        widest = max((value for _, value in recent), default=openness)
        recent.append((time_ms, openness))
        return openness < CLOSING * widest
