"""A one-slot queue that keeps the newest item, and a variant with a bounded queue of events beside it.

1. `put` replaces an item that is not taken yet and returns the replaced one.
2. `get` waits for an item and takes it. An EventQueue returns its events first, in order.
3. After `close`, `get` returns the remaining items, then raises Closed. `put` does nothing.

Late live gaze is wrong, so it is dropped. With 30 frames a second and a model that takes 60 ms, the median age is 78 ms
with a slot; with a queue it is 2.4 s after three seconds. Events must not be replaced by gaze samples, so they are
queued, with a bound. There is one reader, and all calls are on one event loop, so there are no locks.
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
    """A queue of one item. A newer item replaces the one that waits."""

    def __init__(self) -> None:
        self._item: T | None = None
        self._changed = asyncio.Event()
        self._closed = False

    def put(self, item: T) -> T | None:
        """Puts an item into the slot. Returns the item that it replaces, None when the slot was empty."""
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
        """All items until the slot is closed."""
        try:
            while True:
                yield await self.get()
        except Closed:
            return

    def close(self) -> None:
        self._closed = True
        self._changed.set()


class EventQueue(LatestSlot[T]):
    """A slot with a queue of events. The newest `max_events` events are kept."""

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
