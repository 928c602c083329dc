"""Areas of interest (AOI): rectangles of a page or a program, and the visits of the gaze. Pure.

A page sends rectangles with names, such as CSS selectors; several rectangles may have the same name. A visit begins
when two points in a row are inside. It ends when the gaze was outside for LEAVE_MS, or there was no point (a blink, a
lost face) for AWAY_MS; with a slow camera, for more than one frame (`server.events.frame_interval`). A single stray
point neither begins nor ends a visit.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from calibration.screen import ScreenPoint
from server.events.frame_interval import FrameInterval
from server.protocol.areas import Area
from server.protocol.geometry import Rect, ScreenLayout

LEAVE_MS = 100.0
AWAY_MS = 400.0


def contains(rect: Rect, x_px: float, y_px: float, margin_px: float = 0.0) -> bool:
    """The left and upper edges belong to the rectangle, so a point is in one of two adjacent areas only."""
    return (
        rect.x - margin_px <= x_px < rect.x + rect.width + margin_px
        and rect.y - margin_px <= y_px < rect.y + rect.height + margin_px
    )


def areas_at(areas: Iterable[Area], point: ScreenPoint, place: ScreenLayout) -> list[Area]:
    """The areas that contain the point, each name once, in the order given."""
    x_px, y_px = point.x * place.width_px, point.y * place.height_px
    here: dict[str, Area] = {}
    for area in areas:
        rect = area.on_screen(place)
        if rect is not None and contains(rect, x_px, y_px):
            here.setdefault(area.id, area)
    return list(here.values())


@dataclass(slots=True)
class _Visit:
    start_ms: float
    last_ms: float
    n_inside: int = 1
    began: bool = False


@dataclass(frozen=True, slots=True)
class AreaBoundary:
    phase: Literal["start", "end"]
    id: str
    start_ms: float
    time_ms: float


class AreaTracker:
    """The visits of areas."""

    def __init__(self) -> None:
        self._visits: dict[str, _Visit] = {}
        self._interval = FrameInterval()

    def update(self, here: Sequence[str] | None, time_ms: float) -> list[AreaBoundary]:
        """Takes the areas of one sample. here: the names of the areas that contain the point; None without a point."""
        boundaries = []
        self._interval.add(time_ms)
        if any(time_ms < visit.last_ms for visit in self._visits.values()):  # the clock was set back
            boundaries += self.keep(frozenset())
        for name in here or ():
            visit = self._visits.get(name)
            if visit is None:
                self._visits[name] = _Visit(time_ms, time_ms)
                continue
            visit.n_inside += 1
            visit.last_ms = time_ms
            if not visit.began and visit.n_inside >= 2:
                visit.began = True
                boundaries.append(AreaBoundary("start", name, visit.start_ms, visit.start_ms))
        limit_ms = self._interval.at_least(AWAY_MS if here is None else LEAVE_MS)
        for name in [name for name, visit in self._visits.items() if name not in (here or ())]:
            visit = self._visits[name]
            if not visit.began and here is not None:
                del self._visits[name]
            elif time_ms - visit.last_ms > limit_ms:
                boundaries += self._end(name)
        return boundaries

    def inside(self) -> list[str]:
        return [name for name, visit in self._visits.items() if visit.began]

    def keep(self, names: frozenset[str]) -> list[AreaBoundary]:
        """Ends the visits of areas that no longer exist."""
        return [boundary for name in [*self._visits] if name not in names for boundary in self._end(name)]

    def _end(self, name: str) -> list[AreaBoundary]:
        visit = self._visits.pop(name)
        return [AreaBoundary("end", name, visit.start_ms, visit.last_ms)] if visit.began else []
