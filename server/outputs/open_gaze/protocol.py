"""Parses and encodes the lines of the Open Gaze API. Pure; server/outputs/README.md explains them.

    client   <GET ID="NAME" />   <SET ID="NAME" PARAMETER="value" />
    server   <ACK .../>  <NACK .../>   the answer to one command
             <REC .../>                one sample, with the groups that this client has enabled
             <CAL .../>                the progress of a calibration

Each line ends in CR LF. The lines of the server are ASCII, and no value contains a blank or "=": other characters are
character references, because PyGaze decodes each packet alone and PsychoPy splits lines at blanks and "=".

Places are 0..1 of the screen, times are seconds. Reference: Open Gaze API by Gazepoint, version 2.0 (the groups BLINK,
PUPILMM, DIAL, GSR, HR and HR_PULSE come from 2.1 to 2.6).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal
from xml.etree import ElementTree
from xml.sax.saxutils import escape, unescape

from msgspec import UNSET

from server.errors import ServerError
from server.protocol.gaze import Gaze

API_VERSION = "2.0"
Side = Literal["left", "right"]
TICKS_HZ = 10_000_000  # the rate of the performance counter of Windows, as in Gazepoint's software
NOWHERE = -1.0
"""The point in a record whose valid flag is 0. A field can't be left out, because PyGaze keeps the last value of a
missing field. 0 would be a corner of the screen; -1 is far outside."""

_ESCAPED = {'"': "&quot;", " ": "&#32;", "=": "&#61;"}
# The element must be the whole line, so that no prolog, and so no DTD and no entity definition, can precede it.
_START = re.compile(r"<(?:GET|SET)\s", re.IGNORECASE)
# Some clients do not escape values and send "a & b". Only the entities that XML defines are read as entities.
_LENIENT = re.compile(
    r"""<SET \s+ ID=(?P<q>["'])USER_DATA(?P=q) (?:\s+DUR=(?P=q)(?P<before>\d+)(?P=q))?
    \s+ VALUE=(?P=q)(?P<value>.*?)(?P=q) (?:\s+DUR=(?P=q)(?P<dur>\d+)(?P=q))? \s* />""",
    re.IGNORECASE | re.VERBOSE | re.DOTALL,
)
"""USER_DATA whose value is not escaped. PyGaze and PsychoPy put any text between the quotes."""
_BEGINS_USER_DATA = re.compile(r"""\s*<SET\s+ID=["']USER_DATA["']\s""", re.IGNORECASE)
_UNESCAPED = {"&quot;": '"', "&apos;": "'"}
_BARE_AMPERSAND = re.compile(r"&(?!(?:amp|lt|gt|quot|apos|#\d{1,7}|#x[0-9a-fA-F]{1,6});)")


class BadCommand(ServerError):  # noqa: N818  answered with NACK
    """A line that is no command, or a command with a wrong value. id: the command's name, if it has one."""

    def __init__(self, reason: str, command_id: str | None = None) -> None:
        super().__init__(reason)
        self.id = command_id


@dataclass(frozen=True, slots=True)
class OpenGazeCommand:
    """A command of a client. Names are converted to upper case."""

    verb: Literal["GET", "SET"]
    id: str
    fields: Mapping[str, str]

    def flag(self) -> bool:
        """STATE, which must be 0 or 1."""
        state = self.fields.get("STATE")
        if state not in ("0", "1"):
            raise BadCommand(f"STATE must be 0 or 1, got {state!r}", self.id)
        return state == "1"

    def number(self, name: str, low: float, high: float) -> float:
        try:
            value = float(self.fields[name])
        except (KeyError, ValueError):
            value = float("nan")
        if not low <= value <= high:  # also false for NaN
            raise BadCommand(f"{name} must be a number from {low:g} to {high:g}", self.id)
        return value


def begins_user_data(line: str) -> bool:
    """Whether the line is the first one of a USER_DATA command whose value contains a line end."""
    return _BEGINS_USER_DATA.match(line) is not None and not line.rstrip().endswith("/>")


def parse_command(line: str) -> OpenGazeCommand:
    """Parses one line: an empty XML element GET or SET with the command's attributes. Raises BadCommand.

    The value of USER_DATA may be any text, escaped or not.
    """
    text = line.strip()
    if _START.match(text) is None:
        raise BadCommand(f"not a command: {line[:80]!r}")
    try:
        element = ElementTree.fromstring(_BARE_AMPERSAND.sub("&amp;", text))
    except ElementTree.ParseError as problem:
        if (found := _LENIENT.fullmatch(text)) is not None:
            n_records = found["dur"] or found["before"]
            fields = {"VALUE": unescape(found["value"], _UNESCAPED)}
            return OpenGazeCommand("SET", "USER_DATA", fields | ({"DUR": n_records} if n_records else {}))
        raise BadCommand(f"not a command: {line[:80]!r} ({problem})") from problem
    verb = element.tag.upper()  # a tag with a namespace is neither GET nor SET
    if len(element) or element.text is not None or verb not in ("GET", "SET"):
        raise BadCommand(f"a command has attributes only, got {line[:80]!r}")
    fields = {name.upper(): value for name, value in element.attrib.items()}
    command_id = fields.pop("ID", "").upper()
    if not re.fullmatch(r"[A-Z_]\w*", command_id, re.ASCII):
        raise BadCommand(f"a command needs an ID, got {line[:80]!r}")
    return OpenGazeCommand("GET" if verb == "GET" else "SET", command_id, fields)


def encode(tag: Literal["ACK", "NACK", "REC", "CAL"], fields: Mapping[str, Any]) -> str:
    """One line of the server. Floats get five decimals, as in Gazepoint's software. Raises ValueError on NaN."""
    words = [f'{name}="{_text(value)}"' for name, value in fields.items()]
    return " ".join([f"<{tag}", *words, "/>"]) + "\r\n"


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "1" if value else "0"
    if isinstance(value, float):
        if value != value or value in (float("inf"), float("-inf")):
            raise ValueError(f"{value} is no number of the Open Gaze API")
        return f"{value:.5f}"
    return escape(str(value), _ESCAPED).encode("ascii", "xmlcharrefreplace").decode()


@dataclass(frozen=True, slots=True)
class Moment:
    """The parts of a record besides the sample.

    ticks: this machine's monotonic clock at the capture. screen_px: width and height of the screen on which the client
    counts pixels, None without a screen.
    """

    origin_ms: float  # the zero of TIME
    ticks: int
    user: str
    blinks: Blinks
    screen_px: tuple[int, int] | None = None


@dataclass(frozen=True, slots=True)
class Blinks:
    """The blinks so far. last_s: duration of the last blink, 0 before the first."""

    current_id: int = 0
    last_s: float = 0.0
    per_minute: int = 0


def record(gaze: Gaze, groups: frozenset[str], moment: Moment) -> str:
    """One REC line with the fields of these groups, in the order of `GROUPS`."""
    fields: dict[str, Any] = {}
    for name, make in GROUPS.items():
        if name in groups:
            fields |= make(gaze, moment)
    return encode("REC", fields)


def seconds(unix_ms: float, moment: Moment) -> float:
    return (unix_ms - moment.origin_ms) / 1000.0


def _fixation(gaze: Gaze, moment: Moment) -> dict[str, Any]:
    """The current fixation. Between fixations the fields are invalid, and no old fixation is repeated."""
    fixation = gaze.fixation
    if not gaze.valid or fixation is None or fixation is UNSET:
        place: dict[str, Any] = {"FPOGX": NOWHERE, "FPOGY": NOWHERE, "FPOGS": 0.0, "FPOGD": 0.0}
        return place | {"FPOGID": 0, "FPOGV": False}
    return {
        "FPOGX": fixation.x,
        "FPOGY": fixation.y,
        "FPOGS": seconds(fixation.start, moment),
        "FPOGD": fixation.duration_ms / 1000.0,
        "FPOGID": fixation.id,
        "FPOGV": True,
    }


def _best_point(gaze: Gaze, moment: Moment) -> dict[str, Any]:
    """The point of both eyes. Without one, it is the pixel (-1, -1), which PyGaze takes for an invalid sample.

    PyGaze multiplies by its screen's size and compares with -1, so the fractions have all decimals.
    """
    if gaze.valid or moment.screen_px is None:
        return _point("B", gaze, gaze.valid)
    return {f"BPOG{axis}": repr(-1.0 / px) for axis, px in zip("XY", moment.screen_px, strict=True)} | {"BPOGV": False}


def _point(prefix: str, gaze: Gaze, valid: bool) -> dict[str, Any]:
    x, y = (gaze.x, gaze.y) if valid else (NOWHERE, NOWHERE)
    return {f"{prefix}POGX": x, f"{prefix}POGY": y, f"{prefix}POGV": valid}


def _eye_is_open(gaze: Gaze, side: Side) -> bool:
    if gaze.eyes is UNSET:
        return gaze.valid
    return gaze.valid and not (gaze.eyes.left if side == "left" else gaze.eyes.right).closed


def _eye_point(prefix: str, side: Side) -> Callable[[Gaze, Moment], dict[str, Any]]:
    """The point of one eye. Both eyes have the same point, estimated from both; the flag is 1 if this eye is open."""
    return lambda gaze, _moment: _point(prefix, gaze, _eye_is_open(gaze, side))


def _pupil(prefix: str) -> Callable[[Gaze, Moment], dict[str, Any]]:
    """The pupil, never valid: a webcam in daylight does not show it."""
    values = {"PCX": NOWHERE, "PCY": NOWHERE, "PD": 0.0, "PS": 0.0, "PV": False}
    return lambda _gaze, _moment: {prefix + name: value for name, value in values.items()}


def _eye_place(prefix: str) -> Callable[[Gaze, Moment], dict[str, Any]]:
    """The head's place in metres from the camera: x right in the picture, y down. There is no pupil, so V is 0."""

    def make(gaze: Gaze, _moment: Moment) -> dict[str, Any]:
        head = gaze.head
        x, y, z = (head.x, head.y, head.z) if head is not UNSET else (0.0, 0.0, 0.0)
        place = {f"{prefix}EYEX": x / 1000.0, f"{prefix}EYEY": y / 1000.0, f"{prefix}EYEZ": z / 1000.0}
        return place | {f"{prefix}PUPILD": 0.0, f"{prefix}PUPILV": False}

    return make


def _blink(_gaze: Gaze, moment: Moment) -> dict[str, Any]:
    blinks = moment.blinks
    return {"BKID": blinks.current_id, "BKDUR": float(blinks.last_s), "BKPMIN": blinks.per_minute}


GROUPS: Mapping[str, Callable[[Gaze, Moment], Mapping[str, Any]]] = {
    "COUNTER": lambda gaze, _moment: {"CNT": gaze.seq},  # a gap shows how many samples a slow client has missed
    "TIME": lambda gaze, moment: {"TIME": seconds(gaze.timestamp, moment)},
    "TIME_TICK": lambda _gaze, moment: {"TIME_TICK": moment.ticks},
    "POG_FIX": _fixation,
    "POG_LEFT": _eye_point("L", "left"),
    "POG_RIGHT": _eye_point("R", "right"),
    "POG_BEST": _best_point,
    "PUPIL_LEFT": _pupil("L"),
    "PUPIL_RIGHT": _pupil("R"),
    "PUPILMM": lambda _gaze, _moment: {"LPMM": 0.0, "LPMMV": False, "RPMM": 0.0, "RPMMV": False},
    "EYE_LEFT": _eye_place("L"),
    "EYE_RIGHT": _eye_place("R"),
    "CURSOR": lambda _gaze, _moment: {"CX": NOWHERE, "CY": NOWHERE, "CS": 0},  # the mouse is not tracked
    "BLINK": _blink,
    "DIAL": lambda _gaze, _moment: {"DIAL": 0.0, "DIALV": False},
    "GSR": lambda _gaze, _moment: {"GSR": 0, "GSRV": False},
    "HR": lambda _gaze, _moment: {"HR": 0, "HRV": False},
    "HR_PULSE": lambda _gaze, _moment: {"HRP": 0},
    "USER_DATA": lambda _gaze, moment: {"USER": moment.user},
}
"""The groups by the name after ENABLE_SEND_. Values that are not measured are sent with a valid flag of 0."""
