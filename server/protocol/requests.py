"""The requests of clients: one frozen type for each text message, with its limits. `parsing.parse_text` makes them.

Members have the names of the wire, or a `field(name=...)`. `__post_init__` has the rules that a type can't express.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from typing import Annotated, Literal, get_args

from msgspec import Meta, field

from calibration.screen import Point
from calibration.targets.patterns import MAX_TARGETS, MIN_TARGETS
from server.protocol.areas import SetAreas
from server.protocol.geometry import Geometry as Geometry
from server.protocol.geometry import ScreenSize as ScreenSize
from server.protocol.subscription import Subscribe
from server.protocol.types import (
    MAX_PX,
    Checked,
    FilterName,
    Name,
    PlacePx,
    Request,
    RequestId,
    StimulusKind,
    TimeMs,
    Unit,
)

MAX_KNOTS = 400
MAX_PATH_MS = 60_000.0
MAX_LOOK_MS = 10_000.0

Pattern = Literal["3", "5", "9", "13", "16"]
Places = Annotated[tuple[tuple[Unit, Unit], ...], Meta(min_length=1, max_length=MAX_TARGETS)]
PathMs = Annotated[float, Meta(ge=0.0, le=MAX_PATH_MS)]
Path = Annotated[tuple[tuple[PathMs, Unit, Unit], ...], Meta(min_length=2, max_length=MAX_KNOTS)]


class CalibrationStart(Request, frozen=True, tag="calibration_start"):
    """pattern: None for the default pattern, or for `points`. repeats: how many times targets may be repeated.

    extra_points: number of targets that may be added after the fit; 0 for simple clients.
    """

    user: Name | None = None
    pattern: Pattern | None = None
    points: Places | None = None
    pursuit: bool = False
    head_round: bool = False
    repeats: Annotated[int, Meta(ge=0, le=5)] = 0
    extra_points: Annotated[int, Meta(ge=0, le=6)] = 0

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.pattern is not None and self.points is not None:
            raise ValueError("pattern must be left out when points are given")
        _check_different(self.points, MIN_TARGETS)


class CalibrationPoint(Request, frozen=True, tag="calibration_point"):
    """The target has come to rest. x and y: its actual place, if the page had to move it into view.

    path: the path as shown, if the page had to scale it.
    """

    target_id: Annotated[int, Meta(ge=0, le=10_000)]
    shown_ms: TimeMs
    x: Unit | None = None
    y: Unit | None = None
    path: Path | None = None

    def __post_init__(self) -> None:
        if (self.x is None) != (self.y is None):
            raise ValueError(f"{'x' if self.x is None else 'y'} must be a number, as the other of x and y is given")
        times = [knot[0] for knot in self.path or ()]
        if times and not (times[0] == 0.0 and all(a < b for a, b in itertools.pairwise(times))):
            raise ValueError("path must have knots [ms, x, y] with ms growing from 0")

    @property
    def place(self) -> Point | None:
        return None if self.x is None or self.y is None else (self.x, self.y)


class CalibrationFinish(Request, frozen=True, tag="calibration_finish"):
    pass


class CalibrationCancel(Request, frozen=True, tag="calibration_cancel"):
    pass


class ValidationStart(Request, frozen=True, tag="validation_start"):
    """check: three targets that measure a saved calibration; the server then removes their common shift."""

    check: bool = False
    points: Places | None = None

    def __post_init__(self) -> None:
        if self.check and self.points is not None:
            raise ValueError("points must be left out for a check")
        _check_different(self.points, 1)


class _At(Request, frozen=True):
    x: Unit
    y: Unit

    @property
    def place(self) -> Point:
        return self.x, self.y


class Drift(_At, frozen=True, tag="drift"):
    """A drift check: a target is at this place since `shown_ms`, and the person looks at it."""

    shown_ms: TimeMs
    undo: bool = False


class DriftUndo(Request, frozen=True, tag="drift"):
    """Removes the corrections of drift checks and clicks. It shows no target, so it has no place."""

    undo: Annotated[bool, Meta(extra_json_schema={"const": True})] = True
    x: None = None
    y: None = None
    shown_ms: None = None


class Click(_At, frozen=True, tag="click"):
    """The person clicked at this place, and so looked at it."""

    at_ms: TimeMs = field(name="timestamp")


class Look(_At, frozen=True, tag="look"):
    """The person looked at this place during this time, at a target that the client drew or at a click."""

    start_ms: TimeMs
    end_ms: Annotated[float, Meta(ge=0.0)]

    def __post_init__(self) -> None:
        if not self.start_ms <= self.end_ms <= self.start_ms + MAX_LOOK_MS:
            raise ValueError(f"end_ms must be 0 to {MAX_LOOK_MS:g} ms after start_ms")


class LookFit(Request, frozen=True, tag="look_fit"):
    user: Name | None = None


class LookClear(Request, frozen=True, tag="look_clear"):
    pass


class StudyRun(Checked, frozen=True):
    """The part of a study that a recording holds. row: of the study's orders."""

    name: Name
    participant: Annotated[int, Meta(ge=1, le=1_000_000)]
    row: Annotated[int, Meta(ge=0, le=1_000_000)] = 0


class RecordStart(Request, frozen=True, tag="record_start"):
    """consent: the person has agreed, on the page, to keep the frames."""

    frames: bool = False
    consent: bool = False
    person: Name | None = None
    study: StudyRun | None = None


class RecordStop(Request, frozen=True, tag="record_stop"):
    """complete: the participant has seen the study to its end."""

    complete: bool = False


SidePx = Annotated[float, Meta(ge=1.0, le=MAX_PX)]


class Stimulus(Request, frozen=True, tag="stimulus"):
    """What is on the screen from `shown_ms` on: begins, moves or ends. Its rectangle, in CSS px of the screen, may be
    larger than the screen (a page that scrolls); without one, it fills the screen."""

    phase: Literal["start", "move", "end"]
    name: Name
    shown_ms: TimeMs
    kind: StimulusKind = "picture"
    x_px: PlacePx | None = None
    y_px: PlacePx | None = None
    width_px: SidePx | None = None
    height_px: SidePx | None = None

    def __post_init__(self) -> None:
        super().__post_init__()
        sides = (self.x_px, self.y_px, self.width_px, self.height_px)
        if None in sides and sides != (None,) * 4:
            raise ValueError("x_px, y_px, width_px and height_px must be given together")


class ProfileLoad(Request, frozen=True, tag="profile_load"):
    user: Name


class CalibrationResume(Request, frozen=True, tag="calibration_resume"):
    """Makes the calibration of an ended session of this page active again."""

    token: Annotated[str, Meta(min_length=1, max_length=64)]


class ProfileSave(Request, frozen=True, tag="profile_save"):
    """Saves the active calibration as the profile of this user."""

    user: Name


class FilterReset(Request, frozen=True, tag="filter_reset"):
    pass


class FilterSet(Request, frozen=True, tag="filter_set"):
    """filter: None for the server's own (`--filter`)."""

    filter: FilterName | None = None


class HeatmapClear(Request, frozen=True, tag="heatmap_clear"):
    pass


Game = Literal["calibration", "validation"]


class GameStart(Request, frozen=True, tag="game_start"):
    """Has the camera's page play its game with the person."""

    game: Game = "calibration"


class GameRefuse(Request, frozen=True, tag="game_refuse"):
    """From the camera's page: it does not begin the game that was requested. reason: for the program's user."""

    reason: Annotated[str, Meta(min_length=1, max_length=200)]
    game: Game = "calibration"


class Mark(Request, frozen=True, tag="mark"):
    label: Name


class Pause(Request, frozen=True, tag="pause"):
    """sending: false when the page only reports that it sends no frames. Its next frame ends this."""

    sending: bool | None = None

    def __post_init__(self) -> None:
        if self.sending is True:
            raise ValueError("sending must be false or left out")


class Resume(Request, frozen=True, tag="resume"):
    pass


class TimeSync(Request, frozen=True, tag="time_sync"):
    client_ms: TimeMs


# The requests that a session answers. The socket answers the others, also for a reader without a session's token.
SessionRequest = (
    Geometry
    | SetAreas
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
    | CalibrationResume
    | ProfileLoad
    | ProfileSave
    | FilterReset
    | FilterSet
    | HeatmapClear
    | GameStart
    | GameRefuse
    | Stimulus
    | Mark
    | Pause
    | Resume
)
Body = SessionRequest | TimeSync | Subscribe
BODIES: tuple[type[Body], ...] = get_args(Body)


@dataclass(frozen=True, slots=True)
class ClientRequest:
    """A text message, and the id that its answers repeat."""

    body: Body
    request_id: RequestId | None = None


def _check_different(points: tuple[Point, ...] | None, fewest: int) -> None:
    if points is not None and len(set(points)) < max(fewest, len(points)):
        raise ValueError(f"points must be {fewest} to {MAX_TARGETS} different places [x, y]")
