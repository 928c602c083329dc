"""Which eyes are shut, relative to how far this person's eyes are usually open. Pure.

Openness is the eyelids' distance over the eye's width. Relaxed open eyes measure 0.15 to 0.4, by person, camera and
angle. So one threshold for all calls narrow eyes shut and misses winks. For each eye k:

1. b_k, the usual openness, is the 75th percentile of the last minute, so blinks and looks down change it little. A
   calibration counts like its first ten seconds. With less than FEWEST values, it is TYPICAL.
2. Both eyes are shut if the mean openness is below the mean of  max(0.45 b_k, min(0.1, 0.6 b_k)):  shut eyelids measure
   0.05 to 0.09 with all people, and a look down lowers them to about 0.65 b_k. The face analysis has one threshold for
   all; its status "eyes_closed" counts unless this limit is below that threshold.
3. An eye winks if its  o_k / b_k  is below WINK times that of the other. Comparing with b_k allows for eyes of
   different size, and for people with one eye. A turned head hides a part of the far eye: beyond TURNED_DEG no wink is
   judged. (Rendered people, synthetic: 44 of 53 full and half winks, 0 of 72 open frames; the ratio without b_k calls 7
   of these open frames winks, and the mean below 0.1 finds no wink.)
"""

from __future__ import annotations

from collections import deque
from dataclasses import replace
from typing import NamedTuple

from models.analysis import CLOSED_OPENNESS, FaceAnalysis

TYPICAL = 0.28
QUANTILE = 0.75
STEP_MS, LONGEST = 100.0, 600  # one value in STEP_MS; a minute of them
FEWEST = 8
CALIBRATED = 100  # values that a calibration counts for
SHUT, NARROW = 0.45, 0.6  # of the usual openness
WINK = 0.7
TURNED_DEG = 25.0


class ShutEyes(NamedTuple):
    """Which of the person's eyes are shut."""

    left: bool
    right: bool

    @property
    def both(self) -> bool:
        return self.left and self.right

    @property
    def one(self) -> bool:
        return self.left != self.right


OPEN = ShutEyes(left=False, right=False)


class PersonOpenness:
    """Learns the usual openness of one person's eyes and judges each frame by it."""

    def __init__(self) -> None:
        self._values: deque[tuple[float, float]] = deque(maxlen=LONGEST)
        self._last_ms: float | None = None
        self._calibrated: tuple[float, float] | None = None
        self._usual = (TYPICAL, TYPICAL)

    def use(self, openness: tuple[float, float] | None) -> None:
        """Starts with the openness of a calibration; None: unknown."""
        self._calibrated = openness
        self.forget()

    def forget(self) -> None:
        """Starts anew, as another person may have come."""
        self._values.clear()
        self._last_ms = None
        if self._calibrated is not None:
            self._values.extend([self._calibrated] * CALIBRATED)
        self._update()

    def judge(self, analysis: FaceAnalysis, time_ms: float) -> ShutEyes:
        """The shut eyes of a frame, which is then learned. Without a face, none is."""
        if analysis.features is None:
            return OPEN
        left, right = analysis.features.openness.tolist()
        openness = (left, right)
        shut = self._judge(openness, analysis)
        if self._last_ms is None or not 0.0 <= time_ms - self._last_ms < STEP_MS:
            self._last_ms = time_ms
            self._values.append(openness)
            self._update()
        return shut

    def _judge(self, openness: tuple[float, float], analysis: FaceAnalysis) -> ShutEyes:
        limit = sum(max(SHUT * usual, min(CLOSED_OPENNESS, NARROW * usual)) for usual in self._usual) / 2.0
        if sum(openness) / 2.0 < limit or (analysis.status == "eyes_closed" and limit >= CLOSED_OPENNESS):
            return ShutEyes(left=True, right=True)
        left, right = (value / max(usual, 1e-6) for value, usual in zip(openness, self._usual, strict=True))
        if abs(analysis.head_yaw_deg) > TURNED_DEG:
            return OPEN
        return ShutEyes(left < WINK * right, right < WINK * left)

    def judged(self, analysis: FaceAnalysis, time_ms: float) -> tuple[FaceAnalysis, ShutEyes]:
        """The analysis with a status by this person's openness, and `judge`."""
        shut = self.judge(analysis, time_ms)
        if analysis.features is None:
            return analysis, shut
        return replace(analysis, status="eyes_closed" if shut.both else "ok"), shut

    def _update(self) -> None:
        if len(self._values) < FEWEST:
            self._usual = (TYPICAL, TYPICAL)
            return
        at = int(QUANTILE * (len(self._values) - 1))
        left, right = (sorted(values)[at] for values in zip(*self._values, strict=True))
        self._usual = (left, right)
