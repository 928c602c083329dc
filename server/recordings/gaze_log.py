"""Reads and checks the messages of a recording, from a session folder or from a saved stream.

    FOLDER/session.json     as `server.recordings.writer` writes it: person, screen, camera
    FOLDER/samples.ndjson   each gaze message, with the current target as `target` and `phase`; the lines of
                            `server.recordings.notes`
    FILE.ndjson             messages of the stream as `curl .../v1/stream/ndjson` or `.../sse` saves them, without a
                            folder

1. `gaze` messages become samples; `fixation`, `saccade` and `blink` messages with phase "end" become events; `mark`
   messages become marks. `geometry` has the screen if session.json has none. `calibration` and `validation` have the
   errors. `areas` has the areas of interest. `aoi` messages with phase "end" and `dwell` messages with phase "end" or
   "select" become visits; a visit that the end of the recording cuts off ends with it. `stimulus` messages say what was
   shown where. Other messages are ignored.
2. If there are no fixations, saccades and blinks, `has_events` is False, and `server.events.offline` detects
   them.
3. A recording has one session. If a file has several, the caller must choose one.
4. Each fault is a RecordingError that begins with the file and the line. A last line that is cut off, by a crash or
   Ctrl-C, is ignored.
"""

from __future__ import annotations

import itertools
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from calibration.profiles.disk import disk_problem
from calibration.screen import ScreenGeometry
from models.datasets.session_layout import SESSION_FILE
from models.datasets.text import text_lines
from server.recordings.checks import checked_sample, is_number
from server.recordings.collected import Collected
from server.recordings.reader import NO_UNICODE, RecordingError, SessionMembers

Message = Mapping[str, Any]
MAX_LINE_CHARS = 1_000_000  # a calibration's report has about 10,000


@dataclass(frozen=True, slots=True)
class GazeRecording:
    """The messages of one session.

    samples: gaze.v1 messages in the order of capture. events: messages with phase "end". visits: of areas of interest.
    areas: each message has all areas from its time on. stimuli: when each appeared, moved and ended. calibrations,
    validations: the message that ended each; if it has no `timestamp`, it gets that of the line before it.
    """

    name: str
    person: str
    screen: ScreenGeometry
    samples: tuple[Message, ...]
    events: tuple[Message, ...]
    visits: tuple[Message, ...]
    areas: tuple[Message, ...]
    stimuli: tuple[Message, ...]
    marks: tuple[Message, ...]
    calibrations: tuple[Message, ...]
    validations: tuple[Message, ...]
    has_events: bool  # the recording holds events, or samples that name them
    events_detected_offline: bool = False

    @property
    def start_ms(self) -> float:
        return float(self.samples[0]["timestamp"])

    @property
    def end_ms(self) -> float:
        return float(self.samples[-1]["timestamp"])

    @property
    def report(self) -> Message | None:
        """The report of the last calibration."""
        reports = (calibration.get("report") for calibration in reversed(self.calibrations))
        return next((report for report in reports if isinstance(report, Mapping)), None)

    @property
    def result(self) -> Message | None:
        """The result of the last validation."""
        return self.validations[-1]["result"] if self.validations else None

    @property
    def n_calibrations(self) -> int:
        used = {sample["calibration"] for sample in self.samples if "calibration" in sample}
        return len(used) or len(self.calibrations)

    @property
    def median_interval_ms(self) -> float | None:
        """Median time between samples; the mean if most have equal times, as with a coarse clock; None without any."""
        times = [float(sample["timestamp"]) for sample in self.samples]
        intervals = sorted(b - a for a, b in itertools.pairwise(times))
        if not intervals or times[-1] == times[0]:
            return None
        return intervals[len(intervals) // 2] or (times[-1] - times[0]) / len(intervals)

    def messages(self) -> list[Message]:
        """All messages in the order of time."""
        states = [*self.calibrations, *self.validations, *self.areas, *self.stimuli]
        messages = [*states, *self.samples, *self.events, *self.visits, *self.marks]
        return sorted(messages, key=lambda message: float(message["timestamp"]))


def read_gaze_recording(path: Path, *, session: str | None = None) -> GazeRecording:
    """Reads a session folder or a saved stream. Raises RecordingError."""
    folder = path.is_dir()
    lines_path = only_ndjson(path) if folder else path
    lines = list(_messages(lines_path))
    gaze = [message for _, message in lines if message["type"] == "gaze"]
    session = _only_session(lines_path, gaze, session)
    collected = Collected(min((float(m["timestamp"]) for m in gaze if is_number(m.get("timestamp"))), default=0.0))
    samples = []
    for line, message in lines:
        if message.get("session", session) != session:
            continue
        if message["type"] == "gaze":
            samples.append(checked_sample(f"{lines_path}:{line}", message))
            collected.now_ms = message["timestamp"]
        else:
            collected.take(f"{lines_path}:{line}", message)
    person, screen = "", None
    if folder and (path / SESSION_FILE).is_file():
        members = SessionMembers(path / SESSION_FILE)
        person, screen = members.text("person"), members.screen()
    screen = screen or screen_of(lines_path, collected.geometry)
    samples.sort(key=lambda sample: float(sample["timestamp"]))
    return GazeRecording(
        name=path.resolve().name if folder else path.resolve().stem,
        person=person,
        screen=screen,
        samples=tuple(samples),
        events=tuple(collected.events),
        visits=tuple(collected.visits.all(float(samples[-1]["timestamp"]))),
        areas=tuple(collected.areas),
        stimuli=tuple(collected.stimuli),
        marks=tuple(collected.marks),
        calibrations=tuple(collected.calibrations),
        validations=tuple(collected.validations),
        has_events=bool(collected.events) or any("event" in sample for sample in samples),
    )


def read_messages(path: Path, *, session: str | None = None) -> list[Message]:
    """All messages of one session, of every type, in the order of the file. Raises RecordingError."""
    lines_path = only_ndjson(path) if path.is_dir() else path
    messages = [message for _, message in _messages(lines_path)]
    session = _only_session(lines_path, [message for message in messages if message["type"] == "gaze"], session)
    return [message for message in messages if message.get("session", session) == session]


def only_ndjson(folder: Path) -> Path:
    paths = sorted(folder.glob("*.ndjson"))
    if len(paths) != 1:
        listed = ", ".join(path.name for path in paths) or "none"
        raise RecordingError(f"{folder}: needs one file of messages, *.ndjson; found {listed}")
    return paths[0]


def _messages(path: Path) -> Iterator[tuple[int, Message]]:
    """Line numbers and messages."""
    try:
        for number, line in enumerate(text_lines(path, max_chars=MAX_LINE_CHARS), start=1):
            try:
                message = parsed_message(f"{path}:{number}", line)
            except _NotJsonError:
                if not line.endswith("\n"):
                    return  # cut off
                raise
            if message is not None:
                yield number, message
    except UnicodeDecodeError as error:
        raise RecordingError(f"{path}: {NO_UNICODE} ({error})") from error
    except OSError as error:
        raise RecordingError(f"{path}: cannot be read: {disk_problem(error)}") from error


class _NotJsonError(RecordingError):
    """A line that can't be parsed. At the end of a file, it is only cut off."""


def parsed_message(place: str, line: str) -> Message | None:
    """The message of a line; None for a line without one. place: the file and the line. Raises RecordingError."""
    if line.startswith("data:"):
        line = line[5:]  # saved from the address of server-sent events
    elif not line.strip() or _SSE.match(line):
        return None
    if len(line) > MAX_LINE_CHARS:
        raise RecordingError(f"{place}: a line of more than {MAX_LINE_CHARS} characters")
    try:
        message = json.loads(line, parse_constant=_no_constant)
    except (ValueError, RecursionError) as error:
        raise _NotJsonError(f"{place}: this is not JSON: {error}") from error
    if not isinstance(message, dict) or not isinstance(message.get("type"), str):
        raise RecordingError(f"{place}: a line must be an object with a type; found {line.strip()[:80]}")
    return message


_SSE = re.compile(r"(event|id|retry)?:")  # other lines of server-sent events, and their comments


def _no_constant(name: str) -> float:
    raise ValueError(f"{name} is no JSON")


def _only_session(path: Path, gaze: list[Message], chosen: str | None) -> str:
    sessions = list(dict.fromkeys(str(message.get("session", "")) for message in gaze))
    if chosen is not None and chosen not in sessions:
        raise RecordingError(f"{path}: there is no gaze of the session {chosen!r}, only of {', '.join(sessions)}")
    if chosen is None and len(sessions) > 1:
        raise RecordingError(f"{path}: holds several sessions; choose one with --session: {', '.join(sessions)}")
    if not sessions:
        raise RecordingError(f"{path}: there is no gaze message in it")
    return chosen or sessions[0]


def screen_of(path: Path, geometry: Message | None) -> ScreenGeometry:
    if geometry is None:
        raise RecordingError(f"{path}: the screen's size is unknown: there is no session.json and no geometry message")
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
        raise RecordingError(f"{path}: a geometry message has a wrong screen: {problem}") from problem
