"""GET /v1/stream: gaze for other programs. Reading only; the newest sample wins."""

from __future__ import annotations

import asyncio
import logging

from aiohttp import WSMsgType, web

from server import __version__
from server.context import Context
from server.errors import CloseCode, HttpRefusal, ProtocolError
from server.handlers.sockets import CONTEXT, OPEN_SOCKETS, check_access, close, open_socket, refuse, send, text_of
from server.hub import Subscription
from server.mailbox import Closed
from server.messages import WIRE_VERSION, parse_text
from server.requests import TimeSync
from server.settings import MAX_SUBSCRIBERS, MAX_TEXT_BYTES

log = logging.getLogger(__name__)


async def stream_socket(request: web.Request) -> web.StreamResponse:
    check_access(request)
    context = request.app[CONTEXT]
    session_id = request.query.get("session")
    if context.hub.subscriber_count >= MAX_SUBSCRIBERS:
        raise HttpRefusal(503, "too_many_subscribers", f"{MAX_SUBSCRIBERS} programs are listening already")
    try:
        subscription = context.hub.subscribe(session_id)
    except KeyError:
        raise HttpRefusal(404, "no_session", f"there is no live session {session_id!r}") from None
    socket: web.WebSocketResponse | None = None
    try:
        # One more than the limit, so that the message that is only just too long gets its reason in words.
        socket = await open_socket(request, max_message_bytes=2 * MAX_TEXT_BYTES)
        followed = session_id or context.hub.newest()
        hello = {"type": "hello", "v": WIRE_VERSION, "version": __version__, "session": followed}
        await send(socket, hello)
        sender = asyncio.create_task(_send_all(subscription, socket))
        try:
            await _answer(context, socket)
        finally:
            sender.cancel()
            await asyncio.gather(sender, return_exceptions=True)
    finally:
        context.hub.unsubscribe(subscription)
        if socket is not None:
            request.app[OPEN_SOCKETS].discard(socket)
    return socket


async def _send_all(subscription: Subscription, socket: web.WebSocketResponse) -> None:
    """While one send waits for a slow reader, newer samples replace each other in the subscription."""
    try:
        while True:
            await send(socket, await subscription.get())
    except Closed:
        await close(socket, CloseCode.OK, "the session has ended")
    except Exception:
        log.exception("a bug ended this stream")
        await close(socket, CloseCode.INTERNAL_ERROR, "an error in the server; its log says more")


async def _answer(context: Context, socket: web.WebSocketResponse) -> None:
    """A subscriber may ask for the time and nothing else; anything else needs the session's own socket."""
    async for message in socket:
        if message.type is WSMsgType.ERROR:
            continue  # aiohttp has already answered with a close frame, e.g. 1009
        try:
            request = parse_text(text_of(message))
            if not isinstance(request.body, TimeSync):
                raise ProtocolError("read_only", "the stream only answers time_sync", CloseCode.POLICY)
        except ProtocolError as problem:
            await refuse(socket, problem)
            return
        body = request.body
        answer = {"type": "time_sync", "client_ms": body.client_ms, "server_ms": context.clock.now_ms()}
        if request.request_id is not None:
            answer["request_id"] = request.request_id
        await send(socket, answer)
