"""What servers say to each other, and the record in which each one lists its sessions. As JSON. Pure.

A server trusts the others: who can write to their Redis can do what they can.
"""

from __future__ import annotations

from collections.abc import Mapping
from hashlib import sha256
from types import MappingProxyType
from typing import Any

import msgspec
from msgspec import Struct

from server.protocol.geometry import ScreenLayout
from server.protocol.replies import SERVER_MESSAGES
from server.protocol.types import RequestId, ServerMessage
from server.streaming.hub import Message

_TYPES: Mapping[str, type[ServerMessage]] = MappingProxyType({one.__name__: one for one in SERVER_MESSAGES})


class Entry(Struct, frozen=True):
    """A live session. token: the hash of its token."""

    session: str
    token: str
    started_ms: float
    frames: int
    calibrated: bool


class Record(Struct, frozen=True):
    """A server. machine: the one whose programs may read its sessions without a token; None: no program may."""

    server: str
    machine: str | None
    sessions: tuple[Entry, ...]


class Carried(Struct, frozen=True):
    """A message of a session, or an answer to a request. type: the name of its class, since its tag may be shared."""

    type: str
    content: msgspec.Raw
    lasting: bool = False
    layout: ScreenLayout | None = None

    @classmethod
    def of(cls, content: ServerMessage, lasting: bool = False, layout: ScreenLayout | None = None) -> Carried:
        # float: of numpy's numbers
        return cls(type(content).__name__, msgspec.Raw(msgspec.json.encode(content, enc_hook=float)), lasting, layout)

    @classmethod
    def of_message(cls, message: Message) -> Carried:
        return cls.of(message.content, message.lasting, message.layout)

    def decoded(self) -> ServerMessage:
        """Raises msgspec.DecodeError for a message that another version of the server has."""
        if self.type not in _TYPES:
            raise msgspec.DecodeError(f"{self.type[:80]!r} is no message of this version")
        return msgspec.json.decode(self.content, type=_TYPES[self.type])


class Watch(Struct, frozen=True, tag=True):
    """The server `by` has readers of this session. It says so every second.

    begins: it needs the present state. senders: its programs that have sent requests and are still there.
    """

    by: str
    session: str
    begins: bool
    senders: tuple[int, ...] = ()


class Current(Struct, frozen=True, tag=True):
    """The answer to a Watch that begins."""

    session: str
    lasting: tuple[Carried, ...]
    latest: Carried | None


class Passed(Struct, frozen=True, tag=True):
    session: str
    message: Carried


class Ended(Struct, frozen=True, tag=True):
    session: str


class Request(Struct, frozen=True, tag=True):
    """text: as a client sends it, with its request_id."""

    by: str
    session: str
    sender: int
    text: str


class Answered(Struct, frozen=True, tag=True):
    sender: int
    message: Carried
    request_id: RequestId | None


class AskHeat(Struct, frozen=True, tag=True):
    by: str
    session: str
    number: int


class Heat(Struct, frozen=True, tag=True):
    """grid: float32, as `HeatGrid` has it; None when the session has ended."""

    number: int
    grid: bytes | None


class Beat(Struct, frozen=True, tag=True):
    """To itself, so that a dead connection is noticed."""


PeerMessage = Watch | Current | Passed | Ended | Request | Answered | AskHeat | Heat | Beat


def encode(value: PeerMessage | Record) -> bytes:
    return msgspec.json.encode(value)


def decode_message(data: bytes) -> PeerMessage:
    """Raises msgspec.DecodeError."""
    message: PeerMessage = _MESSAGES.decode(data)
    return message


def decode_record(data: bytes) -> Record:
    """Raises msgspec.DecodeError."""
    return _RECORDS.decode(data)


def hashed(token: str) -> str:
    """A program that reads the record must not control sessions. A token is random, so a plain hash is enough."""
    return sha256(token.encode(errors="replace")).hexdigest()


_MESSAGES: Any = msgspec.json.Decoder(PeerMessage)
_RECORDS = msgspec.json.Decoder(Record)
