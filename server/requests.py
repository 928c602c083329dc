"""What a page may ask for, as values: one class for each type of text message. `messages.parse_text` makes them."""

from __future__ import annotations

from dataclasses import dataclass

from calibration.screen import ScreenGeometry
from server.subscriptions import Subscribe


@dataclass(frozen=True, slots=True)
class Geometry:
    """The screen, in CSS pixels, and what the page knows about the room. None: not known, never guessed."""

    screen: ScreenGeometry
    device_pixel_ratio: float
    viewport: tuple[float, float, float, float] | None  # x, y, width, height in CSS px on the screen
    hfov_deg: float | None


@dataclass(frozen=True, slots=True)
class CalibrationStart:
    user: str | None


@dataclass(frozen=True, slots=True)
class CalibrationPoint:
    """The dot has arrived. `place` is where it really stands, should the page have had to move it into view."""

    target_id: int
    shown_ms: float
    place: tuple[float, float] | None = None


@dataclass(frozen=True, slots=True)
class CalibrationFinish:
    pass


@dataclass(frozen=True, slots=True)
class CalibrationCancel:
    pass


@dataclass(frozen=True, slots=True)
class ProfileLoad:
    user: str


@dataclass(frozen=True, slots=True)
class FilterReset:
    pass


@dataclass(frozen=True, slots=True)
class HeatmapClear:
    pass


@dataclass(frozen=True, slots=True)
class Mark:
    label: str


@dataclass(frozen=True, slots=True)
class Pause:
    pass


@dataclass(frozen=True, slots=True)
class Resume:
    pass


@dataclass(frozen=True, slots=True)
class TimeSync:
    client_ms: float


Body = (
    Geometry
    | CalibrationStart
    | CalibrationPoint
    | CalibrationFinish
    | CalibrationCancel
    | ProfileLoad
    | FilterReset
    | HeatmapClear
    | Mark
    | Pause
    | Resume
    | TimeSync
    | Subscribe
)


@dataclass(frozen=True, slots=True)
class ClientRequest:
    """A text message and the id that its answers repeat."""

    body: Body
    request_id: str | int | None = None
