"""The end of the server, as its clients see it: first `drain`, then `close_sockets`."""

from __future__ import annotations

import asyncio

from aiohttp import web

from server.errors import CloseCode
from server.http.context import CONTEXT, OPEN_READERS, OPEN_SOCKETS
from server.http.sockets import close
from server.settings import DRAIN_S, SHUTDOWN_S


async def drain(app: web.Application) -> None:
    """Refuses new cameras, says to the others that the server stops, and ends their recordings. Takes up to DRAIN_S."""
    context = app[CONTEXT]
    context.draining.set()
    ending = [asyncio.create_task(live.commander.finish()) for live in tuple(context.live.values())]
    if ending:
        _, late = await asyncio.wait(ending, timeout=DRAIN_S)
        for task in late:
            task.cancel()


async def close_sockets(app: web.Application) -> None:
    """Ends all streams. A client that does not read must not delay the end of the server."""
    readers, sockets = app[OPEN_READERS], app[OPEN_SOCKETS]
    for reader in tuple(readers):
        reader.close()
    stopping = "the server is stopping"
    closing = [asyncio.create_task(close(socket, CloseCode.GOING_AWAY, stopping)) for socket in tuple(sockets)]
    if closing:
        await asyncio.wait(closing, timeout=SHUTDOWN_S)
