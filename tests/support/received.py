"""What a test reads from a socket. Each wait has a limit, so what does not come fails and does not hang."""

from __future__ import annotations

import asyncio
import json
from typing import Any

from websockets.asyncio.client import ClientConnection

from tests.support.times import WAIT_S


async def next_message(connection: ClientConnection) -> dict[str, Any]:
    # Not `asyncio.wait_for`: before Python 3.12, it drops a cancellation that comes together with its result, and the
    # task of a person who looks around would never end.
    receiving = asyncio.ensure_future(connection.recv())
    try:
        if not (await asyncio.wait({receiving}, timeout=WAIT_S))[0]:
            raise TimeoutError(f"no message in {WAIT_S:.0f} s")
        message: dict[str, Any] = json.loads(receiving.result())
        return message
    finally:
        receiving.cancel()


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
