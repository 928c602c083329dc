"""What the sockets and the other streams share: the caller's rights, opening, sending, and closing with a reason."""

from __future__ import annotations

import asyncio
import logging
import socket as system
from dataclasses import dataclass

from aiohttp import WSMessage, WSMsgType, web

from server import __version__
from server.errors import CloseCode, HttpRefusal, ProtocolError
from server.http.access import FORBIDDEN
from server.http.context import Context
from server.protocol.replies import encode, to_wire
from server.protocol.session import ErrorReply, Hello
from server.protocol.types import RequestId, ServerMessage
from server.settings import CLOSE_TIMEOUT_S, HEARTBEAT_S, STREAM_SEND_BUFFER_BYTES

CONTEXT: web.AppKey[Context] = web.AppKey("context", Context)
OPEN_SOCKETS: web.AppKey[set[web.WebSocketResponse]] = web.AppKey("open_sockets", set[web.WebSocketResponse])

TOKEN_HEADER = "X-Sightline-Token"
MAX_REASON_BYTES = 123  # what fits into a close frame (RFC 6455, 5.5)

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Caller:
    """session_id: the session that the request is about, None for the newest. token_of: the session of its token."""

    session_id: str | None
    token_of: str | None


def check_access(request: web.Request) -> Caller:
    """Raises HttpRefusal for foreign pages, for invalid tokens, and for a token of another session."""
    context = request.app[CONTEXT]
    token = request.query.get("token") or request.headers.get(TOKEN_HEADER)
    token_of = context.session_of(token) if token else None
    context.access.check_origin(
        request.headers.get("Origin"),
        request.headers.get("Host"),
        request.remote,
        site=request.headers.get("Sec-Fetch-Site"),
        has_token=token_of is not None,
    )
    session_id = request.query.get("session")
    if token and (token_of is None or session_id not in (None, token_of)):
        raise HttpRefusal(FORBIDDEN, "wrong_token", "this is not the token of that session, or the session has ended")
    return Caller(session_id or token_of, token_of)


def check_reader(request: web.Request) -> Caller:
    """The same for requests that only read. Without a token, it raises HttpRefusal for other machines."""
    caller = check_access(request)
    if caller.token_of is None and not among_itself(request):
        raise HttpRefusal(
            FORBIDDEN,
            "token_missing",
            "other machines can reach this server, so reading, too, needs the session's token, "
            f"as ?token= or in {TOKEN_HEADER}",
        )
    return caller


def among_itself(request: web.Request) -> bool:
    """Whether only this machine can have sent the request."""
    forwarded = "Forwarded" in request.headers or "X-Forwarded-For" in request.headers
    return request.app[CONTEXT].access.reading_is_open(request.headers.get("Host"), forwarded=forwarded)


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
