"""WebSockets: opening, sending, closing with a reason, and the channel of one client."""

from __future__ import annotations

import asyncio
import logging
import socket as system

from aiohttp import WSMessage, WSMsgType, web
from msgspec.structs import replace

from server import __version__
from server.errors import CloseCode, ProtocolError
from server.http.context import OPEN_SOCKETS, Context
from server.protocol.replies import encode, to_wire
from server.protocol.requests import ClientRequest, TimeSync
from server.protocol.session import ErrorReply, Hello, Subscribed, TimeSynced
from server.protocol.subscription import Subscribe, Topic
from server.protocol.types import RequestId, ServerMessage
from server.session.live import LiveSession
from server.settings import CLOSE_TIMEOUT_S, HEARTBEAT_S, STREAM_SEND_BUFFER_BYTES
from server.streaming.hub import Subscription
from server.streaming.latest import Closed

MAX_REASON_BYTES = 123  # what fits into a close frame (RFC 6455, 5.5)

log = logging.getLogger(__name__)


async def open_socket(request: web.Request, *, max_message_bytes: int) -> web.WebSocketResponse:
    """The handshake. Without compression: JPEGs don't shrink, and a small message must not unpack to a large one."""
    socket = web.WebSocketResponse(
        max_msg_size=max_message_bytes,
        heartbeat=HEARTBEAT_S,
        timeout=CLOSE_TIMEOUT_S,
        compress=False,
        # Every send waits until the system has taken the one before, so that "newest wins" holds up to the system:
        # what piles up is then in a slot, where it is replaced, not in a buffer, where it grows old.
        writer_limit=0,
    )
    await socket.prepare(request)
    if isinstance(request.transport, asyncio.WriteTransport):
        request.transport.set_write_buffer_limits(high=0)
    request.app[OPEN_SOCKETS].add(socket)
    return socket


def keep_short(transport: asyncio.BaseTransport | None) -> None:
    """For streams: nothing piles up here, and little in the system, where it would grow old for a slow reader."""
    if isinstance(transport, asyncio.WriteTransport):
        transport.set_write_buffer_limits(high=0)
        connection = transport.get_extra_info("socket")
        if connection is not None:
            connection.setsockopt(system.SOL_SOCKET, system.SO_SNDBUF, STREAM_SEND_BUFFER_BYTES)


def hello(session_id: str | None) -> Hello:
    """The first message of a socket. session_id: None while no camera is connected."""
    return Hello(1, __version__, session_id)


async def send(socket: web.WebSocketResponse, message: ServerMessage, request_id: RequestId | None = None) -> None:
    """Does nothing when the other side has gone: its reader ends the connection."""
    await send_encoded(socket, encode(to_wire(message, request_id=request_id)).encode())


async def send_encoded(socket: web.WebSocketResponse, text: bytes) -> None:
    """The same with a message that was encoded once for many subscribers."""
    if socket.closed:
        return
    try:
        await socket.send_frame(text, WSMsgType.TEXT)
    except ConnectionError:
        log.debug("a message was not sent: the other side has gone")


async def refuse(socket: web.WebSocketResponse, problem: ProtocolError) -> None:
    """Say why, for programs and people, and close."""
    log.info("closing a socket with %d: %s", problem.close_code, problem)
    await send(socket, ErrorReply(problem.code, str(problem)), problem.request_id)
    await close(socket, problem.close_code, str(problem))


async def close(socket: web.WebSocketResponse, code: CloseCode, reason: str) -> None:
    cut = reason.encode()[:MAX_REASON_BYTES].decode(errors="ignore")
    await socket.close(code=int(code), message=cut.encode())


def text_of(message: WSMessage) -> str:
    """The text of a text message. Raises ProtocolError for anything else that carries data."""
    if message.type is not WSMsgType.TEXT:
        raise ProtocolError("read_only", "this socket takes text messages only", CloseCode.POLICY)
    return str(message.data)


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
