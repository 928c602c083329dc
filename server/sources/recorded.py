"""The messages of a recording as those of a live session: typed, in order, with the time at which each is due. Pure.

1. A recording of the server has no fixations, saccades and blinks; they are detected again (`server.events.offline`). A
   saved stream that has them keeps them. The same holds for changes of the status.
2. An event is due with the gaze message that follows it, as in a live stream. Marks and stimuli are due at their own
   times. A state from before the first sample (calibration, areas) is due with that sample.
3. `Pass` gives the messages the times and numbers of the live session.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import msgspec
from msgspec import structs

from calibration.screen import ScreenGeometry
from server.errors import StartupError
from server.events.offline import annotate
from server.protocol import events
from server.protocol.calibration import CalibrationActive, ValidationDone
from server.protocol.gaze import FixationSoFar, Gaze, Status
from server.protocol.types import ServerMessage
from server.recordings.gaze_log import GazeRecording, read_gaze_recording, read_messages
from server.recordings.reader import RecordingError

_TYPES: Mapping[str, type[ServerMessage]] = {
    "gaze": Gaze,
    "fixation": events.FixationEvent,
    "saccade": events.SaccadeEvent,
    "blink": events.BlinkEvent,
    "aoi": events.AreaEvent,
    "dwell": events.DwellEvent,
    "status": events.StatusEvent,
    "areas": events.AreasEvent,
    "geometry": events.GeometryEvent,
    "mark": events.MarkEvent,
    "stimulus": events.StimulusEvent,
    "calibration": CalibrationActive,
    "validation": ValidationDone,
}
_STATES = {"calibration": ("done", "loaded"), "validation": ("done",)}
_AT_THEIR_OWN_TIME = (Gaze, events.MarkEvent, events.StimulusEvent)
_ANY_SESSION = "s_0"  # until `Pass` sets the live one
_NOT_IN_TYPES = {"frame": "seq", "latency_ms": None}  # of gaze messages that were saved with `fields`


@dataclass(frozen=True, slots=True)
class Due:
    """at_ms: recorded time after the first sample."""

    at_ms: float
    message: ServerMessage


@dataclass(frozen=True, slots=True)
class Recorded:
    """A recording that can be replayed. messages: in order. length_ms: until the first sample of a next pass."""

    name: str
    screen: ScreenGeometry
    first_ms: float
    length_ms: float
    messages: tuple[Due, ...]
    n_samples: int
    n_left_out: int  # messages that this version does not know


def read_recorded(path: Path) -> Recorded:
    """Raises StartupError: there is none, it has no samples, or a sample of it can't be read."""
    if not path.exists():
        raise StartupError(f"--replay: there is no recording {path}; sightline lists and keeps them in --recordings")
    try:
        recording, lines = read_gaze_recording(path), read_messages(path)
    except RecordingError as problem:
        raise StartupError(f"--replay: {problem}") from problem
    messages: list[ServerMessage] = []
    n_left_out = 0
    for line in _annotated(lines, recording):
        if isinstance(line, ServerMessage):
            messages.append(line)
            continue
        try:
            message = _typed(line)
        except msgspec.ValidationError as problem:
            if line["type"] == "gaze":
                where = f"{path}: the sample {line.get('seq')} can't be replayed"
                raise StartupError(f"--replay: {where}: {problem}") from problem
            n_left_out += 1
            continue
        if message is not None:
            messages.append(message)
    if all(line["type"] != "status" for line in lines):
        messages = list(_with_status(messages))
    gaze = [message for message in messages if isinstance(message, Gaze)]
    first_ms = gaze[0].timestamp
    due = tuple(_due(messages, first_ms))
    last_ms = max(one.at_ms for one in due)
    interval_ms = recording.median_interval_ms or 1000.0
    return Recorded(recording.name, recording.screen, first_ms, last_ms + interval_ms, due, len(gaze), n_left_out)


def _annotated(lines: Iterable[Mapping[str, Any]], recording: GazeRecording) -> Iterator[Any]:
    """The lines, with events before their samples if there were none."""
    if recording.has_events:
        yield from lines
        return
    samples = annotate([line for line in lines if line["type"] == "gaze"], recording.screen)
    for line in lines:
        if line["type"] != "gaze":
            yield line
            continue
        sample, before = next(samples)
        yield from before
        yield sample
    yield from next(samples)[1]


def _typed(line: Mapping[str, Any]) -> ServerMessage | None:
    """None for messages that no subscriber gets. Raises msgspec.ValidationError."""
    kind = line["type"]
    expected = _TYPES.get(kind)
    if expected is None or line.get("state", "done") not in _STATES.get(kind, (line.get("state", "done"),)):
        return None
    known = _members(expected)
    values = {name: value for name, value in line.items() if name in known}
    if "session" in known:
        values["session"] = _ANY_SESSION
    if expected is Gaze:
        for name, stand_in in _NOT_IN_TYPES.items():
            values.setdefault(name, None if stand_in is None else line.get(stand_in))
    return msgspec.convert(values, expected)


@cache
def _members(expected: type[ServerMessage]) -> frozenset[str]:
    """Their names on the wire. msgspec evaluates all annotations for that, so it is asked once."""
    return frozenset(field.encode_name for field in structs.fields(expected))


def _with_status(messages: Iterable[ServerMessage]) -> Iterator[ServerMessage]:
    before: Status | None = None
    for message in messages:
        if isinstance(message, Gaze):
            if message.status != before:
                yield events.StatusEvent(_ANY_SESSION, message.timestamp, message.status, message.valid, before)
            before = message.status
        yield message


def _due(messages: list[ServerMessage], first_ms: float) -> Iterator[Due]:
    """From the last to the first, because an event waits for the message after it."""
    backwards: list[Due] = []
    next_ms: float | None = None
    for message in reversed(messages):
        own_ms = float(getattr(message, "timestamp", first_ms)) - first_ms
        if isinstance(message, _AT_THEIR_OWN_TIME) or next_ms is None:
            next_ms = own_ms if next_ms is None else min(own_ms, next_ms)
        backwards.append(Due(max(next_ms, 0.0), message))
    return reversed(backwards)


@dataclass(frozen=True, slots=True)
class Pass:
    """One pass of a recording in a live session.

    begin_ms: the time of the first sample, unix ms. numbers: added to `seq` and `frame`. ids: added to those of events.
    """

    session_id: str
    recorded_first_ms: float
    begin_ms: float
    speed: float = 1.0
    numbers: int = 0
    ids: int = 0

    def live(self, message: ServerMessage) -> ServerMessage:
        """The message of the live session. Times and durations are scaled by the speed."""
        members = message.__struct_fields__
        changes: dict[str, Any] = {"session": self.session_id} if "session" in members else {}
        changes |= self._times(message, members)
        match message:
            case Gaze(fixation=FixationSoFar() as fixation):
                so_far = {**self._times(fixation, ("start", "duration_ms")), "id": fixation.id + self.ids}
                changes["fixation"] = structs.replace(fixation, **so_far)
            case events.FixationEvent() | events.SaccadeEvent() | events.BlinkEvent():
                changes["id"] = message.id + self.ids
        if isinstance(message, Gaze):
            changes |= {"seq": message.seq + self.numbers, "frame": message.frame + self.numbers}
        return structs.replace(message, **changes)

    def time_ms(self, recorded_ms: float) -> float:
        return self.begin_ms + (recorded_ms - self.recorded_first_ms) / self.speed

    def _times(self, part: msgspec.Struct, members: Collection[str]) -> dict[str, float]:
        times: dict[str, float] = {}
        for name in ("timestamp", "start"):
            if name in members:
                times[name] = self.time_ms(getattr(part, name))
        if "duration_ms" in members:
            times["duration_ms"] = round(part.duration_ms / self.speed, 1)  # type: ignore[attr-defined]
        return times
