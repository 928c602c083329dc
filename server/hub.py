"""From sessions to subscribers. A subscriber that reads slowly gets fewer samples; nobody waits for it.

1. A session opens a channel, publishes each gaze message to it, and closes it.
2. A subscriber follows one session, or with None the newest live one, whichever that is at the time.
3. Publishing only writes into the subscribers' own places (newest wins) and never waits. Each subscriber's socket has
   its own task, which takes from there.
4. Marks must not overtake each other and must not be lost to the next gaze sample, so they queue, with a bound.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Mapping
from typing import Any

from server.mailbox import Closed
from server.settings import MAX_SUBSCRIBER_EVENTS

Payload = Mapping[str, Any]


class Subscription:
    """What one subscriber has not taken yet: marks in order, and the newest gaze message."""

    def __init__(self, session_id: str | None) -> None:
        self.session_id = session_id
        self._gaze: Payload | None = None
        self._marks: deque[Payload] = deque(maxlen=MAX_SUBSCRIBER_EVENTS)
        self._changed = asyncio.Event()
        self._closed = False

    def put_gaze(self, payload: Payload) -> None:
        self._gaze = payload
        self._changed.set()

    def put_mark(self, payload: Payload) -> None:
        self._marks.append(payload)
        self._changed.set()

    async def get(self) -> Payload:
        """The oldest mark, else the newest gaze message; waits when there is neither. Raises Closed at the end."""
        while True:
            if self._marks:
                return self._marks.popleft()
            if self._gaze is not None:
                payload, self._gaze = self._gaze, None
                return payload
            if self._closed:
                raise Closed
            self._changed.clear()
            await self._changed.wait()

    def close(self) -> None:
        self._closed = True
        self._changed.set()


class GazeHub:
    def __init__(self) -> None:
        self._latest: dict[str, Payload | None] = {}  # in the order of opening
        self._subscriptions: set[Subscription] = set()

    def open(self, session_id: str) -> None:
        self._latest[session_id] = None

    def close(self, session_id: str) -> None:
        """Ends the session's channel and everybody who follows just this session."""
        self._latest.pop(session_id, None)
        for subscription in self._subscriptions:
            if subscription.session_id == session_id:
                subscription.close()

    def newest(self) -> str | None:
        """The session opened last among the live ones."""
        return next(reversed(self._latest), None)

    def __contains__(self, session_id: object) -> bool:
        return session_id in self._latest

    def latest(self, session_id: str) -> Payload | None:
        """The session's newest gaze message; None when there was none yet. Raises KeyError for an unknown session."""
        return self._latest[session_id]

    @property
    def subscriber_count(self) -> int:
        return len(self._subscriptions)

    def subscribe(self, session_id: str | None) -> Subscription:
        """Raises KeyError when the session is named and not live."""
        if session_id is not None and session_id not in self._latest:
            raise KeyError(session_id)
        subscription = Subscription(session_id)
        self._subscriptions.add(subscription)
        return subscription

    def unsubscribe(self, subscription: Subscription) -> None:
        self._subscriptions.discard(subscription)

    def publish_gaze(self, session_id: str, payload: Payload) -> None:
        self._latest[session_id] = payload
        for subscription in self._followers(session_id):
            subscription.put_gaze(payload)

    def publish_mark(self, session_id: str, payload: Payload) -> None:
        for subscription in self._followers(session_id):
            subscription.put_mark(payload)

    def _followers(self, session_id: str) -> list[Subscription]:
        newest = self.newest()
        return [s for s in self._subscriptions if (s.session_id or newest) == session_id]
