"""The hub's messages as an async iterator, for outputs that follow whichever camera connected last."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from typing import Any

from server.protocol.subscription import Subscribe
from server.streaming.hub import GazeHub
from server.streaming.latest import Closed

TOPICS = frozenset({"gaze", "fixation", "saccade", "blink", "mark"})


async def follow(hub: GazeHub, topics: frozenset[str] = TOPICS) -> AsyncIterator[Mapping[str, Any]]:
    """Until the task that iterates is cancelled. Newest wins: what comes while the consumer is busy replaces itself."""
    subscription = hub.subscribe(None, Subscribe(topics=topics))
    try:
        while True:
            yield (await subscription.get()).payload
    except Closed:
        return
    finally:
        hub.unsubscribe(subscription)
