"""Selects the messages that a recording holds beside gaze: marks, calibrations and validations. Pure.

1. Marks, finished calibrations and validations are written when they happen.
2. A recording begins with the active calibration and its last validation, so that a reader knows the accuracy of the
   points.
3. Each has a `timestamp`, like gaze messages. An earlier calibration has the time at which it became active.
"""

from __future__ import annotations

from typing import Any

from server.protocol.calibration import CalibrationActive, ValidationDone
from server.protocol.events import MarkEvent
from server.protocol.replies import to_wire
from server.protocol.types import ServerMessage

Line = dict[str, Any]


class Notes:
    """The notes of one session. They are taken all the time, also while nothing is recorded."""

    def __init__(self, session_id: str) -> None:
        self._session_id = session_id
        self._calibration: Line | None = None
        self._validation: Line | None = None

    def take(self, message: ServerMessage, now_ms: float) -> Line | None:
        """Takes a message of the session. Returns the line for the recording, None if recordings do not hold it."""
        if not isinstance(message, MarkEvent | CalibrationActive | ValidationDone):
            return None
        line = {"session": self._session_id, "timestamp": now_ms}
        line = {**to_wire(message), **(line if not isinstance(message, MarkEvent) else {})}
        if isinstance(message, CalibrationActive):
            self._calibration, self._validation = line, None  # the validation measured the earlier calibration
        elif isinstance(message, ValidationDone):
            self._validation = line
        return line

    def current(self) -> list[Line]:
        """The lines with which a recording begins."""
        return [line for line in (self._calibration, self._validation) if line is not None]
