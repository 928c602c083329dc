"""Messages of the server, as values and as their JSON."""

from __future__ import annotations

import json
from typing import Any

from server.protocol.events import BlinkEvent, FixationEvent, MarkEvent, Phase, StimulusEvent
from server.protocol.gaze import Eye, Eyes, FixationSoFar, Gaze, Head
from server.protocol.replies import encode, to_wire
from server.protocol.types import RequestId, ServerMessage


def gaze(seq: int = 1, **members: Any) -> Gaze:
    """The gaze message of a frame without a face; `members` replace its values."""
    no_face = {"frame": seq, "timestamp": 1_000.0 * seq, "latency_ms": None, "valid": False, "status": "no_face"}
    return Gaze(session="s_1", seq=seq, **(no_face | members))


def mark(label: str, time_ms: float = 1_000.0) -> MarkEvent:
    return MarkEvent("s_1", label, time_ms)


def stimulus(phase: Phase, name: str, time_ms: float = 1_000.0) -> StimulusEvent:
    return StimulusEvent("s_1", time_ms, phase, name, "picture", None, None, None, None)


def blink(phase: Phase, time_ms: float = 1_000.0, duration_ms: float = 0.0) -> BlinkEvent:
    return BlinkEvent("s_1", time_ms, phase, 3, time_ms - duration_ms, duration_ms)


def fixation(phase: Phase, x: float | None, y: float | None, time_ms: float = 1_000.0) -> FixationEvent:
    return FixationEvent("s_1", time_ms, phase, 57, time_ms, 0.0, "screen", x, y, None, None, None)


def as_read(message: ServerMessage, request_id: RequestId | None = None) -> Any:
    """The message as a client reads it."""
    return json.loads(encode(to_wire(message, request_id=request_id)))


VALID_GAZE = gaze(
    7,
    timestamp=3_500.0,
    valid=True,
    status="ok",
    x=0.25,
    y=1.125,
    confidence=0.5,
    error_px=74.0,
    eyes=Eyes(left=Eye(0.9, closed=False), right=Eye(0.1, closed=True)),
    head=Head(yaw=4.2, pitch=-2.0, roll=0.6, x=12.0, y=-35.0, z=571.0, track_id=1),
    event="fixation",
    fixation=FixationSoFar(57, start=3_000.0, duration_ms=500.0, x=0.26, y=1.1, dispersion=0.02),
)
LOST_GAZE = gaze(8, timestamp=3_533.0)


STREAMED_GAZE: dict[str, Any] = {
    "type": "gaze",
    "v": 1,
    "session": "s_1",
    "seq": 1,
    "timestamp": 1_763_843_912_000.0,
    "valid": True,
    "status": "ok",
    "x": 0.5,
    "y": 0.25,
    "x_px": 500.0,
    "y_px": 125.0,
    "confidence": 0.9,
}
