"""What both sockets do for whoever is at the other end: its subscription, and a task that sends what comes of it."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from aiohttp import web

from server.aoi import SetAreas
from server.context import Context, LiveSession
from server.errors import CloseCode
from server.handlers.sockets import close, send, send_encoded
from server.hub import Subscription
from server.mailbox import Closed
from server.requests import ClientRequest
from server.subscriptions import Subscribe

log = logging.getLogger(__name__)


class Desk:
    """topics: the ones that may be subscribed to here. live: the session that may be told things, None for a reader."""

    def __init__(
        self,
        *,
        context: Context,
        socket: web.WebSocketResponse,
        subscription: Subscription,
        topics: frozenset[str],
        live: LiveSession | None,
    ) -> None:
        self._context = context
        self._socket = socket
        self._subscription = subscription
        self._topics = topics
        self._live = live
        self._sender: asyncio.Task[None] | None = None

    def open(self) -> None:
        self._sender = asyncio.create_task(self._send_all())

    async def close(self) -> None:
        self._context.hub.unsubscribe(self._subscription)
        if self._live is not None:
            self._live.observer.set_areas(self, ())
        if self._sender is not None:
            self._sender.cancel()
            await asyncio.gather(self._sender, return_exceptions=True)

    async def take(self, request: ClientRequest) -> bool:
        """Answers what is answered here. False when it was something else."""
        match request.body:
            case Subscribe() as wanted:
                wanted = replace(wanted, topics=wanted.topics & self._topics)
                await self.answer(wanted.to_wire(), request.request_id)
                self._context.hub.change(self._subscription, wanted)
            case SetAreas(areas) if self._live is not None:
                self._live.observer.set_areas(self, areas)
                await self.answer({"type": "aois", "count": len(areas)}, request.request_id)
            case _:
                return False
        return True

    async def answer(self, payload: Mapping[str, Any], request_id: str | int | None) -> None:
        await send(self._socket, payload if request_id is None else {**payload, "request_id": request_id})

    async def _send_all(self) -> None:
        """While one send waits for a slow reader, newer samples replace each other in the subscription."""
        subscription = self._subscription
        try:
            while True:
                message = await subscription.get()
                await send_encoded(self._socket, message.encoded(subscription.wanted.view))
        except Closed:
            await close(self._socket, CloseCode.OK, "the session has ended")
        except Exception:
            log.exception("a bug ended this stream")
            await close(self._socket, CloseCode.INTERNAL_ERROR, "an error in the server; its log says more")
