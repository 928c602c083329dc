"""One Open Gaze client's session. Pure: takes lines, returns lines, holds no socket and no clock.

1. `receive(line)` answers one command with one line, ACK or NACK. It may also return a `StartCalibration`,
   `StopCalibration` or `ShareUserData`, which the driver (`server.py`) performs.
2. `record(gaze, ...)` makes the REC line of a sample, None while this client has not enabled data.
3. `notice(message)` takes the hub's other messages: it counts blinks, and a mark becomes the user data of one record.

All clients share the settings of the calibration: `commands.CalibrationSettings`.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from server import __version__
from server.outputs.open_gaze.commands import CalibrationSettings, StartCalibration, StopCalibration, calibrate
from server.outputs.open_gaze.protocol import (
    API_VERSION,
    GROUPS,
    TICKS_HZ,
    BadCommand,
    Blinks,
    Moment,
    OpenGazeCommand,
    begins_user_data,
    encode,
    parse_command,
    record,
)
from server.protocol.events import BlinkEvent, MarkEvent
from server.protocol.gaze import Gaze
from server.protocol.types import MAX_PX, ServerMessage

ENABLE = "ENABLE_SEND_"
MAX_USER_CHARS = 4096  # longer user data are cut: a client that gets no ACK stops for seconds
MAX_WAITING_MARKS = 64  # marks that wait for a record; beyond it, the oldest are dropped
BLINK_WINDOW_MS = 60_000.0


@dataclass(frozen=True, slots=True)
class TrackerFacts:
    """Facts about the followed session; None without a session, and for unknown sizes."""

    session_id: str | None = None
    screen_px: tuple[int, int] | None = None
    camera_px: tuple[int, int] | None = None


@dataclass(frozen=True, slots=True)
class ShareUserData:
    """User data for the records of all clients. n_records: 0 means until other data are set."""

    value: str
    n_records: int


Action = StartCalibration | StopCalibration | ShareUserData


class ClientSession:
    def __init__(self, *, facts: Callable[[], TrackerFacts], calibration: CalibrationSettings) -> None:
        self._facts = facts
        self._calibration = calibration
        self._groups: set[str] = set()
        self.sending = False
        self._user = "0"  # as Gazepoint's software sends before a client sets it
        self._unfinished = ""  # the first lines of a USER_DATA command
        self._screen_px: tuple[int, int] | None = None  # as the client has set it
        self._page_screen_px: tuple[int, int] | None = None  # the last one known, also when the camera has left
        self._user_once: deque[str] = deque(maxlen=MAX_WAITING_MARKS)
        self._blink_ends_ms: deque[float] = deque(maxlen=1000)
        self._n_blinks = 0
        self._last_blink_s = 0.0

    # Commands.

    def receive(self, line: str) -> tuple[str, Action | None]:
        """The answer to a command, and the work to do. The answer is empty while the command is not complete."""
        if self._unfinished and not line.lstrip().startswith("<"):
            line, self._unfinished = self._unfinished + line, ""
        if begins_user_data(line) and len(line) <= MAX_USER_CHARS:
            self._unfinished = line
            return "", None
        self._unfinished = ""
        try:
            command = parse_command(line)
            fields, action = self._answer(command)
        except BadCommand as problem:
            return encode("NACK", {} if problem.id is None else {"ID": problem.id}), None
        return encode("ACK", {"ID": command.id, **fields}), action

    @staticmethod
    def refused() -> str:
        """The answer to a StartCalibration that the session refuses."""
        return encode("NACK", {"ID": "CALIBRATE_START"})

    def _answer(self, command: OpenGazeCommand) -> tuple[Mapping[str, Any], Action | None]:
        if command.id.startswith(ENABLE):
            return self._enable(command), None
        if command.id.startswith("CALIBRATE_"):
            return calibrate(command, self._calibration, camera=self._facts().session_id is not None)
        if command.id == "USER_DATA":
            return self._user_data(command)
        return self._fact(command), None

    def _enable(self, command: OpenGazeCommand) -> Mapping[str, Any]:
        name = command.id.removeprefix(ENABLE)
        if name == "DATA":
            if command.verb == "SET":
                self.sending = command.flag()
            return {"STATE": self.sending}
        if name not in GROUPS:
            raise BadCommand("no such group of fields", command.id)
        if command.verb == "SET":
            (self._groups.add if command.flag() else self._groups.discard)(name)
        return {"STATE": name in self._groups}

    def _user_data(self, command: OpenGazeCommand) -> tuple[Mapping[str, Any], Action | None]:
        if command.verb == "GET":
            return {"VALUE": self._user, "DUR": 0}, None
        value = command.fields.get("VALUE", "")[:MAX_USER_CHARS]
        value = "".join(char if char.isprintable() else " " for char in value)
        n_records = int(command.number("DUR", 0, MAX_WAITING_MARKS)) if "DUR" in command.fields else 0
        return {"VALUE": value, "DUR": n_records}, ShareUserData(value, n_records)

    def _fact(self, command: OpenGazeCommand) -> Mapping[str, Any]:
        """Facts about the tracker. SET of SCREEN_SIZE and TRACKER_DISPLAY is answered with the true values.

        SCREEN_SIZE also sets the pixels of this client's points without gaze (`protocol.Moment`).
        """
        facts = self._facts()
        answers: dict[str, Mapping[str, Any] | None] = {
            "TIME_TICK_FREQUENCY": {"FREQ": TICKS_HZ},
            "PRODUCT_ID": {"VALUE": "Sightline", "BUS": "WEBCAM"},
            "SERIAL_ID": {"VALUE": facts.session_id or "0"},
            "COMPANY_ID": {"VALUE": "SIGHTLINE"},
            "API_ID": {"VALUE": API_VERSION, "MFG_VER": __version__},
            "CAMERA_SIZE": _size(facts.camera_px),
            "SCREEN_SIZE": _size(facts.screen_px, X=0, Y=0),
            "TRACKER_DISPLAY": {"STATE": False},  # there is no such window
        }
        answer = answers.get(command.id)
        if answer is None:
            raise BadCommand("unknown command, or no camera is connected", command.id)
        if command.verb == "SET" and command.id not in ("SCREEN_SIZE", "TRACKER_DISPLAY"):
            raise BadCommand("can only be read", command.id)
        if command.verb == "SET" and {"WIDTH", "HEIGHT"} <= command.fields.keys():
            width, height = (round(command.number(name, 1, MAX_PX)) for name in ("WIDTH", "HEIGHT"))
            self._screen_px = (width, height)
        return answer

    # Data.

    def set_user_data(self, value: str, n_records: int) -> None:
        if n_records == 0:
            self._user = value
        else:
            self._user_once.extend([value] * n_records)

    def notice(self, message: ServerMessage) -> None:
        match message:
            case MarkEvent():
                self.set_user_data(message.label, 1)
            case BlinkEvent(phase="end"):
                self._n_blinks += 1
                self._blink_ends_ms.append(message.timestamp)
                self._last_blink_s = message.duration_ms / 1000.0

    def record(self, gaze: Gaze, *, origin_ms: float, ticks: int) -> str | None:
        if not self.sending:
            return None
        user = self._user_once.popleft() if self._user_once and "USER_DATA" in self._groups else self._user
        self._page_screen_px = self._facts().screen_px or self._page_screen_px
        screen_px = self._screen_px or self._page_screen_px
        moment = Moment(origin_ms=origin_ms, ticks=ticks, user=user, blinks=self._blinks(gaze), screen_px=screen_px)
        return record(gaze, frozenset(self._groups), moment)

    def _blinks(self, gaze: Gaze) -> Blinks:
        now_ms = gaze.timestamp
        recent = sum(1 for end_ms in self._blink_ends_ms if now_ms - BLINK_WINDOW_MS <= end_ms)
        blinking = gaze.event == "blink"
        return Blinks(self._n_blinks + 1 if blinking else 0, self._last_blink_s, recent)


def _size(size: tuple[int, int] | None, **before: int) -> Mapping[str, Any] | None:
    return None if size is None else {**before, "WIDTH": size[0], "HEIGHT": size[1]}
