"""What both WebSockets share: opening, sending, and closing with a reason."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping
from typing import Any

from aiohttp import WSMessage, WSMsgType, web

from server.context import Context
from server.errors import CloseCode, ProtocolError
from server.messages import encode
from server.settings import CLOSE_TIMEOUT_S, HEARTBEAT_S

CONTEXT: web.AppKey[Context] = web.AppKey("context", Context)
OPEN_SOCKETS: web.AppKey[set[web.WebSocketResponse]] = web.AppKey("open_sockets", set[web.WebSocketResponse])

MAX_REASON_BYTES = 123  # what fits into a close frame (RFC 6455, 5.5)

log = logging.getLogger(__name__)


def check_access(request: web.Request) -> None:
    """Raises HttpRefusal for foreign pages."""
    rules = request.app[CONTEXT].access
    rules.check_origin(request.headers.get("Origin"), request.headers.get("Host"), request.remote)


async def open_socket(request: web.Request, *, max_message_bytes: int) -> web.WebSocketResponse:
    """The handshake. Without compression: JPEGs don't shrink, and a small message must not unpack to a large one."""
    socket = web.WebSocketResponse(
        max_msg_size=max_message_bytes,
        heartbeat=HEARTBEAT_S,
        timeout=CLOSE_TIMEOUT_S,
        compress=False,
        # Every send waits until the system has taken the one before, so that "newest wins" holds to the last metre:
        # what piles up is then in a mailbox, where it is replaced, not in a buffer, where it grows old.
        writer_limit=0,
    )
    await socket.prepare(request)
    if isinstance(request.transport, asyncio.WriteTransport):
        request.transport.set_write_buffer_limits(high=0)
    request.app[OPEN_SOCKETS].add(socket)
    return socket


async def send(socket: web.WebSocketResponse, payload: Mapping[str, Any]) -> None:
    """Does nothing when the other side has gone: its reader ends the connection."""
    if socket.closed:
        return
    try:
        await socket.send_str(encode(payload))
    except ConnectionError:
        log.debug("a message was not sent: the other side has gone")


async def refuse(socket: web.WebSocketResponse, problem: ProtocolError) -> None:
    """Say why, for programs and people, and close."""
    log.info("closing a socket with %d: %s", problem.close_code, problem)
    await send(socket, {"type": "error", "code": problem.code, "message": str(problem)})
    await close(socket, problem.close_code, str(problem))


async def close(socket: web.WebSocketResponse, code: CloseCode, reason: str) -> None:
    cut = reason.encode()[:MAX_REASON_BYTES].decode(errors="ignore")
    await socket.close(code=int(code), message=cut.encode())


def text_of(message: WSMessage) -> str:
    """The text of a text message. Raises ProtocolError for anything else that carries data."""
    if message.type is not WSMsgType.TEXT:
        raise ProtocolError("read_only", "this socket takes text messages only", CloseCode.POLICY)
    return str(message.data)
