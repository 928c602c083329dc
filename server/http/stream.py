"""Gaze for other programs: GET /v1/stream (WebSocket), /v1/stream/sse, /v1/stream/ndjson. The newest sample wins."""

from __future__ import annotations

import asyncio
import logging

from aiohttp import WSMsgType, web

from server.errors import HttpRefusal, ProtocolError
from server.http.callers import Caller, check_reader
from server.http.context import CONTEXT, OPEN_READERS, OPEN_SOCKETS, Context
from server.http.limits import Throttle
from server.http.sockets import ClientChannel, hello, limit_buffers, open_socket, refuse, send, text_of
from server.metrics import Metrics
from server.protocol.parsing import parse_query, parse_text
from server.protocol.replies import encode, to_wire, type_of
from server.protocol.session import Hello
from server.protocol.subscription import TOPICS, Subscribe
from server.settings import HEARTBEAT_S, MAX_SUBSCRIBERS, MAX_TEXT_BYTES, STALLED_S
from server.streaming.hub import Subscription
from server.streaming.latest import Closed

log = logging.getLogger(__name__)

SSE = "text/event-stream"
NDJSON = "application/x-ndjson"


async def stream_socket(request: web.Request) -> web.StreamResponse:
    context = request.app[CONTEXT]
    caller, subscription = _subscribe(request, context)
    channel: ClientChannel | None = None
    socket: web.WebSocketResponse | None = None
    try:
        # Twice the limit, so that a message slightly too long gets an `error` message with the reason.
        socket = await open_socket(request, max_message_bytes=2 * MAX_TEXT_BYTES)
        limit_buffers(request.transport)
        await send(socket, _hello(subscription, context))
        commander = context.commander_of(caller.token_of)
        channel = ClientChannel(context=context, socket=socket, topics=TOPICS, commander=commander, is_page=False)
        channel.open(subscription)
        await _answer(socket, channel, context.metrics)
    finally:
        context.hub.unsubscribe(subscription)
        if socket is not None:
            request.app[OPEN_SOCKETS].discard(socket)
        if channel is not None:
            await channel.close()
    return socket


async def _answer(socket: web.WebSocketResponse, channel: ClientChannel, metrics: Metrics) -> None:
    """Takes the subscriber's requests. With the session's token, it may also control the session."""
    throttle = Throttle()
    async for message in socket:
        await throttle.turn()
        if message.type is WSMsgType.ERROR:
            continue  # aiohttp has already answered with a close frame, e.g. 1009
        try:
            await channel.take(parse_text(text_of(message)))
        except ProtocolError as problem:
            await refuse(socket, problem, metrics)
            return


async def stream_sse(request: web.Request) -> web.StreamResponse:
    """Server-sent events; `event` is the message's type. Comments keep the connection open between messages."""
    return await _stream_lines(request, SSE, keep_alive=b": still here\n\n")


async def stream_ndjson(request: web.Request) -> web.StreamResponse:
    """One JSON message on each line."""
    return await _stream_lines(request, NDJSON, keep_alive=b"")


async def _stream_lines(request: web.Request, content_type: str, *, keep_alive: bytes) -> web.StreamResponse:
    context = request.app[CONTEXT]
    _, subscription = _subscribe(request, context)
    request.app[OPEN_READERS].add(subscription)
    try:
        response = web.StreamResponse(headers={"Content-Type": content_type, "Cache-Control": "no-store"})
        await response.prepare(request)
        limit_buffers(request.transport)
        first = _hello(subscription, context)
        await _write(response, _line(content_type, "hello", encode(to_wire(first)).encode()))
        while True:
            try:
                message = await asyncio.wait_for(subscription.get(), HEARTBEAT_S)
            except asyncio.TimeoutError:
                if request.transport is None or request.transport.is_closing():
                    break
                await _write(response, keep_alive)
                continue
            data = subscription.encoded(message)
            await _write(response, _line(content_type, type_of(message.content), data))
    except (Closed, ConnectionError):
        pass  # the session has ended, or the reader has disconnected
    except _Stalled:
        log.info("a stream was closed: its reader does not read")
        if request.transport is not None:
            request.transport.abort()  # a regular end would also wait for the reader
    finally:
        request.app[OPEN_READERS].discard(subscription)
        context.hub.unsubscribe(subscription)
    return response


class _Stalled(Exception):  # noqa: N818  an event, not a defect
    """The reader does not read."""


async def _write(response: web.StreamResponse, data: bytes) -> None:
    """Writes to the reader. These streams have no ping, so a reader that does not read for STALLED_S is gone."""
    try:
        await asyncio.wait_for(response.write(data), STALLED_S)
    except asyncio.TimeoutError:
        raise _Stalled from None


def _line(content_type: str, kind: str, data: bytes) -> bytes:
    return b"event: %s\ndata: %s\n\n" % (kind.encode(), data) if content_type == SSE else data + b"\n"


def _subscribe(request: web.Request, context: Context) -> tuple[Caller, Subscription]:
    """Subscribes the caller. Raises HttpRefusal: no access, a bad query, an unknown session, too many subscribers."""
    caller = check_reader(request)
    subscribe = query_of(request)
    if context.hub.subscriber_count >= MAX_SUBSCRIBERS:
        raise HttpRefusal(503, "too_many_subscribers", f"{MAX_SUBSCRIBERS} programs are already subscribed")
    try:
        return caller, context.hub.subscribe(caller.session_id, subscribe)
    except KeyError:
        raise HttpRefusal(404, "no_session", f"there is no live session {caller.session_id!r:.80}") from None


def query_of(request: web.Request) -> Subscribe:
    """The subscription in the URL's query. Raises HttpRefusal."""
    try:
        return parse_query(request.query)
    except ProtocolError as problem:
        raise HttpRefusal(400, "bad_query", str(problem)) from problem


def _hello(subscription: Subscription, context: Context) -> Hello:
    return hello(subscription.session_id or context.hub.newest())
