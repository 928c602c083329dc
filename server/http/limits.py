"""Limits on what one client, or all together, may ask of the server in a time."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator

from server.errors import HttpRefusal

MESSAGES_PER_S, BURST = 500.0, 1000
"""Of one socket. A camera sends up to 120 frames a second, and a page some 100 messages, at once after a stall of the
network. A socket that sends more is read no faster, so its own system holds it back, and no message is lost."""


class Throttle:
    """How long a message has to wait so that, after a burst, no more than so many a second pass. Pure."""

    def __init__(self, *, per_s: float = MESSAGES_PER_S, burst: int = BURST) -> None:
        self._interval_s = 1.0 / per_s
        self._ahead_s = burst / per_s  # a client may be so far ahead of its rate
        self._due_s = float("-inf")

    def wait_s(self, now_s: float) -> float:
        """now_s: of a clock that does not step."""
        self._due_s = max(self._due_s, now_s) + self._interval_s
        return max(0.0, self._due_s - self._ahead_s - now_s)

    async def turn(self) -> None:
        wait_s = self.wait_s(asyncio.get_running_loop().time())
        if wait_s > 0.0:
            await asyncio.sleep(wait_s)


class Turns:
    """Work of which only so much is done at a time, and only so much waits."""

    def __init__(self, *, at_once: int, waiting: int, each: int | None = None) -> None:
        """each: the requests that one session may have here at a time; None is no limit."""
        self._semaphore = asyncio.Semaphore(at_once)
        self._max_requests = at_once + waiting
        self._each = each
        self._requests: list[str | None] = []  # by session

    @contextlib.asynccontextmanager
    async def take(self, session: str | None = None) -> AsyncIterator[None]:
        """Waits for a turn. session: None has no limit of its own. Raises HttpRefusal when too many wait already."""
        if len(self._requests) >= self._max_requests:
            raise HttpRefusal(503, "busy", "too many requests of this kind are waiting; try again later")
        if session is not None and self._each is not None and self._requests.count(session) >= self._each:
            raise HttpRefusal(503, "busy", "too many requests of this session are waiting; try again after their end")
        self._requests.append(session)
        try:
            async with self._semaphore:
                yield
        finally:
            self._requests.remove(session)
