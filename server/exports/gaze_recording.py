"""A recording of gaze, read and checked: the one place that knows how it lies on the disk.

    FOLDER/session.json     as the recorder writes it (`server.recorder`): person, screen, camera
    FOLDER/samples.ndjson   each gaze message, with the dot that was shown as `target` and `phase`
    FILE.ndjson             messages of the stream as `curl .../v1/stream/ndjson` leaves them, without a folder

1. `gaze` messages become samples, `fixation`, `saccade` and `blink` messages that end something become events, `mark`
   messages become marks. `geometry` tells the screen where session.json doesn't, `calibration` the errors. Other
   messages are passed over.
2. Where there are samples only, the events are found afterwards (`offline_events`).
3. A recording has one session; of a file with several, one has to be chosen.
4. Everything wrong becomes a RecordingError that begins with the file and the line; but a last line that was cut off in
   its middle, by a crash or by Ctrl-C, is let go.
"""

from __future__ import annotations

import itertools
import json
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from calibration.screen import ScreenGeometry
from server.exports.offline_events import with_events
from server.recordings import RecordingError, SessionMembers

Message = Mapping[str, Any]
EVENT_TYPES = frozenset({"fixation", "saccade", "blink"})
MAX_LINE_CHARS = 1_000_000  # a calibration's report has some 10,000


@dataclass(frozen=True, slots=True)
class GazeRecording:
    """`samples` are gaze.v1 messages in the order of capture, `events` the end messages, `report` the last one's."""

    name: str
    person: str
    screen: ScreenGeometry
    samples: tuple[Message, ...]
    events: tuple[Message, ...]
    events_found_afterwards: bool
    marks: tuple[Message, ...]
    report: Message | None
    n_calibrations: int

    @property
    def start_ms(self) -> float:
        return float(self.samples[0]["timestamp"])

    @property
    def end_ms(self) -> float:
        return float(self.samples[-1]["timestamp"])

    @property
    def median_interval_ms(self) -> float | None:
        """Between samples; None where there is only one."""
        times = [float(sample["timestamp"]) for sample in self.samples]
        intervals = sorted(b - a for a, b in itertools.pairwise(times))
        return intervals[len(intervals) // 2] if intervals and intervals[len(intervals) // 2] > 0 else None

    def messages(self) -> list[Message]:
        """Everything in the order of time."""
        return sorted([*self.samples, *self.events, *self.marks], key=lambda message: float(message["timestamp"]))


def read_gaze_recording(path: Path, *, session: str | None = None) -> GazeRecording:
    """Raises RecordingError."""
    folder = path.is_dir()
    lines_path = _only_ndjson(path) if folder else path
    lines = list(_messages(lines_path))
    gaze = [message for _, message in lines if message["type"] == "gaze"]
    session = _only_session(lines_path, gaze, session)
    samples, events, marks, geometry, reports = [], [], [], None, []
    for line, message in lines:
        if message.get("session", session) != session:
            continue
        match message["type"]:
            case "gaze":
                samples.append(_checked_sample(f"{lines_path}:{line}", message))
            case "mark":
                marks.append(_timed(f"{lines_path}:{line}", message))
            case kind if kind in EVENT_TYPES and message.get("phase") == "end":
                events.append(_timed(f"{lines_path}:{line}", message))
            case "geometry":
                geometry = message
            case "calibration" if message.get("state") in ("done", "loaded"):
                reports.append(message.get("report"))
    person, screen = "", None
    if folder and (path / "session.json").is_file():
        members = SessionMembers(path / "session.json")
        person, screen = members.text("person"), members.screen()
    screen = screen or _screen(lines_path, geometry)
    samples.sort(key=lambda sample: float(sample["timestamp"]))
    told = bool(events) or any("event" in sample for sample in samples)
    all_samples, all_events = (tuple(samples), tuple(events)) if told else with_events(samples, screen)
    return GazeRecording(
        name=path.resolve().stem,
        person=person,
        screen=screen,
        samples=all_samples,
        events=all_events,
        events_found_afterwards=not told,
        marks=tuple(marks),
        report=next((report for report in reversed(reports) if isinstance(report, Mapping)), None),
        n_calibrations=len({sample["calibration"] for sample in samples if "calibration" in sample}) or len(reports),
    )


def _only_ndjson(folder: Path) -> Path:
    found = sorted(folder.glob("*.ndjson"))
    if len(found) != 1:
        listed = ", ".join(path.name for path in found) or "none"
        raise RecordingError(f"{folder}: needs one file of messages, *.ndjson; found {listed}")
    return found[0]


def _messages(path: Path) -> Iterator[tuple[int, Message]]:
    """Line numbers and messages."""
    try:
        with path.open(encoding="utf-8") as lines:
            for number, line in enumerate(lines, start=1):
                if not line.strip():
                    continue
                place = f"{path}:{number}"
                if len(line) > MAX_LINE_CHARS:
                    raise RecordingError(f"{place}: a line of more than {MAX_LINE_CHARS} characters")
                try:
                    message = json.loads(line, parse_constant=_no_constant)
                except (ValueError, RecursionError) as error:
                    if not line.endswith("\n"):
                        return  # cut off
                    raise RecordingError(f"{place}: this is not JSON: {error}") from error
                if not isinstance(message, dict) or not isinstance(message.get("type"), str):
                    raise RecordingError(f"{place}: a line must be an object with a type; found {line.strip()[:80]}")
                yield number, message
    except (OSError, UnicodeDecodeError) as error:
        raise RecordingError(f"{path}: cannot be read: {error}") from error


def _no_constant(name: str) -> float:
    raise ValueError(f"{name} is no JSON")


def _only_session(path: Path, gaze: list[Message], wanted: str | None) -> str:
    sessions = list(dict.fromkeys(str(message.get("session", "")) for message in gaze))
    if wanted is not None and wanted not in sessions:
        raise RecordingError(f"{path}: there is no gaze of the session {wanted!r}, only of {', '.join(sessions)}")
    if wanted is None and len(sessions) > 1:
        raise RecordingError(f"{path}: holds several sessions; choose one with --session: {', '.join(sessions)}")
    if not sessions:
        raise RecordingError(f"{path}: there is no gaze message in it")
    return wanted or sessions[0]


def _checked_sample(place: str, message: Message) -> Message:
    """What the formats below rely on. A valid point has numbers, another one has none."""
    _timed(place, message)
    valid = message.get("valid")
    if not isinstance(valid, bool) or not isinstance(message.get("status"), str):
        raise RecordingError(f"{place}: a gaze message needs valid and status")
    for name in ("x", "y", "x_px", "y_px"):
        if _is_number(message.get(name)) is not valid:
            raise RecordingError(f"{place}: {name} must be {'a number' if valid else 'null'} where valid is {valid}")
    if type(message.get("seq")) is not int:
        raise RecordingError(f"{place}: seq must be a whole number")
    if message.get("space", "screen") != "screen":
        raise RecordingError(f"{place}: recorded in the space of a viewport; exports need screen space")
    return message


def _timed(place: str, message: Message) -> Message:
    if not _is_number(message.get("timestamp")):
        raise RecordingError(f"{place}: timestamp must be a number")
    return message


def _screen(path: Path, geometry: Message | None) -> ScreenGeometry:
    if geometry is None:
        raise RecordingError(f"{path}: the screen's size is not known: neither session.json nor a geometry message")
    screen = geometry.get("screen")
    screen = screen if isinstance(screen, Mapping) else {}
    try:
        return ScreenGeometry(
            screen["width_px"],
            screen["height_px"],
            screen.get("width_mm"),
            screen.get("height_mm"),
            geometry.get("distance_mm"),
        )
    except (KeyError, TypeError, ValueError) as problem:
        raise RecordingError(f"{path}: a geometry message with a wrong screen: {problem}") from problem


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
