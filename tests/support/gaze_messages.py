"""Messages of the server, as values and as clients read them."""

from __future__ import annotations

import json
from typing import Any

from server.protocol.events import BlinkEvent, MarkEvent, Phase
from server.protocol.gaze import Gaze
from server.protocol.replies import encode, to_wire
from server.protocol.types import RequestId, ServerMessage


def gaze(seq: int = 1, **members: Any) -> Gaze:
    """Of a frame without a face, unless the members say something else."""
    nobody = {"frame": seq, "timestamp": 1_000.0 * seq, "latency_ms": None, "valid": False, "status": "no_face"}
    return Gaze(session="s_1", seq=seq, **(nobody | members))


def mark(label: str) -> MarkEvent:
    return MarkEvent("s_1", label, 1_000.0)


def blink(phase: Phase) -> BlinkEvent:
    return BlinkEvent("s_1", 1_000.0, phase, 1, 1_000.0, 0.0)


def as_read(message: ServerMessage, request_id: RequestId | None = None) -> Any:
    """The message as a client reads it."""
    return json.loads(encode(to_wire(message, request_id=request_id)))


VALID_GAZE = {
    **{"type": "gaze", "seq": 7, "timestamp": 3_500.0, "valid": True, "status": "ok", "x": 0.25, "y": 1.125},
    "eyes": {"left": {"openness": 0.9, "closed": False}, "right": {"openness": 0.1, "closed": True}},
    "head": {"x": 12.0, "y": -35.0, "z": 571.0},
    "event": "fixation",
    "fixation": {"id": 57, "start": 3_000.0, "duration_ms": 500.0, "x": 0.26, "y": 1.1, "dispersion": 0.02},
}
LOST_GAZE = {"type": "gaze", "seq": 8, "timestamp": 3_533.0, "valid": False, "status": "no_face", "x": None, "y": None}


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
