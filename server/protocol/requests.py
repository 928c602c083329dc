"""What a page may ask for, as values: one class for each type of text message. `messages.parse_text` makes them."""

from __future__ import annotations

from dataclasses import dataclass

from calibration.screen import Point, ScreenGeometry
from calibration.targets.pursuit import Knot
from server.protocol.areas import SetAreas
from server.protocol.subscription import Subscribe


@dataclass(frozen=True, slots=True)
class Geometry:
    """The screen, in CSS pixels, and what the page knows about the room. None: not known, never guessed."""

    screen: ScreenGeometry
    device_pixel_ratio: float
    viewport: tuple[float, float, float, float] | None  # x, y, width, height in CSS px on the screen
    hfov_deg: float | None
    camera: str | None = None  # its name, for profiles: another camera sees another face


@dataclass(frozen=True, slots=True)
class CalibrationStart:
    """`repeats`: how often dots may be asked again, `extra_points`: how many further ones; 0 for simple clients."""

    user: str | None
    pattern: str = "9"
    points: tuple[Point, ...] | None = None  # instead of a pattern
    pursuit: bool = False
    head_round: bool = False
    repeats: int = 0
    extra_points: int = 0


@dataclass(frozen=True, slots=True)
class CalibrationPoint:
    """The dot has arrived. `place` is where it really stands, should the page have had to move it into view."""

    target_id: int
    shown_ms: float
    place: Point | None = None
    path: tuple[Knot, ...] | None = None  # as it was really played, should the page have had to squeeze it


@dataclass(frozen=True, slots=True)
class CalibrationFinish:
    pass


@dataclass(frozen=True, slots=True)
class CalibrationCancel:
    pass


@dataclass(frozen=True, slots=True)
class ValidationStart:
    """`check`: three dots for a saved calibration, whose common shift is put right."""

    check: bool = False
    points: tuple[Point, ...] | None = None


@dataclass(frozen=True, slots=True)
class Drift:
    """A dot stands at `place` since `shown_ms`, and the person looks at it."""

    place: Point
    shown_ms: float


@dataclass(frozen=True, slots=True)
class DriftUndo:
    """Takes back what drift checks and clicks have moved."""


@dataclass(frozen=True, slots=True)
class Click:
    """The person clicked there, and so looked there."""

    place: Point
    at_ms: float


@dataclass(frozen=True, slots=True)
class Look:
    """The person looked there during this time, at a dot of the page's own or at what was clicked."""

    place: Point
    start_ms: float
    end_ms: float


@dataclass(frozen=True, slots=True)
class LookFit:
    user: str | None = None


@dataclass(frozen=True, slots=True)
class LookClear:
    pass


@dataclass(frozen=True, slots=True)
class RecordStart:
    """`consent`: the person in the frames has agreed, on the page, to keep them."""

    frames: bool = False
    consent: bool = False
    person: str | None = None


@dataclass(frozen=True, slots=True)
class RecordStop:
    pass


@dataclass(frozen=True, slots=True)
class ProfileLoad:
    user: str


@dataclass(frozen=True, slots=True)
class ProfileSave:
    """Keeps the calibration in force: somebody who has seen that it is good."""

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
    | ValidationStart
    | Drift
    | DriftUndo
    | Click
    | Look
    | LookFit
    | LookClear
    | RecordStart
    | RecordStop
    | ProfileLoad
    | ProfileSave
    | FilterReset
    | HeatmapClear
    | Mark
    | Pause
    | Resume
    | TimeSync
    | Subscribe
    | SetAreas
)


@dataclass(frozen=True, slots=True)
class ClientRequest:
    """A text message and the id that its answers repeat."""

    body: Body
    request_id: str | int | None = None
