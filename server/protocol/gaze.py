"""The gaze message, gaze.v1: one for each analysed frame. PROTOCOL.md explains its members."""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import UNSET, Meta, UnsetType

from server.protocol.subscriber_view import Space
from server.protocol.types import CalibrationId, Count, Number, Part, Positive, ServerMessage, SessionId, Unit

Status = Literal[
    "ok",
    "no_face",
    "multiple_faces",
    "eyes_closed",
    "out_of_range",
    "off_center",
    "low_light",
    "uncalibrated",
    "stale_calibration",
    "paused",
    "frozen",
    "no_frames",
    "error",
    "no_viewport",
]
VALID_STATUSES: frozenset[Status] = frozenset({"ok", "stale_calibration"})
"""The statuses with a point. With a stale calibration the point is doubtful."""

STOPPED_STATUSES: frozenset[Status] = frozenset({"paused", "frozen", "no_frames"})
"""The statuses without new pictures. They end all that is open: fixations, saccades, visits, dwell."""

Cause = Literal["nearer", "farther", "left", "right", "higher", "lower", "turned", "moved", "eyes"]
"""Why the error is larger than in the calibrated position: where the head is now, or how the eyes look."""

GazeEvent = Literal["fixation", "saccade", "blink"]
Box = tuple[float, float, float, float]


class Position(Part, frozen=True):
    x: float
    y: float


class Direction(Part, frozen=True):
    """The direction of gaze in degrees, in the camera frame."""

    yaw: float
    pitch: float


class Eye(Part, frozen=True):
    openness: Unit
    closed: bool


class Eyes(Part, frozen=True):
    left: Eye
    right: Eye


class Head(Part, frozen=True):
    """The head pose: angles in degrees, place in mm from the camera."""

    yaw: float
    pitch: float
    roll: float
    x: float
    y: float
    z: float
    track_id: Number | None


class FixationSoFar(Part, frozen=True):
    id: Number
    start: Positive
    duration_ms: Positive
    x: float
    y: float
    dispersion: Positive


class DwellSoFar(Part, frozen=True):
    id: str
    progress: Unit


class FaceOutline(Part, frozen=True):
    """The face in 0..1 of the camera's full frame. Only the page that sent the frame gets it.

    glare: the share of an iris under a reflection in glasses, of the eye with more.
    """

    box: Box
    eyes: tuple[tuple[float, float], tuple[float, float]]
    brightness: float
    glare: Unit | UnsetType = UNSET


class Gaze(ServerMessage, frozen=True, kw_only=True, tag="gaze"):
    """One sample. `valid` follows from the status. An invalid sample has no point, and its `confidence` is 0."""

    v: Literal[1] = 1
    session: SessionId
    seq: Number
    frame: Count
    timestamp: Positive
    latency_ms: Positive | None
    valid: bool
    status: Status
    space: Space = "screen"
    x: float | None = None
    y: float | None = None
    x_px: float | None = None
    y_px: float | None = None
    on_screen: bool | UnsetType = UNSET
    error_px: Positive | UnsetType = UNSET
    raw: Position | None = None
    confidence: Unit = 0.0
    gaze: Direction | UnsetType = UNSET
    eyes: Eyes | UnsetType = UNSET
    head: Head | UnsetType = UNSET
    calibration: CalibrationId | UnsetType = UNSET
    reason: str | UnsetType = UNSET
    doubt: Cause | UnsetType = UNSET
    event: GazeEvent | UnsetType | None = UNSET
    fixation: FixationSoFar | UnsetType | None = UNSET
    aoi: Annotated[tuple[str, ...], Meta(extra_json_schema={"uniqueItems": True})] | UnsetType = UNSET
    dwell: DwellSoFar | UnsetType = UNSET
    face: FaceOutline | UnsetType | None = UNSET
