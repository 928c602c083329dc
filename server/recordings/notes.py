"""What belongs into a recording beside the gaze: marks, calibrations and validations. Pure.

1. Marks, finished calibrations and validations are written when they happen.
2. A recording begins with the active calibration and its last validation, so that a reader knows how far to trust the
   points.
3. Each has its `timestamp`, as gaze messages do; an earlier calibration has that of its own beginning.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

Line = dict[str, Any]
FINISHED = frozenset({"done", "loaded"})


class Notes:
    """Of one session, whether it is recorded or not."""

    def __init__(self, session_id: str) -> None:
        self._session_id = session_id
        self._calibration: Line | None = None
        self._validation: Line | None = None

    def take(self, message: Mapping[str, Any], now_ms: float) -> Line | None:
        """A message that the session has sent, as a recording's line; None where it is not to be kept."""
        kind = message["type"]
        finished = message.get("state") in FINISHED
        if kind != "mark" and not (kind in ("calibration", "validation") and finished):
            return None
        payload = {key: value for key, value in message.items() if key != "request_id"}
        line = {**payload, "session": self._session_id, "timestamp": message.get("timestamp", now_ms)}
        if kind == "calibration":
            self._calibration, self._validation = line, None  # the validation was of the calibration before
        elif kind == "validation":
            self._validation = line
        return line

    def current(self) -> list[Line]:
        return [line for line in (self._calibration, self._validation) if line is not None]
