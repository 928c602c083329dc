"""Opens a recording for the lab: what is readable is used, and what is not is listed.

`server.recordings.gaze_log` is strict, because an export with holes misleads. Here a damaged line, a missing
session.json or an unknown screen leaves the rest usable, and `problems` says so with the file and the line.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from calibration.profiles.disk import disk_problem
from calibration.screen import ScreenGeometry
from models.datasets.session_layout import SESSION_FILE
from server.recordings.collected import Collected, Message
from server.recordings.gaze_log import MAX_LINE_CHARS, only_ndjson, parsed_message, screen_of
from server.recordings.reader import RecordingError, SessionMembers
from server.recordings.sample_line import SampleColumns, SampleLine, columns, parsed

MAX_PROBLEMS = 20
ASSUMED_SCREEN = ScreenGeometry(1920, 1080)
_GAZE = b'{"type":"gaze"'  # as our writer and our streams begin a gaze message


@dataclass(frozen=True, slots=True)
class OpenedRecording:
    """A recording as far as it is readable. events: the recorded ones, with phase "end". has_events: see GazeRecording.

    participant: what a study calls the person, "participant 3"; empty without a study. problems: what is missing or
    was left out, for people.
    """

    name: str
    person: str
    participant: str
    screen: ScreenGeometry
    samples: SampleColumns
    events: tuple[Message, ...]
    areas: tuple[Message, ...]
    stimuli: tuple[Message, ...]
    marks: tuple[Message, ...]
    calibrations: tuple[Message, ...]
    validations: tuple[Message, ...]
    has_events: bool
    problems: tuple[str, ...]


class _Problems:
    """Collects texts, and after MAX_PROBLEMS only their number."""

    def __init__(self) -> None:
        self._texts: list[str] = []
        self._more = 0

    def add(self, text: str) -> None:
        if len(self._texts) < MAX_PROBLEMS:
            self._texts.append(text)
        else:
            self._more += 1

    def all(self) -> tuple[str, ...]:
        return (*self._texts, f"and {self._more} more faults") if self._more else tuple(self._texts)


def open_recording(path: Path, *, session: str | None = None) -> OpenedRecording:
    """Opens a session folder or a saved stream; of several sessions this one, or the first.

    Raises RecordingError only if there is nothing of that name.
    """
    if not path.exists():
        raise RecordingError(f"{path}: there is no such recording")
    problems = _Problems()
    samples, collected = _lines(path, problems, session)
    person, participant, screen = _session(path, problems)
    if screen is None:
        screen = _screen(path, collected, samples, problems)
    if not samples:
        problems.add("there is no gaze in this recording")
    return OpenedRecording(
        name=path.resolve().name if path.is_dir() else path.resolve().stem,
        person=person,
        participant=participant,
        screen=screen,
        samples=columns(samples),
        events=tuple(collected.events),
        areas=tuple(collected.areas),
        stimuli=tuple(collected.stimuli),
        marks=tuple(collected.marks),
        calibrations=tuple(collected.calibrations),
        validations=tuple(collected.validations),
        has_events=bool(collected.events) or any(isinstance(sample.event, str) for sample in samples),
        problems=problems.all(),
    )


def _lines(path: Path, problems: _Problems, session: str | None) -> tuple[list[SampleLine], Collected]:
    """The samples and the other messages of one session."""
    samples: list[SampleLine] = []
    collected = Collected()
    others: set[str] = set()
    try:
        file = only_ndjson(path) if path.is_dir() else path
        name = file.name
        for number, line in enumerate(_raw_lines(file), start=1):
            place = f"{name}:{number}"
            try:
                if line.startswith(_GAZE):
                    message: SampleLine | Message | None = parsed(place, line)
                else:
                    message = parsed_message(place, line.decode())
                    if message is not None and message["type"] == "gaze":
                        message = parsed(place, message)
                if isinstance(message, SampleLine):
                    session = session or message.session
                    if message.session not in (None, session):
                        others.add(str(message.session))
                        continue
                    samples.append(message)
                    collected.now_ms = message.timestamp
                elif message is not None and (session is None or message.get("session", session) == session):
                    collected.take(place, message)
            except UnicodeDecodeError:
                problems.add(f"{place}: this line is no text; it is left out")
            except RecordingError as problem:
                if line.endswith(b"\n"):
                    problems.add(f"{problem}; the line is left out")
                else:
                    problems.add(f"{place}: the last line is cut off")
    except RecordingError as problem:
        problems.add(str(problem).removeprefix(f"{path}: "))
    except OSError as problem:
        problems.add(f"the messages can't be read: {disk_problem(problem)}")
    if others:
        problems.add(f"the file holds several sessions; only {session} is shown, not {', '.join(sorted(others))}")
    return samples, collected


def _raw_lines(path: Path) -> Iterator[bytes]:
    """The lines as UTF-8. A line that is too long is cut, so it is refused."""
    with path.open("rb") as file:
        encoding = json.detect_encoding(file.read(4))
        if encoding == "utf-8":
            file.seek(0)
            yield from iter(lambda: file.readline(4 * MAX_LINE_CHARS), b"")
            return
    for line in path.read_text(encoding=encoding, errors="replace").splitlines(keepends=True):
        yield line.encode()


def _session(path: Path, problems: _Problems) -> tuple[str, str, ScreenGeometry | None]:
    """The person, the participant and the screen of session.json, as far as they are there."""
    file = path / SESSION_FILE
    if not path.is_dir():
        return "", "", None
    try:
        members = SessionMembers(file)
    except RecordingError as problem:
        problems.add(str(problem).removeprefix(f"{path}/"))
        return "", "", None
    person, participant, screen = "", "", None
    try:
        person = members.text("person")
        screen = members.screen()
        number = members.number("run", "participant")
        participant = "" if number is None else f"participant {number:g}"
    except RecordingError as problem:
        problems.add(str(problem).removeprefix(f"{path}/"))
    return person, participant, screen


def _screen(path: Path, collected: Collected, samples: list[SampleLine], problems: _Problems) -> ScreenGeometry:
    """The screen of a geometry message, else what the points show (pixels over screen units), else an assumed one."""
    if collected.geometry is not None:
        try:
            return screen_of(path, collected.geometry)
        except RecordingError as problem:
            problems.add(str(problem).removeprefix(f"{path}: "))
    widths = sorted(s.x_px / s.x for s in samples if s.x_px is not None and s.x is not None and s.x > 0.05)
    heights = sorted(s.y_px / s.y for s in samples if s.y_px is not None and s.y is not None and s.y > 0.05)
    if widths and heights:
        size = (float(round(widths[len(widths) // 2])), float(round(heights[len(heights) // 2])))
        if min(size) >= 1.0:
            problems.add(f"the screen's size is not recorded; its points show {size[0]:.0f} x {size[1]:.0f} px")
            return ScreenGeometry(*size)
    problems.add("the screen's size is unknown; 1920 x 1080 px is assumed")
    return ASSUMED_SCREEN
