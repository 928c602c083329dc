"""Collects the messages of a recording beside gaze: events, visits, areas, stimuli, marks and calibrations."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from server.recordings.checks import (
    checked_areas,
    checked_calibration,
    checked_stimulus,
    checked_validation,
    checked_visit,
    is_number,
    timed,
)

Message = Mapping[str, Any]
EVENT_TYPES = frozenset({"fixation", "saccade", "blink"})
VISIT_TYPES = frozenset({"aoi", "dwell"})


@dataclass(slots=True)
class Collected:
    """The messages so far. now_ms: the time of the last line, for messages without a `timestamp`."""

    now_ms: float = 0.0
    events: list[Message] = field(default_factory=list)
    marks: list[Message] = field(default_factory=list)
    areas: list[Message] = field(default_factory=list)
    stimuli: list[Message] = field(default_factory=list)
    calibrations: list[Message] = field(default_factory=list)
    validations: list[Message] = field(default_factory=list)
    geometry: Message | None = None
    visits: Visits = field(default_factory=lambda: Visits())

    def take(self, place: str, message: Message) -> None:
        """Takes a message that is not gaze. place: the file and the line. Raises RecordingError."""
        match message["type"]:
            case "mark":
                self.marks.append(timed(place, message))
            case kind if kind in EVENT_TYPES and message.get("phase") == "end":
                self.events.append(timed(place, message))
            case kind if kind in VISIT_TYPES:
                self.visits.take(checked_visit(place, message))
            case "areas":
                self.areas.append(checked_areas(place, message))
            case "stimulus":
                self.stimuli.append(checked_stimulus(place, message))
            case "geometry":
                self.geometry = message
            case "calibration" if message.get("state") in ("done", "loaded"):
                self.calibrations.append(checked_calibration(place, {"timestamp": self.now_ms, **message}))
            case "validation" if message.get("state") == "done":
                self.validations.append(checked_validation(place, {"timestamp": self.now_ms, **message}))
        if is_number(message.get("timestamp")):
            self.now_ms = message["timestamp"]


class Visits:
    """Collects the messages of visits, and ends those that the end of the recording cuts off."""

    def __init__(self) -> None:
        self._ended: list[Message] = []
        self._open: dict[tuple[str, str], Message] = {}

    def take(self, message: Message) -> None:
        key = (message["type"], message["id"])
        if message["phase"] == "start":
            self._open[key] = message
            return
        self._ended.append(message)
        if message["phase"] == "end":
            self._open.pop(key, None)

    def all(self, end_ms: float) -> list[Message]:
        cut_off = [
            {**m, "phase": "end", "timestamp": end_ms, "duration_ms": round(end_ms - m["start"], 1)}
            for m in self._open.values()
            if m["start"] <= end_ms
        ]
        return [*self._ended, *cut_off]
