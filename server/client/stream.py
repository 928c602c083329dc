"""Reads gaze in Python programs, and reconnects when the connection is lost.

    async for sample in gaze_stream("ws://127.0.0.1:8765"):
        print(sample.x_px, sample.y_px)

1. A lost connection is opened again with a growing delay, without limit, unless `reconnect` is False.
2. A refused request is not repeated. StreamRefused gives the reason, such as a wrong token or a bad query.
3. A stream of a named session ends with the session. Without a name, the stream follows the newest camera.
4. The newest sample wins: a slow loop misses samples (a gap in `seq`) but never gets an old one late.
5. A silent stream has no gaze: when nothing comes for some intervals of the samples (the server has stopped, the
   connection is lost), `gaze_stream` gives one sample with the status "no_frames" and without a point.
6. Messages, states and fields that this client does not know are passed on unchanged. Text that is no message is
   refused, because the other side is then not a gaze server.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import random
import socket
import time
from collections import deque
from collections.abc import AsyncGenerator, Callable, Collection, Mapping
from typing import Any, Literal
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidHandshake, InvalidStatus

from ..streaming.freshness import fresh_for_ms
from ..streaming.latest import Closed, EventQueue
from .sample import Fixation, Sample

__all__ = ["Fixation", "Sample", "StreamLost", "StreamRefused", "gaze_stream", "message_stream", "stream_address"]

VERSION = 1
FIRST_DELAY_S, LONGEST_DELAY_S = 0.5, 8.0
MAX_EVENTS = 256  # events that wait for a slow loop; with more, the oldest are dropped, as in the server
REFUSED_STATUS = frozenset({400, 403, 404})
REFUSED_CODES = frozenset({1002, 1003, 1007, 1008})
NO_CONNECTION = (OSError, asyncio.TimeoutError, InvalidHandshake)  # Python 3.10 has two TimeoutErrors
ENDED = 1000
PATIENCE_MS = 500.0  # beyond the time for which a sample is fresh: the server reports a silent camera itself


class StreamRefused(Exception):  # noqa: N818  a refusal, not a defect
    """The server refuses this stream, so a further request has no use. code: one of PROTOCOL.md, section 4."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


class StreamLost(ConnectionError):  # noqa: N818
    """The connection is lost or could not be opened, and `reconnect` is False."""


async def gaze_stream(
    url: str,
    *,
    session: str | None = None,
    token: str | None = None,
    fields: Collection[str] | None = None,
    rate_hz: float | None = None,
    space: Literal["screen", "viewport"] = "screen",
    reconnect: bool = True,
) -> AsyncGenerator[Sample, None]:
    """All samples, also invalid ones. Raises StreamRefused; raises StreamLost if `reconnect` is False."""
    messages = message_stream(
        url,
        topics=("gaze",),
        session=session,
        token=token,
        fields=fields,
        rate_hz=rate_hz,
        space=space,
        reconnect=reconnect,
    )
    newest: Sample | None = None  # None: there is no point that could become old
    coming: asyncio.Future[dict[str, Any]] | None = None
    intervals_ms: deque[float] = deque(maxlen=7)
    received_s = 0.0
    slowest_ms = 0.0 if rate_hz is None else 2_500.0 / rate_hz
    async with contextlib.aclosing(messages):
        try:
            while True:
                # Requested only now, so that a slow loop gets the newest sample and not one that was read ahead.
                coming = coming or asyncio.ensure_future(anext(messages))
                silence_s = (max(fresh_for_ms(intervals_ms), slowest_ms) + PATIENCE_MS) / 1000.0
                await asyncio.wait({coming}, timeout=silence_s if newest and newest.valid else None)
                if not coming.done():
                    assert newest is not None
                    lost, newest = newest.stopped(time.time() * 1000.0), None
                    yield lost
                    continue
                try:
                    message = coming.result()
                except StopAsyncIteration:
                    return
                finally:
                    coming = None
                if message["type"] != "gaze":
                    continue
                now_s = time.monotonic()
                if newest is not None:
                    intervals_ms.append(1000.0 * (now_s - received_s))
                received_s = now_s
                newest = Sample.from_message(message, time.time() * 1000.0)
                yield newest
        finally:
            if coming is not None:
                coming.cancel()
                await asyncio.gather(coming, return_exceptions=True)


async def message_stream(
    url: str,
    *,
    topics: Collection[str] = ("gaze", "mark"),
    session: str | None = None,
    token: str | None = None,
    fields: Collection[str] | None = None,
    rate_hz: float | None = None,
    space: Literal["screen", "viewport"] = "screen",
    reconnect: bool = True,
    on_wait: Callable[[str], None] = lambda _reason: None,
) -> AsyncGenerator[dict[str, Any], None]:
    """All messages of these topics, unchanged. Each connection begins with `hello`. Raises as `gaze_stream`.

    on_wait: called with the reason, in words, before each wait for the next attempt to connect.
    """
    address = stream_address(
        url, topics=topics, session=session, token=token, fields=fields, rate_hz=rate_hz, space=space
    )
    delay_s = FIRST_DELAY_S
    while True:
        try:
            async with connect(address, compression=None, max_size=None) as connection:
                queue: EventQueue[dict[str, Any]] = EventQueue(MAX_EVENTS)
                reader = asyncio.create_task(_fill(queue, connection))
                try:
                    with contextlib.suppress(Closed):
                        while True:
                            message = await queue.get()
                            if message["type"] == "hello":
                                _check_version(message)
                                delay_s = FIRST_DELAY_S
                            yield message
                    problem: Exception | None = await reader
                finally:
                    reader.cancel()
                    await asyncio.gather(reader, return_exceptions=True)
                if connection.close_code == ENDED and ("session=" in address or "token=" in address):
                    return
                check_closing(connection)
        except NO_CONNECTION as failure:
            check_handshake(failure)
            problem = failure
        reason = in_words(problem, address)
        if not reconnect:
            raise StreamLost(reason) from problem
        on_wait(reason)
        await asyncio.sleep(delay_s * random.uniform(0.8, 1.2))  # random, so clients do not reconnect all together
        delay_s = min(2.0 * delay_s, LONGEST_DELAY_S)


def stream_address(
    url: str,
    *,
    topics: Collection[str],
    session: str | None = None,
    token: str | None = None,
    fields: Collection[str] | None = None,
    rate_hz: float | None = None,
    space: str = "screen",
) -> str:
    """The stream's URL with its query, from the URL of the server or of the stream. Raises ValueError."""
    parts = urlsplit(url)
    scheme = {"http": "ws", "https": "wss"}.get(parts.scheme, parts.scheme)
    if scheme not in ("ws", "wss") or not parts.hostname:
        raise ValueError(f"a stream's address looks like ws://127.0.0.1:8765 or http://127.0.0.1:8765/, got {url!r}")
    query = dict(parse_qsl(parts.query, keep_blank_values=True)) | {"topics": ",".join(topics)}
    if fields is not None:
        query["fields"] = ",".join(fields)
    optional = {"session": session, "token": token, "rate": rate_hz, "space": space if space != "screen" else None}
    query |= {key: str(value) for key, value in optional.items() if value is not None}
    path = parts.path if parts.path not in ("", "/") else "/v1/stream"
    return urlunsplit((scheme, parts.netloc, path, urlencode(query, safe=","), ""))


def in_words(problem: Exception | None, address: str) -> str:
    """Why there is no connection, for people. problem: None after a close without an error."""
    parts = urlsplit(address)
    if problem is None or isinstance(problem, ConnectionClosed):
        return f"the server at {parts.netloc} closed the stream"
    if isinstance(problem, InvalidStatus):
        answer = refusal_of(problem.response.status_code, problem.response.body or b"")
        return f"the server at {parts.netloc} can't take the connection now: {answer}"
    if isinstance(problem, socket.gaierror):
        return f"there is no machine with the name {parts.hostname}"
    # A name with several addresses gives one OSError with the texts of all.
    if isinstance(problem, ConnectionRefusedError) or str(problem).count("Connect call failed") > 1:
        return f"there is no server at {parts.netloc}"
    if isinstance(problem, asyncio.TimeoutError | TimeoutError):
        return f"the server at {parts.netloc} does not answer"
    why = f": {problem}" if not isinstance(problem, OSError) else "; check its address and the network"
    return f"the server at {parts.netloc} can't be reached{why}"


async def _fill(queue: EventQueue[dict[str, Any]], connection: ClientConnection) -> Exception | None:
    """Queues messages until the connection ends; returns the reason. Raises StreamRefused for invalid text."""
    try:
        async for text in connection:
            message = message_of(text)
            if message["type"] == "gaze":
                queue.put(message)
            else:
                queue.put_event(message)
        return None
    except ConnectionClosed as closed:
        return closed
    finally:
        queue.close()


def message_of(text: str | bytes) -> dict[str, Any]:
    try:
        message = json.loads(text)
    except (ValueError, RecursionError):
        message = None
    if not isinstance(message, dict) or not isinstance(message.get("type"), str):
        raise StreamRefused("bad_message", f"this is not a gaze stream: it sent {text[:80]!r}")
    return message


def _check_version(hello: Mapping[str, Any]) -> None:
    if hello.get("v") != VERSION:
        raise StreamRefused("bad_version", f"this client reads gaze.v{VERSION}, the server speaks {hello.get('v')!r}")


def check_closing(connection: ClientConnection) -> None:
    if connection.close_code in REFUSED_CODES:
        raise StreamRefused(f"close_{connection.close_code}", connection.close_reason or "the server closed the stream")


def check_handshake(failure: Exception) -> None:
    """Raises StreamRefused for an answer of the server that another attempt would get, too."""
    if isinstance(failure, InvalidStatus) and failure.response.status_code in REFUSED_STATUS:
        raise refusal_of(failure.response.status_code, failure.response.body or b"") from failure


def refusal_of(status: int, body: bytes | bytearray) -> StreamRefused:
    """From the server's answer to a request."""
    try:
        answer = json.loads(body)
        return StreamRefused(answer["code"], answer["message"])
    except (ValueError, KeyError, TypeError):
        return StreamRefused(f"http_{status}", f"the server answered with HTTP {status}")
