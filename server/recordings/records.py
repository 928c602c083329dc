"""The parts of a recording as values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from calibration.screen import ScreenGeometry
from server.protocol.frames import FrameMessage
from server.protocol.gaze import Gaze
from server.protocol.requests import StudyRun


@dataclass(frozen=True, slots=True)
class StartRecording:
    recording_id: str
    started_ms: float
    frames: bool
    person: str | None
    screen: ScreenGeometry
    hfov_deg: float | None
    camera: str | None
    study: StudyRun | None = None


@dataclass(frozen=True, slots=True)
class RecordedTarget:
    """The target that a frame belongs to. phase: as in a session folder, empty for a moving target."""

    phase: str
    target_id: int
    x: float
    y: float


@dataclass(frozen=True, slots=True)
class RecordFrame:
    recording_id: str
    gaze: Gaze  # without events
    frame: FrameMessage
    target: RecordedTarget | None
    picture: bool  # whether the frame's JPEG is kept, too


@dataclass(frozen=True, slots=True)
class RecordNote:
    """A line that is no gaze message. awaited: whether the answer to its message waits until it is written."""

    line: Mapping[str, Any]
    awaited: bool = True


@dataclass(frozen=True, slots=True)
class StopRecording:
    """complete: the participant of a study has seen it to its end."""

    recording_id: str
    ended_ms: float
    complete: bool = False
