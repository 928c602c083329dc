"""A program beside the page, in a test of the page: it asks for a game and hears what becomes of it."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator
from typing import Any

from websockets.sync.client import ClientConnection, connect

from tests.support.calibration_page import WireLog
from tests.support.times import WAIT_S


@contextlib.contextmanager
def program(server: str, wire: WireLog) -> Iterator[ClientConnection]:
    """wire: of the page, which knows the token of its session."""
    token = next(message["token"] for message in reversed(wire.received) if message["type"] == "hello")
    address = f"{server.replace('http', 'ws', 1)}/v1/stream?token={token}&topics=calibration,validation"
    with connect(address, compression=None) as connection:
        yield connection


def ask_for_game(connection: ClientConnection, game: str = "calibration") -> None:
    connection.send(json.dumps({"type": "game_start", "game": game, "request_id": "g"}))
    assert heard(connection, "accepted")["request_id"] == "g"


def heard(connection: ClientConnection, type_: str, state: str | None = None) -> dict[str, Any]:
    """The next message of this type and state."""
    while True:
        message: dict[str, Any] = json.loads(connection.recv(timeout=WAIT_S))
        if message["type"] == type_ and message.get("state") == state:
            return message
