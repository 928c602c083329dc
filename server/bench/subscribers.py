"""Measures how fast the messages of one stream reach many subscribers. They run in a separate process.

    python -m server.bench.subscribers URL --subscribers 200 --stuck 1 --seconds 60     prints one line of JSON

1. Each subscriber is a plain asyncio protocol that parses WebSocket frames. A client library is slower than the server
   at 6,000 messages a second, so it would limit the measurement.
2. Delivery = arrival - (timestamp + latency_ms): the time since the server made the message, on this machine's clock.
   Age = arrival - timestamp: the time since the capture.
3. Stuck subscribers do not read and have the smallest buffer that the system allows. The server disconnects them when
   they miss its pings, so they reconnect every STUCK_AGAIN_S.
"""

from __future__ import annotations

import argparse
import asyncio
import base64
import json
import os
import socket
import time
from array import array
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any
from urllib.parse import urlsplit

from calibration.bench.statistics import nearest_rank

STUCK_AGAIN_S = 20.0
TEXT, PING = 1, 9


@dataclass(slots=True)
class Tally:
    """The figures of all subscribers together. Each takes four bytes, so ten minutes at 6,000 a second need 29 MB."""

    deliveries_ms: array[float] = field(default_factory=lambda: array("f"))
    ages_ms: array[float] = field(default_factory=lambda: array("f"))
    n_skipped: int = 0  # samples that newer ones replaced
    n_lost: int = 0  # connections that the server ended
    counting: bool = False
    refusal: str | None = None


class Subscriber(asyncio.Protocol):
    """One reader of /v1/stream."""

    def __init__(self, host: str, path: str, tally: Tally) -> None:
        self._host, self._path, self._tally = host, path, tally
        self._buffer = b""
        self._upgraded = False
        self._last_seq: int | None = None
        self._transport: asyncio.Transport | None = None
        self.leaving = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        key = base64.b64encode(os.urandom(16)).decode()
        transport.write(
            f"GET {self._path} HTTP/1.1\r\nHost: {self._host}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
            f"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: {key}\r\n\r\n".encode()
        )

    def data_received(self, data: bytes) -> None:
        now_ms = time.time() * 1000.0
        self._buffer += data
        if not self._upgraded:
            head, end, rest = self._buffer.partition(b"\r\n\r\n")
            if not end:
                return
            if b" 101 " not in head.partition(b"\r\n")[0]:
                self._tally.refusal = f"the server refused a subscriber: {head[:80]!r} {rest[:200]!r}"
                return
            self._upgraded, self._buffer = True, rest
        while (cut := cut_frame(self._buffer)) is not None:
            opcode, payload, self._buffer = cut
            if opcode == TEXT:
                self._take(payload, now_ms)
            elif opcode == PING and self._transport is not None:
                self._transport.write(
                    bytes((0x8A, 0x80 | len(payload))) + b"\x00\x00\x00\x00" + payload
                )  # mask of zeros

    def connection_lost(self, exc: Exception | None) -> None:
        self._tally.n_lost += not self.leaving

    def _take(self, payload: bytes, now_ms: float) -> None:
        message = json.loads(payload)
        if message["type"] != "gaze":
            return
        tally, seq = self._tally, message["seq"]
        if tally.counting and message["latency_ms"] is not None:
            tally.deliveries_ms.append(now_ms - message["timestamp"] - message["latency_ms"])
            tally.ages_ms.append(now_ms - message["timestamp"])
            if self._last_seq is not None:
                tally.n_skipped += seq - self._last_seq - 1
        self._last_seq = seq


def cut_frame(buffer: bytes) -> tuple[int, bytes, bytes] | None:
    """(opcode, payload, remaining bytes) of the first frame of a server (RFC 6455, 5.2); None until it is complete."""
    if len(buffer) < 2:
        return None
    size, start = buffer[1] & 0x7F, 2
    if size == 126:
        size, start = int.from_bytes(buffer[2:4], "big"), 4
    elif size == 127:
        size, start = int.from_bytes(buffer[2:10], "big"), 10
    if len(buffer) < start + size or len(buffer) < start:
        return None
    return buffer[0] & 0x0F, buffer[start : start + size], buffer[start + size :]


async def subscribe(
    url: str, subscribers: int, stuck: int, until: Callable[[Tally], Coroutine[Any, Any, object]]
) -> dict[str, float]:
    """The figures of all subscribers. until: counting ends when it returns.

    Raises ConnectionError when the server refuses a subscriber.
    """
    parts = urlsplit(url)
    tally, loop = Tally(), asyncio.get_running_loop()
    path = f"{parts.path}?{parts.query}" if parts.query else parts.path
    readers = []
    for _ in range(subscribers - stuck):
        _, reader = await loop.create_connection(
            lambda: Subscriber(parts.netloc, path, tally), parts.hostname or "", parts.port or 80
        )
        readers.append(reader)
    sticking = asyncio.create_task(_stick(parts.hostname or "", parts.port or 80, parts.netloc, path, stuck))
    await asyncio.sleep(1.0)
    if tally.refusal is not None:
        raise ConnectionError(tally.refusal)
    tally.counting = True
    await until(tally)
    tally.counting = False
    sticking.cancel()
    await asyncio.gather(sticking, return_exceptions=True)
    for reader in readers:
        reader.leaving = True
    return summary(tally, readers=len(readers))


async def _stick(host: str, port: int, netloc: str, path: str, stuck: int) -> None:
    while True:
        transports = []
        for _ in range(stuck):
            connection = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET)
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            connection.setblocking(False)
            await asyncio.get_running_loop().sock_connect(connection, (host, port))
            reader = Subscriber(netloc, path, Tally())
            transport, _ = await asyncio.get_running_loop().create_connection(partial(_same, reader), sock=connection)
            transport.pause_reading()
            transports.append(transport)
        try:
            await asyncio.sleep(STUCK_AGAIN_S)
        finally:
            for transport in transports:
                transport.abort()


def _same(reader: Subscriber) -> Subscriber:
    return reader


def summary(tally: Tally, *, readers: int) -> dict[str, float]:
    deliveries, ages = sorted(tally.deliveries_ms), sorted(tally.ages_ms)
    figures: dict[str, float] = {
        "readers": readers,
        "messages": len(deliveries),
        "skipped": tally.n_skipped,
        "lost": tally.n_lost,
    }
    for name, values in (("delivery", deliveries), ("age", ages)):
        for share in (50, 95, 99):
            figures[f"{name}_p{share}_ms"] = nearest_rank(values, share)
        figures[f"{name}_max_ms"] = values[-1] if values else 0.0
    return {name: round(value, 2) for name, value in figures.items()}


def main(argv: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m server.bench.subscribers", description=__doc__.split("\n")[0])
    parser.add_argument("url", help="ws://HOST:PORT/v1/stream")
    parser.add_argument("--subscribers", type=int, default=200)
    parser.add_argument("--stuck", type=int, default=1)
    parser.add_argument("--seconds", type=float, default=60.0)
    options = parser.parse_args(argv)
    figures = asyncio.run(
        subscribe(options.url, options.subscribers, options.stuck, lambda _tally: asyncio.sleep(options.seconds))
    )
    print(json.dumps(figures))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
