"""What a session answers with: messages to send and work to do, all as values. `handlers.camera` carries them out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from calibration.calibration import Calibration
from calibration.samples.sample import CalibrationSample
from calibration.screen import ScreenGeometry
from calibration.targets.pursuit import PursuitRound
from server.gaze.sample import GazeSample
from server.inference.results import AnalyzeFrame, CountFaces
from server.recordings.records import RecordFrame, StartRecording, StopRecording


@dataclass(frozen=True, slots=True)
class Reply:
    """A message to the session's own page."""

    payload: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class PublishGaze:
    """To the page (with the face's place), to the subscribers, and into the heat map where it counts."""

    sample: GazeSample
    count_in_heatmap: bool


@dataclass(frozen=True, slots=True)
class PublishMark:
    """To the page and to the subscribers, in order."""

    payload: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class FitCalibration:
    """`samples` of still dots; `head` of the round with the head turned."""

    run_id: int
    samples: tuple[CalibrationSample, ...]
    screen: ScreenGeometry
    head: tuple[CalibrationSample, ...] = ()
    pursuit: PursuitRound | None = None
    request_id: str | int | None = None


@dataclass(frozen=True, slots=True)
class SaveProfile:
    user: str
    screen_key: str
    calibration: Calibration
    camera: str | None = None
    request_id: str | int | None = None


@dataclass(frozen=True, slots=True)
class LoadProfile:
    user: str
    screen_key: str
    camera: str | None = None
    request_id: str | int | None = None


@dataclass(frozen=True, slots=True)
class ClearHeatmap:
    pass


Action = (
    Reply
    | PublishGaze
    | PublishMark
    | AnalyzeFrame
    | CountFaces
    | FitCalibration
    | SaveProfile
    | LoadProfile
    | StartRecording
    | RecordFrame
    | StopRecording
    | ClearHeatmap
)
