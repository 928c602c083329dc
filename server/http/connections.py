"""Closes connections that wait for a request, so that clients which send nothing can't use up all descriptors.

aiohttp has no time limit for a request that is sent in part. Once a second:

1. A connection without a running handler is waiting: idle, or its request is incomplete.
2. One that waits for more than REQUEST_TIMEOUT_S is closed.
3. If more than MAX_WAITING wait, those that have waited longest are closed at once.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Iterable, Iterator
from typing import Generic, TypeVar

from aiohttp import web

REQUEST_TIMEOUT_S = 20.0  # a request has a few kB, and pages open a connection again without a word
MAX_WAITING = 256  # browsers keep six open for each page
SWEEP_S = 1.0
BODY_TIMEOUT_S = 60.0
"""How long the body of a request may take. The longest, an exported profile, has up to 8 MiB."""

T = TypeVar("T")


class Waiting(Generic[T]):
    """Which connections wait, and since when. Pure."""

    def __init__(self) -> None:
        self._busy: set[T] = set()
        self._since_s: dict[T, float] = {}  # in the order of time

    @contextlib.contextmanager
    def handling(self, connection: T) -> Iterator[None]:
        """The connection has a running handler inside this block."""
        self._busy.add(connection)
        self._since_s.pop(connection, None)
        try:
            yield
        finally:
            self._busy.discard(connection)

    def overdue(self, connections: Iterable[T], now_s: float) -> list[T]:
        """The connections to close. connections: all that are open."""
        open_ones = set(connections)
        self._since_s = {one: since_s for one, since_s in self._since_s.items() if one in open_ones}
        for one in open_ones - self._busy:
            self._since_s.setdefault(one, now_s)
        oldest_first = list(self._since_s)
        too_many = oldest_first[: max(0, len(oldest_first) - MAX_WAITING)]
        late = [one for one in oldest_first if now_s - self._since_s[one] > REQUEST_TIMEOUT_S]
        return list(dict.fromkeys((*too_many, *late)))


WAITING: web.AppKey[Waiting[object]] = web.AppKey("waiting", Waiting)


async def close_waiting(runner: web.AppRunner) -> None:
    """Runs until it is cancelled."""
    loop = asyncio.get_running_loop()
    while True:
        await asyncio.sleep(SWEEP_S)
        server = runner.server
        if server is None:
            return
        connections = server.connections
        overdue = set(runner.app[WAITING].overdue(connections, loop.time()))
        for connection in connections:
            if connection in overdue:
                connection.force_close()
