"""A gaze server that misbehaves, for tests of clients."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator, Callable, Coroutine
from typing import Any

from websockets.asyncio.server import ServerConnection, serve

HELLO = {"type": "hello", "v": 1, "version": "0.1.0", "session": "s_1"}
Handler = Callable[[ServerConnection], Coroutine[Any, Any, None]]


@contextlib.asynccontextmanager
async def server_that(handle: Handler) -> AsyncIterator[str]:
    """A server that misbehaves in the given way."""
    async with serve(handle, "127.0.0.1", 0) as server:
        yield f"ws://127.0.0.1:{next(iter(server.sockets)).getsockname()[1]}"
