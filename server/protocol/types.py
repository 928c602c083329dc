"""Numbers and texts with their limits, and the base types of all messages. Incoming messages are checked by type."""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta, Struct

MAX_PX = 100_000.0  # CSS px; more than any wall of monitors
MAX_MM = 100_000.0
MAX_NAME_CHARS = 64  # people read users and labels, and file names contain them
MAX_TIME_MS = 8.64e15  # the last instant of a JavaScript Date

Unit = Annotated[float, Meta(ge=0.0, le=1.0)]  # of the screen's width or height
PlacePx = Annotated[float, Meta(ge=-MAX_PX, le=MAX_PX)]
LengthPx = Annotated[float, Meta(ge=0.0, le=MAX_PX)]
LengthMm = Annotated[float, Meta(ge=1.0, le=MAX_MM)]
TimeMs = Annotated[float, Meta(ge=0.0, le=MAX_TIME_MS)]  # unix ms
Name = Annotated[str, Meta(min_length=1, max_length=MAX_NAME_CHARS)]  # printable characters, see Checked


Positive = Annotated[float, Meta(ge=0.0)]
Count = Annotated[int, Meta(ge=0)]
Number = Annotated[int, Meta(ge=1)]  # counts things from 1
SessionId = Annotated[str, Meta(pattern="^s_[0-9a-f]+$")]
CalibrationId = Annotated[str, Meta(pattern="^c_[0-9a-f]+$")]
RecordingId = Annotated[str, Meta(pattern="^r_[0-9a-f_]+$")]
FilterName = Literal["one_euro", "one_euro_light", "one_euro_strong", "none"]  # the table of server/gaze/filters.py


StimulusKind = Literal["picture", "text", "video", "page"]

RequestId = str | int  # a client chooses it, and the answers repeat it


_JOINERS = {0x200C: None, 0x200D: None}  # invisible, but scripts and emoji are made with them


class Checked(Struct, frozen=True):
    """An object that a client sends. Raises ValueError for text with control characters or half a surrogate pair."""

    def __post_init__(self) -> None:
        for name in self.__struct_fields__:
            value = getattr(self, name)
            if isinstance(value, str) and not value.translate(_JOINERS).isprintable():
                raise ValueError(f"{name} must be a text of 1 to {MAX_NAME_CHARS} printable characters")


class Request(Checked, frozen=True, tag_field="type"):
    """A text message of a client. Unknown members are ignored. A null member counts as left out."""


class Part(Struct, frozen=True, forbid_unknown_fields=True):
    """An object inside a message of the server."""


class ServerMessage(Struct, frozen=True, tag_field="type", forbid_unknown_fields=True):
    """A message of the server. A member that is UNSET is left out; null means unknown."""


class Answer(ServerMessage, frozen=True):
    """An answer to a request. `replies.to_wire` adds its `request_id` to the members."""


class FollowedAnswer(Answer, frozen=True):
    """An answer that subscribers also get. For them, `session` is added to the members instead of the id."""
