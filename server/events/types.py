"""Fixations, saccades and blinks as values and as messages (see PROTOCOL.md). Pure.

`server.events.fixation_detector` detects them.
"""

from __future__ import annotations

from dataclasses import dataclass

from calibration.screen import ScreenGeometry, ScreenPoint
from server.protocol.events import BlinkEvent, EyeEvent, FixationEvent, Phase, SaccadeEvent
from server.protocol.gaze import FixationSoFar, GazeEvent, Position


@dataclass(frozen=True, slots=True)
class DetectedFixation:
    """dispersion: root mean square distance from the centre, in screen widths."""

    id: int
    start_ms: float
    end_ms: float  # so far
    x: float
    y: float
    dispersion: float


@dataclass(frozen=True, slots=True)
class DetectedSaccade:
    """to: None while the saccade lasts."""

    id: int
    start_ms: float
    end_ms: float
    origin: ScreenPoint
    to: ScreenPoint | None


@dataclass(frozen=True, slots=True)
class DetectedBlink:
    id: int
    start_ms: float
    end_ms: float


@dataclass(frozen=True, slots=True)
class Boundary:
    """The start or the end of an event. what: has the time at which it happened, not the time of its detection."""

    phase: Phase
    what: DetectedFixation | DetectedSaccade | DetectedBlink


@dataclass(frozen=True, slots=True)
class Detected:
    event: GazeEvent | None
    fixation: DetectedFixation | None
    boundaries: tuple[Boundary, ...]


def fixation_so_far(fixation: DetectedFixation) -> FixationSoFar:
    """The field `fixation` of a gaze message."""
    return FixationSoFar(
        id=fixation.id,
        start=fixation.start_ms,
        duration_ms=span_ms(fixation.start_ms, fixation.end_ms),
        x=round(fixation.x, 5),
        y=round(fixation.y, 5),
        dispersion=round(fixation.dispersion, 5),
    )


def boundary_message(boundary: Boundary, session_id: str, screen: ScreenGeometry | None) -> EyeEvent:
    """The message of a boundary. screen: None before the page has sent it; the message then has no pixels."""
    what, phase = boundary.what, boundary.phase
    time_ms = what.start_ms if phase == "start" else what.end_ms
    duration_ms = span_ms(what.start_ms, what.end_ms)
    if isinstance(what, DetectedBlink):
        return BlinkEvent(session_id, time_ms, phase, what.id, what.start_ms, duration_ms)
    if isinstance(what, DetectedFixation):
        return FixationEvent(
            session=session_id,
            timestamp=time_ms,
            phase=phase,
            id=what.id,
            start=what.start_ms,
            duration_ms=duration_ms,
            space="screen",
            x=round(what.x, 5),
            y=round(what.y, 5),
            dispersion=round(what.dispersion, 5),
            x_px=None if screen is None else round(what.x * screen.width_px, 1),
            y_px=None if screen is None else round(what.y * screen.height_px, 1),
        )
    amplitude_px, amplitude_deg = _amplitude(what, screen)
    return SaccadeEvent(
        session=session_id,
        timestamp=time_ms,
        phase=phase,
        id=what.id,
        start=what.start_ms,
        duration_ms=duration_ms,
        space="screen",
        origin=_position(what.origin),
        to=None if what.to is None else _position(what.to),
        amplitude_px=amplitude_px,
        amplitude_deg=amplitude_deg,
    )


def _amplitude(saccade: DetectedSaccade, screen: ScreenGeometry | None) -> tuple[float | None, float | None]:
    """The amplitude in px and degrees; None while the saccade lasts, and if the screen or its size is unknown."""
    if saccade.to is None or screen is None:
        return None, None
    a, b = (saccade.origin.x, saccade.origin.y), (saccade.to.x, saccade.to.y)
    angle_deg = screen.angle_deg(a, b)
    return round(screen.distance_px(a, b), 1), None if angle_deg is None else round(angle_deg, 2)


def span_ms(start_ms: float, end_ms: float) -> float:
    return round(end_ms - start_ms, 1)


def _position(point: ScreenPoint) -> Position:
    return Position(round(point.x, 5), round(point.y, 5))
