"""One client's channel, shared by both sockets: its subscription, and the task that delivers it."""

from __future__ import annotations

import asyncio
import logging

from aiohttp import web
from msgspec.structs import replace

from server.errors import CloseCode, ProtocolError
from server.http.context import Context
from server.http.sockets import close, send, send_encoded
from server.protocol.requests import ClientRequest, TimeSync
from server.protocol.session import Subscribed, TimeSynced
from server.protocol.subscription import Subscribe, Topic
from server.protocol.types import RequestId, ServerMessage
from server.session.live import LiveSession
from server.streaming.hub import Subscription
from server.streaming.latest import Closed

log = logging.getLogger(__name__)


class ClientChannel:
    """topics: the ones that may be subscribed to here. live: the session that gets its requests, None for a reader.

    is_page: the camera's own page, which gets each answer before its next frame is analysed. A program's answers queue
    with its events instead: one that begins a calibration and then stops reading must not stop the session.
    """

    def __init__(
        self,
        *,
        context: Context,
        socket: web.WebSocketResponse,
        topics: frozenset[Topic],
        live: LiveSession | None,
        is_page: bool,
    ) -> None:
        self._context = context
        self._socket = socket
        self._subscription: Subscription | None = None
        self._topics = topics
        self._live = live
        self._is_page = is_page
        self._sender: asyncio.Task[None] | None = None

    def open(self, subscription: Subscription) -> None:
        self._subscription = subscription
        self._sender = asyncio.create_task(self._send_all(subscription))

    async def close(self) -> None:
        if self._subscription is not None:
            self._context.hub.unsubscribe(self._subscription)
        if self._sender is not None:
            self._sender.cancel()
            await asyncio.gather(self._sender, return_exceptions=True)
        if self._live is not None:
            await self._live.commander.leave(self)

    async def take(self, request: ClientRequest) -> None:
        """Answers it, or hands it to the session. Raises ProtocolError for a reader's request of another kind."""
        match request.body:
            case Subscribe() as wanted:
                wanted = replace(wanted, topics=wanted.topics & self._topics)
                await self.send(Subscribed.to(wanted), request.request_id)
                if self._subscription is not None:
                    self._context.hub.change(self._subscription, wanted)
            case TimeSync(client_ms):
                await self.send(TimeSynced(client_ms, self._context.clock.now_ms()), request.request_id)
            case body if self._live is not None:
                await self._live.commander.command(body, self, request.request_id)
            case _:
                raise ProtocolError(
                    "read_only",
                    "without the session's token, a stream takes subscribe and time_sync only",
                    CloseCode.POLICY,
                    request_id=request.request_id,
                )

    async def send(self, message: ServerMessage, request_id: RequestId | None = None) -> None:
        if self._is_page or self._subscription is None:
            await send(self._socket, message, request_id)
        else:
            self._subscription.put_answer(message, request_id)

    async def _send_all(self, subscription: Subscription) -> None:
        """While one send waits for a slow reader, newer samples replace each other in the subscription."""
        try:
            while True:
                message = await subscription.get()
                await send_encoded(self._socket, subscription.encoded(message))
        except Closed:
            await close(self._socket, CloseCode.OK, "the session has ended")
        except Exception:
            log.exception("a bug ended this stream")
            await close(self._socket, CloseCode.INTERNAL_ERROR, "an error in the server; its log says more")
