"""The sample that the Python client returns: a gaze message with types."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

NO_FRAMES = "no_frames"


@dataclass(frozen=True, slots=True)
class Fixation:
    """The fixation up to this sample. x, y: in the sample's space. dispersion: in widths of that space."""

    id: int
    start_ms: float
    duration_ms: float
    x: float
    y: float
    dispersion: float


@dataclass(frozen=True, slots=True)
class Sample:
    """One gaze message. The point (x, y, x_px, y_px) is None in an invalid sample. message: the whole message."""

    session: str
    seq: int
    timestamp_ms: float  # when the frame was captured, unix ms
    received_ms: float  # by this machine's clock
    valid: bool
    status: str
    x: float | None  # 0..1 of the screen or viewport, not clamped
    y: float | None
    x_px: float | None  # CSS px
    y_px: float | None
    confidence: float
    error_px: float | None
    latency_ms: float | None
    event: str | None
    fixation: Fixation | None
    aoi: tuple[str, ...]
    message: Mapping[str, Any]

    def stopped(self, received_ms: float) -> Sample:
        """The sample that follows this one when the stream is silent. It has no point."""
        nothing = dict.fromkeys(("x", "y", "x_px", "y_px", "raw", "event", "fixation"))
        return Sample(
            session=self.session,
            seq=self.seq,
            timestamp_ms=self.timestamp_ms,
            received_ms=received_ms,
            valid=False,
            status=NO_FRAMES,
            x=None,
            y=None,
            x_px=None,
            y_px=None,
            confidence=0.0,
            error_px=None,
            latency_ms=None,
            event=None,
            fixation=None,
            aoi=(),
            message={**self.message, **nothing, "valid": False, "status": NO_FRAMES, "confidence": 0.0},
        )

    @classmethod
    def from_message(cls, message: Mapping[str, Any], received_ms: float) -> Sample:
        """Reads a gaze message. Raises KeyError or TypeError for other messages."""
        fixation = message.get("fixation")
        return cls(
            session=message["session"],
            seq=message["seq"],
            timestamp_ms=message["timestamp"],
            received_ms=received_ms,
            valid=message["valid"],
            status=message["status"],
            x=message["x"],
            y=message["y"],
            x_px=message["x_px"],
            y_px=message["y_px"],
            confidence=message["confidence"],
            error_px=message.get("error_px"),
            latency_ms=message.get("latency_ms"),
            event=message.get("event"),
            fixation=None
            if fixation is None
            else Fixation(
                fixation["id"],
                fixation["start"],
                fixation["duration_ms"],
                fixation["x"],
                fixation["y"],
                fixation["dispersion"],
            ),
            aoi=tuple(message.get("aoi", ())),
            message=message,
        )
