"""What a session returns: messages to send and work to do, all as values. `server.http.camera_socket` performs them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from calibration.calibration import Calibration
from calibration.samples.sample import CalibrationSample
from calibration.screen import ScreenGeometry
from calibration.targets.pursuit import PursuitRound
from server.inference.results import AnalyzeFrame, CountFaces
from server.protocol.subscriber_view import ScreenLayout
from server.recordings.records import RecordFrame, RecordNote, StartRecording, StopRecording

Payload = Mapping[str, Any]


class Sender(Protocol):
    """A client that sends requests and gets their answers. A session compares senders and never calls them."""

    async def send(self, payload: Payload) -> None: ...


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a request comes from. sender: None for the camera's own page. request_id: repeated by each answer."""

    sender: Sender | None = None
    request_id: str | int | None = None


PAGE = Origin()


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer. to: the sender that gets it, None for the page."""

    payload: Payload
    to: Sender | None = None


@dataclass(frozen=True, slots=True)
class ToPage:
    """A message that the page gets whoever sent the request."""

    payload: Payload


@dataclass(frozen=True, slots=True)
class Publish:
    """To all subscribers of the topic. lasting: later subscribers get it, too. layout: of the screen at that time."""

    topic: str
    payload: Payload
    lasting: bool = False
    layout: ScreenLayout | None = None


@dataclass(frozen=True, slots=True)
class FitCalibration:
    """`samples` of still targets; `head` of the round with the head turned."""

    run_id: int
    samples: tuple[CalibrationSample, ...]
    screen: ScreenGeometry
    head: tuple[CalibrationSample, ...] = ()
    pursuit: PursuitRound | None = None
    origin: Origin = PAGE


@dataclass(frozen=True, slots=True)
class SaveProfile:
    user: str
    screen_key: str
    calibration: Calibration
    camera: str | None = None
    origin: Origin = PAGE


@dataclass(frozen=True, slots=True)
class LoadProfile:
    user: str
    screen_key: str
    camera: str | None = None
    origin: Origin = PAGE


Job = FitCalibration | SaveProfile | LoadProfile
Recording = StartRecording | RecordFrame | RecordNote | StopRecording
Action = Reply | ToPage | Publish | AnalyzeFrame | CountFaces | Job | Recording
