"""One gaze sample as a value, and as the message gaze.v1 (see PROTOCOL.md).

`valid` follows from the status. An invalid sample has no coordinates. `replies.encode` refuses NaN, so JSON has none.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

from msgspec import UNSET

from calibration.screen import ScreenGeometry, ScreenPoint
from models.analysis import FaceAnalysis, GazeFeatures
from models.face.camera import Box, Region
from server.gaze.openness import OPEN, ShutEyes
from server.protocol.frames import FrameMessage
from server.protocol.gaze import VALID_STATUSES, Cause, Direction, Eye, Eyes, FaceOutline, Gaze, Head, Position, Status

OPEN_EYELIDS = 0.25  # eyelid distance over eye width of a relaxed open eye (see models/face/eyes.py): openness 1


@dataclass(frozen=True, slots=True)
class Estimate:
    """The point in screen units, its expected error and its confidence."""

    filtered: ScreenPoint
    raw: ScreenPoint
    error_px: float
    confidence: float
    screen: ScreenGeometry
    cause: Cause | None = None  # of an error that is GROWN times that of the calibrated position


@dataclass(frozen=True, slots=True)
class GazeSample:
    """The sample of one analysed frame. estimate: None in an invalid sample."""

    session_id: str
    seq: int
    frame: FrameMessage
    status: Status
    latency_ms: float | None
    analysis: FaceAnalysis | None = None
    shut: ShutEyes = OPEN
    track_id: int | None = None
    estimate: Estimate | None = None
    calibration_id: str | None = None
    reason: str | None = None  # text for people

    def __post_init__(self) -> None:
        if self.valid != (self.estimate is not None):
            raise ValueError(f"a sample with status {self.status} and estimate {self.estimate}")

    @property
    def valid(self) -> bool:
        return self.status in VALID_STATUSES

    def message(self) -> Gaze:
        """gaze.v1, without events."""
        estimate, features = self.estimate, self.analysis.features if self.analysis else None
        return Gaze(
            session=self.session_id,
            seq=self.seq,
            frame=self.frame.seq,
            timestamp=self.frame.captured_ms,
            latency_ms=None if self.latency_ms is None else round(self.latency_ms, 1),
            valid=self.valid,
            status=self.status,
            calibration=UNSET if self.calibration_id is None else self.calibration_id,
            reason=UNSET if self.reason is None else self.reason,
            **(_point(estimate) if estimate is not None else {}),
            **(_face(self.analysis, features, self.shut, self.track_id) if self.analysis and features else {}),
        )


def face_outline(analysis: FaceAnalysis | None, frame: FrameMessage) -> FaceOutline | None:
    """The place of the face in 0..1 of the camera's full frame. Only the page that sent the frame gets it."""
    box = face_place(analysis, frame)
    if analysis is None or box is None or analysis.eye_points is None:
        return None
    left, right = analysis.eye_points
    eyes = in_full_frame(left, frame), in_full_frame(right, frame)
    return FaceOutline(box, eyes, round(analysis.brightness, 1), round(analysis.glare, 2))


def face_place(analysis: FaceAnalysis | None, frame: FrameMessage) -> Box | None:
    """x, y, width and height of the face, in 0..1 of the camera's full frame."""
    if analysis is None or analysis.face_box is None:
        return None
    x, y, width, height = analysis.face_box
    left, top = in_full_frame((x, y), frame)
    right, bottom = in_full_frame((x + width, y + height), frame)
    return left, top, round(right - left, 4), round(bottom - top, 4)


def in_full_frame(point: tuple[float, float], frame: FrameMessage) -> tuple[float, float]:
    """Converts a point from 0..1 of the sent picture to 0..1 of the camera's full frame."""
    roi: Region = frame.roi
    return (
        round((roi.x + point[0] * roi.width) / frame.full_width_px, 4),
        round((roi.y + point[1] * roi.height) / frame.full_height_px, 4),
    )


def _point(estimate: Estimate) -> dict[str, Any]:
    x, y, screen = estimate.filtered.x, estimate.filtered.y, estimate.screen
    return {
        "x": round(x, 5),
        "y": round(y, 5),
        "x_px": round(x * screen.width_px, 1),
        "y_px": round(y * screen.height_px, 1),
        "on_screen": 0.0 <= x <= 1.0 and 0.0 <= y <= 1.0,
        "error_px": round(estimate.error_px, 1),
        "raw": Position(round(estimate.raw.x, 5), round(estimate.raw.y, 5)),
        "confidence": round(estimate.confidence, 3),
        **({} if estimate.cause is None else {"doubt": estimate.cause}),
    }


def _face(analysis: FaceAnalysis, features: GazeFeatures, shut: ShutEyes, track_id: int | None) -> dict[str, Any]:
    left, right = (float(value) for value in features.openness)
    x, y, z = (float(value) for value in features.head_translation_mm)
    return {
        "gaze": Direction(
            yaw=round(math.degrees(features.yaw_rad), 2), pitch=round(math.degrees(features.pitch_rad), 2)
        ),
        "eyes": Eyes(_eye(left, shut.left), _eye(right, shut.right)),
        "head": Head(
            yaw=round(analysis.head_yaw_deg, 2),
            pitch=round(analysis.head_pitch_deg, 2),
            roll=round(analysis.head_roll_deg, 2),
            x=round(x, 1),
            y=round(y, 1),
            z=round(z, 1),
            track_id=track_id,
        ),
    }


def _eye(eyelid_opening: float, shut: bool) -> Eye:
    openness = min(max(eyelid_opening / OPEN_EYELIDS, 0.0), 1.0)
    return Eye(round(openness, 3), shut)
