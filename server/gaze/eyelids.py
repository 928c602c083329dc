"""Rejects frames with moving eyelids: before and after a blink they are half closed and the estimate is wrong. Pure.

`BlinkGuard` decides whether a frame gives a valid sample. It rejects few frames, because each is missing in the stream:

1. The face analysis marks a frame with closed eyes (`shut`).
2. For SETTLE_MS after it, all frames are rejected. For REOPEN_MS, frames are rejected while the eyes are less open than
   before the blink.
3. A frame with eyelids much lower than just before may be the start of a blink. Looking down also lowers them, to about
   0.7, but they then stay there. So the next frame with eyelids at that height is accepted.

`ClosingEyelids` decides whether the event detector may use a valid sample. It is stricter, because closing eyelids move
the unfiltered point down like a saccade, and a reported event can't be withdrawn. A look down pauses the detection for
CLOSING_MS instead of one frame; the gaze stays valid. It is used for live events and for events of recordings.
"""

from __future__ import annotations

import math
from collections import deque

SETTLE_MS = 100.0
REOPEN_MS = 250.0
OPEN_AGAIN = 0.9  # times the openness before the blink
FALLING = 0.8  # times the openness in the last accepted frame
STEADY = 0.1  # times the same: eyelids that change less from frame to frame do not move
MOMENT_MS = 400.0  # older frames are not compared

CLOSING_MS = 120.0  # an eyelid takes 50 to 100 ms to close
CLOSING = 0.75  # times the largest openness in the last CLOSING_MS; looking down closes the eyes more slowly


class BlinkGuard:
    """Rejects frames of a blink."""

    def __init__(self) -> None:
        self._shut_ms = -math.inf
        self._open: tuple[float, float] | None = None  # time and openness of the last accepted frame
        self._last: float | None = None  # openness in the frame before

    def rejects(self, openness: float, *, shut: bool, time_ms: float) -> bool:
        """Whether this frame gives no valid sample. openness: eyelid distance over eye width, mean of both eyes."""
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


class ClosingEyelids:
    """Detects closing eyelids, for the event detector."""

    def __init__(self) -> None:
        self._recent: deque[tuple[float, float]] = deque()  # time and openness

    def closing(self, openness: float, time_ms: float) -> bool:
        """Whether the event detector must ignore this valid sample. openness: mean of both eyes, in any unit."""
        recent = self._recent
        while recent and not 0.0 <= time_ms - recent[0][0] <= CLOSING_MS:
            recent.popleft()
        widest = max((value for _, value in recent), default=openness)
        recent.append((time_ms, openness))
        return openness < CLOSING * widest
