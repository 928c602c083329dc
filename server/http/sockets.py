"""WebSockets: opening, sending, closing with a reason, and the channel of one client."""

from __future__ import annotations

import asyncio
import logging
import socket as system

from aiohttp import WSMessage, WSMsgType, web
from msgspec.structs import replace

from server import __version__
from server.errors import CloseCode, HttpRefusal, ProtocolError
from server.http.context import OPEN_SOCKETS, Context
from server.metrics import Metrics
from server.protocol.replies import encode, to_wire
from server.protocol.requests import ClientRequest, TimeSync
from server.protocol.session import ErrorReply, Hello, Subscribed, TimeSynced
from server.protocol.subscription import Subscribe, Topic
from server.protocol.times import check_request_times
from server.protocol.types import RequestId, ServerMessage
from server.session.live import Commander
from server.settings import CLOSE_TIMEOUT_S, HEARTBEAT_S, STREAM_SEND_BUFFER_BYTES
from server.streaming.hub import Subscription
from server.streaming.latest import Closed

MAX_REASON_BYTES = 123  # the limit of a close frame (RFC 6455, 5.5)

log = logging.getLogger(__name__)


async def open_socket(request: web.Request, *, max_message_bytes: int) -> web.WebSocketResponse:
    """Opens a WebSocket without compression: JPEGs don't shrink, and a small message must not unpack to a large one."""
    socket = web.WebSocketResponse(
        max_msg_size=max_message_bytes,
        heartbeat=HEARTBEAT_S,
        timeout=CLOSE_TIMEOUT_S,
        compress=False,
        # Every send waits until the operating system has taken the one before. Messages then wait in a slot, where
        # a newer one replaces them, and not in a buffer, where they would become old.
        writer_limit=0,
    )
    if not socket.can_prepare(request).ok:
        # The browser's and curl's users see this text; aiohttp's own is about headers of the handshake.
        url = f"{request.scheme.replace('http', 'ws')}://{request.host}{request.path}"
        raise HttpRefusal(
            400,
            "bad_request",
            f"{request.path} is a WebSocket, {url}. Programs without WebSockets read the gaze over HTTP: "
            f"curl -N {request.scheme}://{request.host}/v1/stream/ndjson",
        )
    await socket.prepare(request)
    if isinstance(request.transport, asyncio.WriteTransport):
        request.transport.set_write_buffer_limits(high=0)
    request.app[OPEN_SOCKETS].add(socket)
    return socket


def limit_buffers(transport: asyncio.BaseTransport | None) -> None:
    """Makes the send buffers of a stream small, so that a slow reader does not get old messages."""
    if isinstance(transport, asyncio.WriteTransport):
        transport.set_write_buffer_limits(high=0)
        connection = transport.get_extra_info("socket")
        if connection is not None:
            connection.setsockopt(system.SOL_SOCKET, system.SO_SNDBUF, STREAM_SEND_BUFFER_BYTES)


def hello(session_id: str | None) -> Hello:
    """The first message of a socket. session_id: None while no camera is connected."""
    return Hello(1, __version__, session_id)


async def send(socket: web.WebSocketResponse, message: ServerMessage, request_id: RequestId | None = None) -> None:
    """Sends a message. Does nothing when the client has disconnected, because the reading task then ends."""
    await send_encoded(socket, encode(to_wire(message, request_id=request_id)).encode())


async def send_encoded(socket: web.WebSocketResponse, text: bytes) -> None:
    """Sends a message that was encoded once for many subscribers."""
    if socket.closed:
        return
    try:
        await socket.send_frame(text, WSMsgType.TEXT)
    except ConnectionError:
        log.debug("a message was not sent: the client has disconnected")


async def refuse(socket: web.WebSocketResponse, problem: ProtocolError, metrics: Metrics) -> None:
    """Sends the error, then closes the socket with the same reason."""
    log.info("closing a socket with %d: %s", problem.close_code, problem.code)
    metrics.refused(problem.code)
    await send(socket, ErrorReply(problem.code, str(problem)), problem.request_id)
    await close(socket, problem.close_code, str(problem))


async def close(socket: web.WebSocketResponse, code: CloseCode, reason: str) -> None:
    cut = reason.encode()[:MAX_REASON_BYTES].decode(errors="ignore")
    await socket.close(code=int(code), message=cut.encode())


def text_of(message: WSMessage) -> str:
    """The text of a text message. Raises ProtocolError for other data."""
    if message.type is not WSMsgType.TEXT:
        raise ProtocolError("read_only", "this socket accepts text messages only", CloseCode.POLICY)
    return str(message.data)


class ClientChannel:
    """One client's channel.

    topics: the ones that the client may subscribe to. commander: of the session that takes its requests, None for a
    reader.
    is_page: whether it is the camera's own page. The page gets each answer before its next frame is analysed. The
    answers to a program are queued with its events, because a program that stops reading must not stop the session.
    """

    def __init__(
        self,
        *,
        context: Context,
        socket: web.WebSocketResponse,
        topics: frozenset[Topic],
        commander: Commander | None,
        is_page: bool,
    ) -> None:
        self._context = context
        self._socket = socket
        self._subscription: Subscription | None = None
        self._topics = topics
        self._commander = commander
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
        if self._commander is not None:
            await self._commander.leave(self)

    async def take(self, request: ClientRequest) -> None:
        """Answers the request, or passes it to the session. Raises ProtocolError: a reader's command, a wrong time."""
        try:
            check_request_times(request.body, self._context.clock.now_ms())
        except ProtocolError as problem:
            problem.request_id = request.request_id
            raise
        match request.body:
            case Subscribe() as subscribe:
                subscribe = replace(subscribe, topics=subscribe.topics & self._topics)
                await self.send(Subscribed.to(subscribe), request.request_id)
                if self._subscription is not None:
                    self._context.hub.change(self._subscription, subscribe)
            case TimeSync(client_ms):
                await self.send(TimeSynced(client_ms, self._context.clock.now_ms()), request.request_id)
            case body if self._commander is not None:
                await self._commander.command(body, self, request.request_id)
            case _:
                raise ProtocolError(
                    "read_only",
                    "without the session's token, a stream accepts only subscribe and time_sync",
                    CloseCode.POLICY,
                    request_id=request.request_id,
                )

    async def send(self, message: ServerMessage, request_id: RequestId | None = None) -> None:
        if self._is_page or self._subscription is None:
            await send(self._socket, message, request_id)
        else:
            self._subscription.put_answer(message, request_id)

    async def _send_all(self, subscription: Subscription) -> None:
        """Sends the subscription's messages. While a send waits, newer samples replace each other there."""
        try:
            while True:
                message = await subscription.get()
                await send_encoded(self._socket, subscription.encoded(message))
        except Closed:
            await close(self._socket, CloseCode.OK, "the session has ended")
        except Exception:
            log.exception("a bug ended this stream")
            await close(self._socket, CloseCode.INTERNAL_ERROR, "an error in the server; see its log")
