"""Selection by dwell: an area with a dwell time is selected when the gaze has rested on it for that time. Pure.

1. The gaze dwells on one area at a time: the smallest that contains the point.
2. The time on it is added up from frame to frame. Dwell is reported only after LOCK_MS, so scanning across a keyboard
   emits nothing.
3. Hysteresis: a point outside the area still counts if it is within a margin and in no other area. Farther away, or in
   another area, no time is added. After AWAY_MS there, the dwell ends and may begin on the other area.
4. Blinks: without a point, no time is added. After BLINK_GRACE_MS the dwell ends.
5. With a slow camera, one stray or missing frame ends nothing, and each frame counts for the time since the last one
   (`server.events.frame_interval`).
6. After `select` nothing is reported until the gaze has left. With `repeat`, the dwell time starts again.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from calibration.screen import ScreenPoint
from server.events.aoi import contains
from server.events.frame_interval import FrameInterval
from server.protocol.areas import Area
from server.protocol.geometry import ScreenLayout

LOCK_MS = 100.0
AWAY_MS = 150.0
BLINK_GRACE_MS = 500.0
MARGIN_NOISES = 2.0  # times one frame's noise; filtered points rarely stray farther
MARGIN_SIDE = 0.5  # the largest margin, times the area's shorter side
LONGEST_STEP_MS = 100.0  # a camera that stalls must not select


@dataclass(frozen=True, slots=True)
class Dwell:
    phase: Literal["start", "select", "end"]
    id: str
    start_ms: float
    time_ms: float
    dwell_ms: float
    progress: float


@dataclass(slots=True)
class _Rest:
    area: Area
    start_ms: float
    last_ms: float  # when the gaze was last on it
    rested_ms: float = 0.0
    reported: bool = False
    selected: bool = False


class DwellTracker:
    """The dwell of one session."""

    def __init__(self) -> None:
        self._rest: _Rest | None = None
        self._last_ms: float | None = None
        self._interval = FrameInterval()

    def update(
        self, areas: Sequence[Area], point: ScreenPoint | None, time_ms: float, *, place: ScreenLayout, noise_px: float
    ) -> list[Dwell]:
        """Takes one sample. areas: all areas with a dwell time. point: filtered, None without one."""
        dwells: list[Dwell] = []
        last_ms, self._last_ms = self._last_ms, time_ms
        self._interval.add(time_ms)
        longest_step_ms = self._interval.at_least(LONGEST_STEP_MS)
        step_ms = 0.0 if last_ms is None else min(max(time_ms - last_ms, 0.0), longest_step_ms)
        if self._rest is not None and last_ms is not None and time_ms < last_ms:  # the clock was set back
            dwells += self._end(self._rest)
        rest = self._rest
        if rest is not None:
            rects = [area for area in areas if area.id == rest.area.id]
            grace_ms = self._interval.at_least(BLINK_GRACE_MS if point is None else AWAY_MS)
            if rects and point is not None and self._is_on(rest, rects, areas, point, place, noise_px):
                rest.area = rects[0]  # it may have scrolled
                rest.last_ms = time_ms
                dwells += self._count(rest, step_ms, time_ms)
                return dwells
            if rects and 0.0 <= time_ms - rest.last_ms <= grace_ms:
                return dwells
            dwells += self._end(rest)
        if point is not None:
            area = _smallest_at(areas, point, place)
            if area is not None:
                self._rest = _Rest(area, time_ms, time_ms)
        return dwells

    def progress(self) -> tuple[str, float] | None:
        """The area on which the gaze rests, and the elapsed share of its dwell time, 0 to 1."""
        rest = self._rest
        return (rest.area.id, self._progress(rest)) if rest is not None and rest.reported else None

    def _count(self, rest: _Rest, step_ms: float, time_ms: float) -> list[Dwell]:
        if rest.selected:
            return []
        dwells = []
        rest.rested_ms += step_ms
        if not rest.reported and rest.rested_ms >= LOCK_MS:
            rest.reported = True
            dwells.append(self._message("start", rest, rest.start_ms))
        if rest.rested_ms >= (rest.area.dwell_ms or 0.0):
            dwells.append(self._message("select", rest, time_ms))
            if rest.area.repeat:
                rest.start_ms, rest.rested_ms, rest.reported = time_ms, 0.0, False
            else:
                rest.selected = True
        return dwells

    def _end(self, rest: _Rest) -> list[Dwell]:
        self._rest = None
        return [self._message("end", rest, rest.last_ms)] if rest.reported else []

    def _message(self, phase: Literal["start", "select", "end"], rest: _Rest, time_ms: float) -> Dwell:
        return Dwell(phase, rest.area.id, rest.start_ms, time_ms, rest.area.dwell_ms or 0.0, self._progress(rest))

    @staticmethod
    def _progress(rest: _Rest) -> float:
        return 1.0 if rest.selected else min(rest.rested_ms / (rest.area.dwell_ms or 1.0), 1.0)

    @staticmethod
    def _is_on(
        rest: _Rest,
        rects: Sequence[Area],
        areas: Sequence[Area],
        point: ScreenPoint,
        place: ScreenLayout,
        noise_px: float,
    ) -> bool:
        x_px, y_px = point.x * place.width_px, point.y * place.height_px
        other = _smallest_at(areas, point, place)
        if other is not None and other.id == rest.area.id:
            return True
        if other is not None:
            return False
        for area in rects:
            rect = area.on_screen(place)
            if rect is not None:
                margin_px = min(MARGIN_NOISES * noise_px, MARGIN_SIDE * min(rect.width, rect.height))
                if contains(rect, x_px, y_px, margin_px):
                    return True
        return False


def _smallest_at(areas: Sequence[Area], point: ScreenPoint, place: ScreenLayout) -> Area | None:
    x_px, y_px = point.x * place.width_px, point.y * place.height_px
    best: tuple[float, Area] | None = None
    for area in areas:
        rect = area.on_screen(place)
        if rect is not None and contains(rect, x_px, y_px):
            size = rect.width * rect.height
            if best is None or size < best[0]:
                best = (size, area)
    return best[1] if best is not None else None
