"""Selects the messages that a recording holds beside gaze. Pure.

1. Marks, stimuli, finished calibrations and validations, areas of interest, and what the gaze does on them (`aoi`,
   `dwell`) are written when they happen. Fixations, saccades and blinks are not: they are detected again on export.
2. A recording begins with the active calibration and its last validation, so that a reader knows the accuracy of the
   points, and with the areas, the stimulus and the visits in progress.
3. Each has a `timestamp`, like gaze messages. An earlier calibration has the time at which it became active.
"""

from __future__ import annotations

from typing import Any

from server.protocol.calibration import CalibrationActive, ValidationDone
from server.protocol.events import AreaEvent, AreasEvent, DwellEvent, MarkEvent, StimulusEvent
from server.protocol.replies import to_wire
from server.protocol.types import ServerMessage

Line = dict[str, Any]
Kept = MarkEvent | StimulusEvent | AreasEvent | AreaEvent | DwellEvent | CalibrationActive | ValidationDone


class Notes:
    """The notes of one session. They are taken all the time, also while nothing is recorded."""

    def __init__(self, session_id: str) -> None:
        self._session_id = session_id
        self._calibration: Line | None = None
        self._validation: Line | None = None
        self._areas: Line | None = None
        self._stimulus: Line | None = None  # that is shown now, at its newest place
        self._visits: dict[tuple[type, str], Line] = {}  # in progress

    def take(self, message: ServerMessage, now_ms: float) -> Line | None:
        """Takes a message of the session. Returns the line for the recording, None if recordings do not hold it."""
        if not isinstance(message, Kept):
            return None
        line = to_wire(message)
        match message:
            case CalibrationActive():
                line |= {"session": self._session_id, "timestamp": now_ms}
                self._calibration, self._validation = line, None  # the validation measured the earlier calibration
            case ValidationDone():
                line |= {"session": self._session_id, "timestamp": now_ms}
                self._validation = line
            case StimulusEvent(phase="start"):
                self._stimulus = line
            case StimulusEvent(phase="move") if self._is_shown(message.name):
                self._stimulus = {**line, "phase": "start"}
            case StimulusEvent(phase="end") if self._is_shown(message.name):
                self._stimulus = None
            case AreasEvent():
                self._areas = line
            case AreaEvent(phase="start") | DwellEvent(phase="start"):
                self._visits[type(message), message.id] = line
            case AreaEvent(phase="end") | DwellEvent(phase="end"):
                self._visits.pop((type(message), message.id), None)
        return line

    def current(self) -> list[Line]:
        """The lines with which a recording begins."""
        lasting = (self._calibration, self._validation, self._areas, self._stimulus)
        return [*(line for line in lasting if line is not None), *self._visits.values()]

    def _is_shown(self, name: str) -> bool:
        return self._stimulus is not None and self._stimulus["name"] == name
