"""The way between servers: Redis. No other module of this package knows it.

1. Each server listens to one channel, `sightline:to:SERVER`. What is sent at one time goes in one round trip, in order.
2. `sightline:server:SERVER` is its record, which expires LEASE_S after the server has written it last.
3. `sightline:kept:HASH` is an unsaved calibration, by the hash of its session's token.
Nothing of this has to outlive Redis: servers write it again.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator, Callable, Sequence
from typing import Any

import msgspec
from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError

from server.peers.interface import PeersUnavailable
from server.peers.messages import Beat, PeerMessage, Record, decode_message, decode_record, encode

TIMEOUT_S = 1.0
RENEW_S = 1.0  # between two writings of the record
LEASE_S = 3.0
SILENT_S = 3.0  # a server hears at least itself; after so long, it connects anew
RECONNECT_S = 0.2
SERVERS = "sightline:servers"  # the set of their ids

log = logging.getLogger(__name__)


class RedisBus:
    """Connects at its first use, and again after a loss."""

    def __init__(self, url: str, server_id: str) -> None:
        self._own = server_id
        self._redis: Any = Redis.from_url(  # its types allow texts, which it returns only on request
            url, socket_timeout=TIMEOUT_S, socket_connect_timeout=TIMEOUT_S, retry=Retry(NoBackoff(), 1)
        )
        self._listener = Redis.from_url(url, socket_connect_timeout=TIMEOUT_S, retry=Retry(NoBackoff(), 0))
        self._outbox: list[tuple[str, bytes, asyncio.Future[int]]] = []
        self._sending: asyncio.Task[None] | None = None

    async def send(self, server_id: str, message: PeerMessage) -> None:
        """Returns when it is sent. Raises PeersUnavailable when the server does not listen."""
        sent: asyncio.Future[int] = asyncio.get_running_loop().create_future()
        self._outbox.append((f"sightline:to:{server_id}", encode(message), sent))
        if self._sending is None or self._sending.done():
            self._sending = asyncio.create_task(self._send_all())
        if await sent == 0:
            raise PeersUnavailable

    async def listen(self, take: Callable[[PeerMessage], None], connected: Callable[[], None]) -> None:
        """Passes on what others send. connected: called whenever it hears again; what was sent before may be lost."""
        while True:
            try:
                async with self._listener.pubsub() as pubsub:
                    await pubsub.subscribe(f"sightline:to:{self._own}")
                    while (heard := await pubsub.get_message(timeout=SILENT_S)) is not None:
                        if heard["type"] == "subscribe":
                            connected()
                        else:
                            self._take(heard["data"], take)
            except (RedisError, OSError, asyncio.TimeoutError):
                pass
            await asyncio.sleep(RECONNECT_S)

    async def announce(self, record: Record) -> None:
        async with _available(), self._redis.pipeline(transaction=False) as pipe:
            pipe.set(_record_key(self._own), encode(record), px=round(1000 * LEASE_S))
            pipe.sadd(SERVERS, self._own)
            pipe.publish(f"sightline:to:{self._own}", encode(Beat()))
            await pipe.execute()

    async def withdraw(self) -> None:
        async with _available(), self._redis.pipeline(transaction=False) as pipe:
            pipe.delete(_record_key(self._own))
            pipe.srem(SERVERS, self._own)
            await pipe.execute()

    async def record(self, server_id: str) -> Record | None:
        """None when that server does not run."""
        async with _available():
            return _record(await self._redis.get(_record_key(server_id)))

    async def records(self) -> list[Record]:
        """Of the other servers that run."""
        async with _available():
            ids = sorted(one.decode("ascii", "replace") for one in await self._redis.smembers(SERVERS))
            ids = [one for one in ids if one != self._own]
            found: Sequence[bytes | None] = await self._redis.mget([_record_key(one) for one in ids]) if ids else []
            gone = [one for one, data in zip(ids, found, strict=True) if data is None]
            if gone:
                await self._redis.srem(SERVERS, *gone)  # one that still runs adds itself again
        return [record for data in found if (record := _record(data)) is not None]

    async def keep(self, name: str, data: bytes, seconds: float) -> None:
        async with _available():
            await self._redis.set(f"sightline:kept:{name}", data, ex=round(seconds))

    async def keep_longer(self, name: str, seconds: float) -> bool:
        """Whether it is there."""
        async with _available():
            return bool(await self._redis.expire(f"sightline:kept:{name}", round(seconds)))

    async def kept(self, name: str) -> bytes | None:
        async with _available():
            data: bytes | None = await self._redis.get(f"sightline:kept:{name}")
            return data

    async def close(self) -> None:
        if self._sending is not None:
            await asyncio.wait([self._sending], timeout=TIMEOUT_S)
            self._sending.cancel()
        for client in (self._redis, self._listener):
            with contextlib.suppress(RedisError, OSError):
                await client.aclose()

    async def _send_all(self) -> None:
        while self._outbox:
            batch, self._outbox = self._outbox, []
            try:
                async with self._redis.pipeline(transaction=False) as pipe:
                    for channel, data, _ in batch:
                        pipe.publish(channel, data)
                    counts = await pipe.execute(raise_on_error=False)
            except (RedisError, OSError, asyncio.TimeoutError):
                counts = [0] * len(batch)
            for (_, _, sent), count in zip(batch, counts, strict=True):
                if not sent.done():
                    sent.set_result(count if isinstance(count, int) else 0)

    def _take(self, data: bytes, take: Callable[[PeerMessage], None]) -> None:
        try:
            take(decode_message(data))
        except msgspec.DecodeError as problem:
            log.warning("another server sends what this version does not know: %s", problem)


def _record_key(server_id: str) -> str:
    return f"sightline:server:{server_id}"


def _record(data: bytes | None) -> Record | None:
    if data is None:
        return None
    try:
        return decode_record(data)
    except msgspec.DecodeError as problem:
        log.warning("the record of a server is not one of this version: %s", problem)
        return None


@contextlib.asynccontextmanager
async def _available() -> AsyncIterator[None]:
    try:
        yield
    except (RedisError, OSError, asyncio.TimeoutError) as problem:
        raise PeersUnavailable from problem
