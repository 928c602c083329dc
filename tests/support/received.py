"""What a test reads from a socket. Each wait has a limit, so what does not come fails and does not hang."""

from __future__ import annotations

import asyncio
import json
from typing import Any

from websockets.asyncio.client import ClientConnection

from tests.support.times import WAIT_S


async def next_message(connection: ClientConnection) -> dict[str, Any]:
    message: dict[str, Any] = json.loads(await asyncio.wait_for(connection.recv(), WAIT_S))
    return message


async def received(connection: ClientConnection, *kinds: str) -> dict[str, Any]:
    """The next message of one of these types."""
    while (message := await next_message(connection))["type"] not in kinds:
        pass
    return message


async def gaze_of(stream: ClientConnection, shown: dict[str, Any]) -> dict[str, Any]:
    """What a subscriber gets of the frame whose answer is `shown`. A sample without a frame has another time."""
    while (got := await received(stream, "gaze"))["timestamp"] != shown["timestamp"]:
        assert got["seq"] <= shown["seq"], "it did not come"
    return got
