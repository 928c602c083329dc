"""Doubts about a frame that need the frames before it. Pure.

`DistanceJumps`: a head moves at most LEAST_MM + SPEED mm in a time; the estimated distance has noise of 2 to 5 mm, at
most 15. A larger step is a camera that has changed: its zoom, its format, another camera. The doubt ends when the
distance is as before the jump. After a pause of FORGET_MS nothing is compared.

`Steady`: one frame of a blink or a moving hand looks unlike the calibration for a moment. Status and cause change only
when half of the frames of the last moment do.

`cause_of`: why the expected error is larger than in the calibrated position, for people and programs. The head comes
first once it lowers the confidence, because a head that has moved also makes the eyes look unlike.
"""

from __future__ import annotations

import math
from collections import deque
from statistics import median

from calibration.calibration import Doubt
from calibration.quality.error_model import moved_sq, unlike_sq
from server.protocol.gaze import Cause

LEAST_MM, SPEED_MM_PER_MS = 30.0, 0.5  # heads reach about 0.5 m/s towards a screen
FORGET_MS = 500.0
RETURNED_MM = 20.0
FRAMES, MOMENT_MS = 9, 1000.0
GROWN = 1.5  # times the error of the calibrated position; the page offers a check from the same growth on


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


def cause_of(doubt: Doubt, *, head_away: bool) -> Cause | None:
    """What adds most to the expected error; None if neither head nor eyes do. head_away: whether the head is so far
    from the calibrated poses that it lowers the confidence."""
    x, y, z = doubt.shift_mm
    shifted, turned = moved_sq(math.hypot(x, y, z), 0.0), moved_sq(0.0, doubt.turn_rad)
    unlike = unlike_sq(doubt.likeness)
    if not head_away and unlike > shifted + turned:
        return "eyes"
    if turned > shifted:
        return "turned"
    if shifted == 0.0:
        return "moved" if head_away else None  # profiles older than version 4 have no place of the head
    most = max((x, y, z), key=abs)
    if most == z:
        return "farther" if z > 0.0 else "nearer"
    if most == y:
        return "lower" if y > 0.0 else "higher"
    return "left" if x > 0.0 else "right"  # the picture is not mirrored: its right side is the person's left


class Steady:
    """The median value of the last frames."""

    def __init__(self) -> None:
        self._recent: deque[tuple[float, float]] = deque(maxlen=FRAMES)

    def reset(self) -> None:
        self._recent.clear()

    def add(self, value: float, time_ms: float) -> float:
        while self._recent and not 0.0 <= time_ms - self._recent[0][0] <= MOMENT_MS:
            self._recent.popleft()
        self._recent.append((time_ms, value))
        return median(each for _, each in self._recent)
