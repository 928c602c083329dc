"""Fixations, saccades and blinks as values and as messages (see PROTOCOL.md). Pure.

`server.events.fixation_detector` detects them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from calibration.screen import ScreenGeometry, ScreenPoint

Event = Literal["fixation", "saccade", "blink"]
Phase = Literal["start", "end"]


@dataclass(frozen=True, slots=True)
class DetectedFixation:
    """`dispersion` is the root mean square distance from the centre, in screen widths."""

    id: int
    start_ms: float
    end_ms: float  # so far
    x: float
    y: float
    dispersion: float


@dataclass(frozen=True, slots=True)
class DetectedSaccade:
    """`to` is None while it lasts."""

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


_TYPES: Mapping[type, str] = {DetectedFixation: "fixation", DetectedSaccade: "saccade", DetectedBlink: "blink"}


@dataclass(frozen=True, slots=True)
class Boundary:
    """The start or the end of an event; `what` has the time at which it happened, not that of its detection."""

    phase: Phase
    what: DetectedFixation | DetectedSaccade | DetectedBlink


@dataclass(frozen=True, slots=True)
class Detected:
    event: Event | None
    fixation: DetectedFixation | None
    boundaries: tuple[Boundary, ...]


def fixation_to_wire(fixation: DetectedFixation) -> dict[str, Any]:
    """The field `fixation` of a gaze message."""
    return {
        "id": fixation.id,
        "start": fixation.start_ms,
        "duration_ms": span_ms(fixation.start_ms, fixation.end_ms),
        "x": round(fixation.x, 5),
        "y": round(fixation.y, 5),
        "dispersion": round(fixation.dispersion, 5),
    }


def boundary_to_wire(boundary: Boundary, session_id: str, screen: ScreenGeometry | None) -> dict[str, Any]:
    """screen: None before the page has sent it; then the message has no pixels."""
    what = boundary.what
    message: dict[str, Any] = {
        "type": _TYPES[type(what)],
        "session": session_id,
        "timestamp": what.start_ms if boundary.phase == "start" else what.end_ms,
        "phase": boundary.phase,
        "id": what.id,
        "start": what.start_ms,
        "duration_ms": span_ms(what.start_ms, what.end_ms),
    }
    if isinstance(what, DetectedFixation):
        message |= {"space": "screen"} | fixation_to_wire(what)
        message["x_px"] = None if screen is None else round(what.x * screen.width_px, 1)
        message["y_px"] = None if screen is None else round(what.y * screen.height_px, 1)
    elif isinstance(what, DetectedSaccade):
        message |= {
            "space": "screen",
            "from": _xy(what.origin),
            "to": None,
            "amplitude_px": None,
            "amplitude_deg": None,
        }
        if what.to is not None:
            a, b = (what.origin.x, what.origin.y), (what.to.x, what.to.y)
            message["to"] = _xy(what.to)
            if screen is not None:
                angle_deg = screen.angle_deg(a, b)
                message["amplitude_px"] = round(screen.distance_px(a, b), 1)
                message["amplitude_deg"] = None if angle_deg is None else round(angle_deg, 2)
    return message


def span_ms(start_ms: float, end_ms: float) -> float:
    return round(end_ms - start_ms, 1)


def _xy(point: ScreenPoint) -> dict[str, float]:
    return {"x": round(point.x, 5), "y": round(point.y, 5)}
