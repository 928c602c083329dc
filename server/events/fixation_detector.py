"""Detects fixations, saccades and blinks while they happen. Pure: a sample in, its event and the boundaries out.

Laboratory detectors (velocity, or dispersion of half a degree) detect only noise in a webcam's gaze. Here every
distance is measured in standard deviations of this person's noise (server/events/noise.py),
d^2 = (dx/sx)^2 + (dy/sy)^2, on unfiltered points, because a filter smears a saccade over five frames:

1. Inside a fixation with mean c of n points, a point belongs to it when d(p, c) <= REACH sqrt(1 + 1/n). Of still
   eyes 1 % of the points lie outside (exp(-REACH^2 / 2)), so one of them decides nothing.
2. Two outside in a row, in one direction, end it: at its last point. That is a saccade's start.
3. Points that follow each other within REACH gather to a candidate. Three of them over MIN_FIXATION_MS make it a
   fixation: it began with its first point, and there the saccade ended. So the time of a fixation's start is accurate,
   and its message is 70 to 100 ms late.
4. Shut eyes are a blink from the first such frame to the first with open eyes. For SETTLE_MS after it, points are
   ignored: the lid still covers the iris.
5. A fixation outlasts a blink or a lost frame of up to its GRACE, when the gaze comes back to the same place.
6. The mean forgets points older than about a second (MEMORY points), so that slow drift is no saccade.

A movement slower than about 2 s / screen is no saccade: it becomes a chain of fixations, or none at all.
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
LONGEST_SACCADE_MS = 500.0  # real ones take 30 to 80 ms; after this the gaze wanders
SETTLE_MS = 100.0
BLINK_GRACE_MS = 500.0  # blinks take 150 to 400 ms
LOST_GRACE_MS = 300.0


class _Cluster:
    """Points that belong together: their mean and spread, with a memory of about MEMORY points."""

    def __init__(self, x: float, y: float, time_ms: float) -> None:
        self.id = 0  # numbered when it becomes a fixation
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
    """`noise` may be set at any time; `aspect` is the screen's height over its width."""

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
        """A frame with shut eyes."""
        self._tick(time_ms)
        if self._blink is None:
            self._blink = DetectedBlink(self._next_id("blink"), time_ms, time_ms)
            self._boundaries.append(Boundary("start", self._blink))
            self._forget_moving()  # the last points had half-shut eyelids
        self._blink = DetectedBlink(self._blink.id, self._blink.start_ms, time_ms)
        self._let_go_after(BLINK_GRACE_MS, time_ms)
        return self._answer("blink")

    def lost(self, time_ms: float) -> Detected:
        """A frame without a point for another reason than shut eyes."""
        self._tick(time_ms)
        self._open_eyes(time_ms)
        self._forget_moving()
        self._let_go_after(LOST_GRACE_MS, time_ms)
        return self._answer(None)

    def valid(self, point: ScreenPoint, time_ms: float) -> Detected:
        """A frame with a point, unfiltered."""
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
        """A frame whose point is biased, because the eyelids are moving over the iris."""
        self._tick(time_ms)
        self._open_eyes(time_ms)
        return self._answer(None)

    def reset(self) -> Detected:
        """Ends everything at its last frame: for a pause, or a new calibration."""
        self._end_all()
        return self._answer(None)

    def _gather(self, point: ScreenPoint, time_ms: float) -> GazeEvent | None:
        """Outside a fixation: collects points until they are one."""
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
        """Whether the last two points are outside in about one direction."""
        if len(self._outside) < 2:
            return False
        (ax, ay, _), (bx, by, _) = self._outside[-2:]
        along_x = (ax - group.x) * (bx - group.x) / self.noise.x**2
        along_y = (ay - group.y) * (by - group.y) / self.noise.y**2
        return along_x + along_y > 0.0

    def _tick(self, time_ms: float) -> None:
        """A gap, or a clock that was set back, ends everything at its last frame."""
        last_ms, self._last_ms = self._last_ms, time_ms
        if last_ms is not None and not 0.0 <= time_ms - last_ms <= BLINK_GRACE_MS:
            self._end_all()

    def _open_eyes(self, time_ms: float) -> None:
        if self._blink is not None:
            self._boundaries.append(Boundary("end", DetectedBlink(self._blink.id, self._blink.start_ms, time_ms)))
            self._blink = None
            self._settled_ms = time_ms + SETTLE_MS

    def _let_go_after(self, grace_ms: float, time_ms: float) -> None:
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
