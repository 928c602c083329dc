"""Detects fixations, saccades and blinks live. Pure: takes a sample, returns its event and the boundaries.

Laboratory detectors (velocity, or dispersion of half a degree) detect only noise in a webcam's gaze. Here all distances
are measured in standard deviations of this person's noise (server/events/noise.py), d^2 = (dx/sx)^2 + (dy/sy)^2. The
points are unfiltered, because a filter spreads a saccade over five frames.

1. In a fixation with the mean c of n points, a point belongs to it when d(p, c) <= REACH sqrt(1 + 1/n). With a still
   eye, 1 % of the points are outside (exp(-REACH^2 / 2)), so a single one does not end it.
2. Two points outside in a row, in the same direction, end the fixation at its last point. A saccade starts there.
3. Successive points within REACH of each other form a candidate. With three points over MIN_FIXATION_MS it becomes a
   fixation. It started with its first point, and the saccade ended there. So the start time is accurate, but its
   message is 70 to 100 ms late.
4. A blink lasts from the first frame with closed eyes to the first with open eyes. For SETTLE_MS after it, points are
   ignored, because the eyelid still covers the iris.
5. A fixation continues after a blink or lost frames of up to their GRACE, if the gaze returns to the same place.
6. The mean forgets points older than about a second (MEMORY points), so slow drift is no saccade.

A movement that takes longer than about 2 s across the screen is no saccade. It becomes a series of fixations, or none.
"""

from __future__ import annotations

import math

from calibration.screen import ScreenPoint
from server.events.noise import TYPICAL, Noise
from server.events.types import Boundary, Detected, DetectedBlink, DetectedFixation, DetectedSaccade
from server.protocol.gaze import GazeEvent

REACH = 3.0  # standard deviations
MEMORY = 30
MIN_FIXATION_MS = 60.0  # with three points at 30 frames/s; at 10 frames/s three points take 200 ms anyway
MIN_POINTS = 3
LONGEST_SACCADE_MS = 500.0  # saccades take 30 to 80 ms; a longer movement is none
SETTLE_MS = 100.0
BLINK_GRACE_MS = 500.0  # blinks take 150 to 400 ms
LOST_GRACE_MS = 300.0


class _Cluster:
    """Points that belong together: their mean and spread, with a memory of about MEMORY points."""

    def __init__(self, x: float, y: float, time_ms: float) -> None:
        self.id = 0  # set when it becomes a fixation
        self.start_ms = self.end_ms = time_ms
        self.n = 1
        self.x, self.y = x, y
        self._variance = 0.0  # in squared screen widths

    def has_room_for(self, x: float, y: float, noise: Noise) -> bool:
        distance = math.hypot((x - self.x) / noise.x, (y - self.y) / noise.y)
        return distance <= REACH * math.sqrt(1.0 + 1.0 / self.n)

    def add(self, x: float, y: float, time_ms: float, aspect: float) -> None:
        self.n = min(self.n + 1, MEMORY)
        share = 1.0 / self.n
        dx, dy = x - self.x, y - self.y
        self.x += share * dx
        self.y += share * dy
        self._variance += share * ((1.0 - share) * (dx * dx + (dy * aspect) ** 2) - self._variance)
        self.end_ms = time_ms

    def fixation(self) -> DetectedFixation:
        return DetectedFixation(self.id, self.start_ms, self.end_ms, self.x, self.y, math.sqrt(self._variance))


class EventDetector:
    """The detector of one session. noise: may be set at any time. aspect: height of the screen over its width."""

    def __init__(self) -> None:
        self.noise = TYPICAL
        self.aspect = 9.0 / 16.0
        self._ids = {"fixation": 0, "saccade": 0, "blink": 0}
        self._current: _Cluster | None = None
        self._outside: list[tuple[float, float, float]] = []  # x, y, time of points outside the current fixation
        self._candidate: _Cluster | None = None
        self._saccade: DetectedSaccade | None = None
        self._blink: DetectedBlink | None = None
        self._last_ms: float | None = None
        self._settled_ms = -math.inf
        self._boundaries: list[Boundary] = []

    def closed(self, time_ms: float) -> Detected:
        """Takes a frame with closed eyes."""
        self._tick(time_ms)
        if self._blink is None:
            self._blink = DetectedBlink(self._next_id("blink"), time_ms, time_ms)
            self._boundaries.append(Boundary("start", self._blink))
            self._forget_moving()  # in the last frames the eyelids were half closed
        self._blink = DetectedBlink(self._blink.id, self._blink.start_ms, time_ms)
        self._end_fixation_after(BLINK_GRACE_MS, time_ms)
        return self._answer("blink")

    def lost(self, time_ms: float) -> Detected:
        """Takes a frame without a point, with a reason other than closed eyes."""
        self._tick(time_ms)
        self._open_eyes(time_ms)
        self._forget_moving()
        self._end_fixation_after(LOST_GRACE_MS, time_ms)
        return self._answer(None)

    def valid(self, point: ScreenPoint, time_ms: float) -> Detected:
        """Takes a frame with a point. point: unfiltered."""
        self._tick(time_ms)
        self._open_eyes(time_ms)
        if time_ms < self._settled_ms:
            return self._answer(None)
        if self._current is not None and time_ms - self._current.end_ms > BLINK_GRACE_MS + SETTLE_MS:
            self._end_fixation()
        if self._current is None:
            return self._answer(self._gather(point, time_ms))
        if self._current.has_room_for(point.x, point.y, self.noise):
            self._outside.clear()
            self._current.add(point.x, point.y, time_ms, self.aspect)
            return self._answer("fixation")
        self._outside.append((point.x, point.y, time_ms))
        if not self._has_left(self._current):
            del self._outside[:-1]
            return self._answer(None)  # one point outside may be noise; the next one decides
        left, outside = self._current, list(self._outside)
        self._end_fixation()
        origin = ScreenPoint(left.x, left.y)
        self._saccade = DetectedSaccade(self._next_id("saccade"), left.end_ms, left.end_ms, origin, None)
        self._boundaries.append(Boundary("start", self._saccade))
        event: GazeEvent | None = "saccade"
        for x, y, at_ms in outside:
            event = self._gather(ScreenPoint(x, y), at_ms)
        return self._answer(event)

    def unreliable(self, time_ms: float) -> Detected:
        """Takes a frame with a biased point, because the eyelids move over the iris."""
        self._tick(time_ms)
        self._open_eyes(time_ms)
        return self._answer(None)

    def reset(self) -> Detected:
        """Ends all events at their last frame. Called at a pause and at a new calibration."""
        self._end_all()
        return self._answer(None)

    def _gather(self, point: ScreenPoint, time_ms: float) -> GazeEvent | None:
        """Collects points outside a fixation until they become one."""
        candidate = self._candidate
        if candidate is None or not candidate.has_room_for(point.x, point.y, self.noise):
            candidate = self._candidate = _Cluster(point.x, point.y, time_ms)
        else:
            candidate.add(point.x, point.y, time_ms, self.aspect)
        if candidate.n >= MIN_POINTS and time_ms - candidate.start_ms >= MIN_FIXATION_MS:
            self._end_saccade(candidate.start_ms, ScreenPoint(candidate.x, candidate.y))
            candidate.id = self._next_id("fixation")
            self._current, self._candidate = candidate, None
            self._boundaries.append(Boundary("start", candidate.fixation()))
            return "fixation"
        if self._saccade is not None and time_ms - self._saccade.start_ms > LONGEST_SACCADE_MS:
            self._end_saccade(time_ms, point)
        return "saccade" if self._saccade is not None else None

    def _has_left(self, group: _Cluster) -> bool:
        """Whether the last two points are outside in about the same direction."""
        if len(self._outside) < 2:
            return False
        (ax, ay, _), (bx, by, _) = self._outside[-2:]
        along_x = (ax - group.x) * (bx - group.x) / self.noise.x**2
        along_y = (ay - group.y) * (by - group.y) / self.noise.y**2
        return along_x + along_y > 0.0

    def _tick(self, time_ms: float) -> None:
        """Ends all events at their last frame after a gap, or when the clock was set back."""
        last_ms, self._last_ms = self._last_ms, time_ms
        if last_ms is not None and not 0.0 <= time_ms - last_ms <= BLINK_GRACE_MS:
            self._end_all()

    def _open_eyes(self, time_ms: float) -> None:
        if self._blink is not None:
            self._boundaries.append(Boundary("end", DetectedBlink(self._blink.id, self._blink.start_ms, time_ms)))
            self._blink = None
            self._settled_ms = time_ms + SETTLE_MS

    def _end_fixation_after(self, grace_ms: float, time_ms: float) -> None:
        if self._current is not None and time_ms - self._current.end_ms > grace_ms:
            self._end_fixation()

    def _forget_moving(self) -> None:
        self._outside.clear()
        if self._saccade is not None:
            candidate = self._candidate
            to = ScreenPoint(candidate.x, candidate.y) if candidate is not None else self._saccade.origin
            self._end_saccade(candidate.end_ms if candidate is not None else self._saccade.start_ms, to)
        self._candidate = None

    def _end_fixation(self) -> None:
        if self._current is not None:
            self._boundaries.append(Boundary("end", self._current.fixation()))
        self._current = None
        self._outside.clear()

    def _end_saccade(self, end_ms: float, to: ScreenPoint) -> None:
        if self._saccade is not None:
            ended = DetectedSaccade(self._saccade.id, self._saccade.start_ms, end_ms, self._saccade.origin, to)
            self._boundaries.append(Boundary("end", ended))
        self._saccade = None

    def _end_all(self) -> None:
        self._end_fixation()
        self._forget_moving()
        if self._blink is not None:
            self._boundaries.append(Boundary("end", self._blink))
        self._blink = None
        self._settled_ms = -math.inf

    def _next_id(self, kind: str) -> int:
        self._ids[kind] += 1
        return self._ids[kind]

    def _answer(self, event: GazeEvent | None) -> Detected:
        boundaries, self._boundaries = tuple(self._boundaries), []
        fixation = self._current.fixation() if event == "fixation" and self._current is not None else None
        return Detected(event, fixation, boundaries)
