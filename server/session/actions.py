"""The values that a session returns: messages to send and work to do. `server.http.camera_socket` performs them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from calibration.calibration import Calibration
from calibration.samples.sample import CalibrationSample
from calibration.screen import ScreenGeometry
from calibration.targets.pursuit import PursuitRound
from server.inference.results import AnalyzeFrame, CountFaces
from server.protocol.geometry import ScreenLayout
from server.protocol.types import RequestId, ServerMessage
from server.recordings.records import RecordFrame, RecordNote, StartRecording, StopRecording


class Sender(Protocol):
    """A client that sends requests and gets their answers. A session compares senders and never calls them."""

    async def send(self, message: ServerMessage, request_id: RequestId | None = None) -> None: ...


@dataclass(frozen=True, slots=True)
class Origin:
    """The source of a request. sender: None for the camera's own page. request_id: repeated in each answer."""

    sender: Sender | None = None
    request_id: RequestId | None = None


PAGE = Origin()


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer. to: the sender that receives it, None for the page."""

    message: ServerMessage
    to: Sender | None = None
    request_id: RequestId | None = None


@dataclass(frozen=True, slots=True)
class ToPage:
    """A message for the page, also when another sender made the request."""

    message: ServerMessage


@dataclass(frozen=True, slots=True)
class Publish:
    """A message for all subscribers of its type.

    lasting: later subscribers get it, too. layout: the screen and the viewport at the time of the message.
    """

    message: ServerMessage
    lasting: bool = False
    layout: ScreenLayout | None = None


@dataclass(frozen=True, slots=True)
class FitCalibration:
    """Fit a calibration. samples: of the still targets. head: of the round with the head turned.

    camera_px: width and height of the camera's frames. user: whose earlier sessions at this screen and camera the fit
    may learn from.
    """

    run_id: int
    samples: tuple[CalibrationSample, ...]
    screen: ScreenGeometry
    head: tuple[CalibrationSample, ...] = ()
    pursuit: PursuitRound | None = None
    camera_px: tuple[int, int] | None = None
    user: str | None = None
    camera: str | None = None
    origin: Origin = PAGE


@dataclass(frozen=True, slots=True)
class SaveProfile:
    """Write a calibration to the user's profile for this screen and camera."""

    user: str
    screen_key: str
    calibration: Calibration
    camera: str | None = None
    origin: Origin = PAGE


@dataclass(frozen=True, slots=True)
class LoadProfile:
    """Read the user's profile for this screen and camera."""

    user: str
    screen_key: str
    camera: str | None = None
    origin: Origin = PAGE


@dataclass(frozen=True, slots=True)
class ResumeCalibration:
    """Find the calibration of an ended session. token: of that session."""

    token: str
    origin: Origin = PAGE


Job = FitCalibration | SaveProfile | LoadProfile
Recording = StartRecording | RecordFrame | RecordNote | StopRecording
Action = Reply | ToPage | Publish | AnalyzeFrame | CountFaces | Job | ResumeCalibration | Recording
