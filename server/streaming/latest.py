"""A slot for one item, of which the newest wins; and a variant with a bounded queue of events beside it.

1. `put` replaces an item that is not taken yet and returns the replaced one.
2. `get` waits for an item and takes it. An EventQueue gives its events first, in order.
3. After `close`, `get` returns what is left, then raises Closed; `put` does nothing.
Live gaze that is late is wrong, so dropping is correct: 30 frames a second into a 60 ms model give a median age of 78
ms this way and 2.4 s after three seconds with a queue. Events must not be lost to the next gaze sample, so they queue,
with a bound. One taker; everything happens on one event loop, so nothing is locked.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator
from typing import Generic, TypeVar

T = TypeVar("T")


class Closed(Exception):  # noqa: N818  the normal end of a slot
    """No further item will arrive."""


class LatestSlot(Generic[T]):
    def __init__(self) -> None:
        self._item: T | None = None
        self._changed = asyncio.Event()
        self._closed = False

    def put(self, item: T) -> T | None:
        """Returns the item that this one replaces, None when the slot was empty."""
        if self._closed:
            return None
        replaced, self._item = self._item, item
        self._changed.set()
        return replaced

    async def get(self) -> T:
        while self._item is None:
            if self._closed:
                raise Closed
            self._changed.clear()
            await self._changed.wait()
        item, self._item = self._item, None
        return item

    async def __aiter__(self) -> AsyncIterator[T]:
        """All that can be taken, until it is closed."""
        try:
            while True:
                yield await self.get()
        except Closed:
            return

    def close(self) -> None:
        self._closed = True
        self._changed.set()


class EventQueue(LatestSlot[T]):
    """Also takes events, of which the newest `max_events` are kept."""

    def __init__(self, max_events: int) -> None:
        super().__init__()
        self._events: deque[T] = deque(maxlen=max_events)

    def put_event(self, event: T) -> None:
        if not self._closed:
            self._events.append(event)
            self._changed.set()

    async def get(self) -> T:
        while not self._events and self._item is None and not self._closed:
            self._changed.clear()
            await self._changed.wait()
        return self._events.popleft() if self._events else await super().get()
