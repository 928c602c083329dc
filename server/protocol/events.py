"""The messages for subscribers beside gaze: events and lasting states. PROTOCOL.md explains the members."""

from __future__ import annotations

from typing import Literal

from msgspec import field

from server.protocol.gaze import Position, Status
from server.protocol.geometry import Rect
from server.protocol.subscriber_view import Space
from server.protocol.types import Answer, Number, Part, Positive, ServerMessage, SessionId, StimulusKind

Phase = Literal["start", "end"]
DwellPhase = Literal["start", "select", "end"]


class FixationEvent(ServerMessage, frozen=True, tag="fixation"):
    session: SessionId
    timestamp: Positive
    phase: Phase
    id: Number
    start: Positive
    duration_ms: Positive
    space: Space
    x: float | None
    y: float | None
    dispersion: Positive | None
    x_px: float | None
    y_px: float | None


class SaccadeEvent(ServerMessage, frozen=True, tag="saccade"):
    session: SessionId
    timestamp: Positive
    phase: Phase
    id: Number
    start: Positive
    duration_ms: Positive
    space: Space
    origin: Position | None = field(name="from")
    to: Position | None
    amplitude_px: float | None
    amplitude_deg: float | None


class BlinkEvent(ServerMessage, frozen=True, tag="blink"):
    session: SessionId
    timestamp: Positive
    phase: Phase
    id: Number
    start: Positive
    duration_ms: Positive


class AreaEvent(ServerMessage, frozen=True, tag="aoi"):
    session: SessionId
    timestamp: Positive
    phase: Phase
    id: str
    start: Positive
    duration_ms: Positive


class DwellEvent(ServerMessage, frozen=True, tag="dwell"):
    session: SessionId
    timestamp: Positive
    phase: DwellPhase
    id: str
    start: Positive
    duration_ms: Positive
    dwell_ms: float
    progress: float


class PlacedArea(Part, frozen=True):
    """One rectangle of an area, in CSS px of the screen; null while the page's viewport is unknown."""

    id: str
    x_px: float | None
    y_px: float | None
    width_px: float | None
    height_px: float | None
    dwell_ms: float | None
    repeat: bool


class AreasEvent(ServerMessage, frozen=True, tag="areas"):
    """All areas of the session, of every client that has reported some."""

    session: SessionId
    timestamp: Positive
    areas: tuple[PlacedArea, ...]


class StatusEvent(ServerMessage, frozen=True, tag="status"):
    session: SessionId
    timestamp: Positive
    status: Status
    valid: bool
    previous: Status | None


class KnownScreen(Part, frozen=True):
    """Lengths that were not measured are null."""

    width_px: float
    height_px: float
    width_mm: float | None
    height_mm: float | None
    key: str


class GeometryEvent(ServerMessage, frozen=True, tag="geometry"):
    session: SessionId
    screen: KnownScreen
    viewport: Rect | None
    device_pixel_ratio: float
    distance_mm: float | None


class MarkEvent(Answer, frozen=True, tag="mark"):
    """A mark. It is also the answer to `mark`."""

    session: SessionId
    label: str
    timestamp: Positive


class StimulusEvent(ServerMessage, frozen=True, tag="stimulus"):
    """A stimulus begins, moves or ends. timestamp: as the client has reported it.

    view: the viewport in which a page is seen, in CSS px of the screen: x, y, width, height; null for other kinds.
    """

    session: SessionId
    timestamp: Positive
    phase: Literal["start", "move", "end"]
    name: str
    kind: StimulusKind
    x_px: float | None
    y_px: float | None
    width_px: float | None
    height_px: float | None
    view: tuple[float, float, float, float] | None = None


EyeEvent = FixationEvent | SaccadeEvent | BlinkEvent
Event = EyeEvent | AreaEvent | DwellEvent | StatusEvent | AreasEvent | GeometryEvent | MarkEvent | StimulusEvent
