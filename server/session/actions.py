"""What a session answers with: messages to send and work to do, all as values. `handlers.camera` carries them out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from calibration.calibration import Calibration
from calibration.samples.sample import CalibrationSample
from calibration.screen import ScreenGeometry
from calibration.targets.pursuit import PursuitRound
from models.analyzer import FaceAnalysis
from models.face.detector import Box
from server.gaze.sample import GazeSample
from server.protocol.messages import FrameMessage


@dataclass(frozen=True, slots=True)
class AnalyzedFrame:
    """What the pipeline found in a frame. Without an `analysis`, `problem` says why; not `looked`: it was paused."""

    frame: FrameMessage
    analysis: FaceAnalysis | None = None
    problem: str | None = None
    looked: bool = True


@dataclass(frozen=True, slots=True)
class CountedFaces:
    """The faces in an overview, as (x, y, width, height) in 0..1; None when its picture could not be decoded."""

    frame: FrameMessage
    boxes: tuple[Box, ...] | None


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
class AnalyzeFrame:
    """`look` is False while paused: the frame is answered without anybody decoding the picture."""

    frame: FrameMessage
    hfov_deg: float | None
    look: bool


@dataclass(frozen=True, slots=True)
class CountFaces:
    """In an overview, which is answered, or in a frame that happens to show all that the camera sees."""

    frame: FrameMessage


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
class StartRecording:
    recording_id: str
    started_ms: float
    frames: bool
    person: str | None
    screen: ScreenGeometry
    hfov_deg: float | None
    camera: str | None


@dataclass(frozen=True, slots=True)
class RecordedTarget:
    """The dot that a frame belongs to. `phase` as in a session folder: empty where no still dot is shown."""

    phase: str
    target_id: int
    x: float
    y: float


@dataclass(frozen=True, slots=True)
class RecordFrame:
    recording_id: str
    payload: Mapping[str, Any]
    frame: FrameMessage
    target: RecordedTarget | None
    picture: bool  # whether the frame's JPEG is kept, too


@dataclass(frozen=True, slots=True)
class StopRecording:
    recording_id: str
    ended_ms: float


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
