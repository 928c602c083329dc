"""What belongs into a recording beside the gaze: marks, calibrations and validations. Pure.

1. Marks, finished calibrations and validations are written when they happen.
2. A recording begins with the active calibration and its last validation, so that a reader knows how far to trust the
   points.
3. Each has its `timestamp`, as gaze messages do; an earlier calibration has that of its own beginning.
"""

from __future__ import annotations

from typing import Any

from server.protocol.calibration import CalibrationActive, ValidationDone
from server.protocol.events import MarkEvent
from server.protocol.replies import to_wire
from server.protocol.types import ServerMessage

Line = dict[str, Any]


class Notes:
    """Of one session, whether it is recorded or not."""

    def __init__(self, session_id: str) -> None:
        self._session_id = session_id
        self._calibration: Line | None = None
        self._validation: Line | None = None

    def take(self, message: ServerMessage, now_ms: float) -> Line | None:
        """A message that the session has sent, as a recording's line; None where it is not to be kept."""
        if not isinstance(message, MarkEvent | CalibrationActive | ValidationDone):
            return None
        line = {"session": self._session_id, "timestamp": now_ms}
        line = {**to_wire(message), **(line if not isinstance(message, MarkEvent) else {})}
        if isinstance(message, CalibrationActive):
            self._calibration, self._validation = line, None  # the validation was of the calibration before
        elif isinstance(message, ValidationDone):
            self._validation = line
        return line

    def current(self) -> list[Line]:
        return [line for line in (self._calibration, self._validation) if line is not None]
