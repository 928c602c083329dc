"""The sessions of this server, for other servers: passes their messages on, and requests to them.

1. Another server says each second which sessions its programs read. To the hub it is a subscriber like any other:
   while it is slow, newer samples replace each other, and events wait, with a bound.
2. A program at that server that sends requests is a sender of the session. So a round of targets belongs to it as if
   it were here (server/session/calibration_lock.py). It leaves when its server does not name it any more.
3. A server that has said nothing for LEASE_S has gone.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from collections.abc import Mapping

from server.errors import ProtocolError
from server.peers.bus import LEASE_S, RedisBus
from server.peers.interface import PeersUnavailable
from server.peers.messages import Answered, AskHeat, Carried, Current, Ended, Heat, Passed, PeerMessage, Request, Watch
from server.protocol.parsing import parse_text
from server.protocol.subscription import TOPICS, Subscribe
from server.protocol.types import RequestId, ServerMessage
from server.session.live import LiveSession
from server.streaming.hub import ANSWER, GazeHub, Message
from server.streaming.latest import Closed

MAX_REQUESTS = 64  # of one server to one session that wait

log = logging.getLogger(__name__)


class _Answer(Message):
    """An answer to a program at another server."""

    __slots__ = ("request_id", "sender")

    def __init__(self, content: ServerMessage, sender: int, request_id: RequestId | None) -> None:
        super().__init__(content, topic=ANSWER)
        self.sender = sender
        self.request_id = request_id


class _RemoteSender:
    def __init__(self, watcher: _Watcher, number: int) -> None:
        self._watcher = watcher
        self._number = number

    async def send(self, message: ServerMessage, request_id: RequestId | None = None) -> None:
        """Queues it: a server that is slow must not stop the session."""
        self._watcher.subscription.put_event(_Answer(message, self._number, request_id))


class _Watcher:
    """A server that reads one session."""

    def __init__(self, bus: RedisBus, hub: GazeHub, live: LiveSession, session_id: str, server_id: str) -> None:
        """Raises KeyError when the session has ended."""
        self.subscription = hub.subscribe(session_id, Subscribe(topics=frozenset()), relays=True)
        self.subscription.set_request(Subscribe(topics=TOPICS))  # lasting messages go with Current
        self.heard_s = time.monotonic()
        self._bus = bus
        self._hub = hub
        self._live = live
        self._session_id = session_id
        self._server_id = server_id
        self._senders: dict[int, _RemoteSender] = {}
        self._requests: asyncio.Queue[Request | tuple[int, ...]] = asyncio.Queue(MAX_REQUESTS)
        self._tasks = [asyncio.create_task(work) for work in (self._pass_on(), self._carry_out())]

    async def close(self) -> None:
        self._hub.unsubscribe(self.subscription)
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._keep_senders(())

    def senders(self, numbers: tuple[int, ...]) -> None:
        """These are still there, and the others have left."""
        if any(number not in numbers for number in self._senders):
            self.request(numbers)

    def request(self, request: Request | tuple[int, ...]) -> None:
        """Queues it, because a session's page may be slow."""
        with contextlib.suppress(asyncio.QueueFull):  # its program sends more than the session takes
            self._requests.put_nowait(request)

    async def _keep_senders(self, numbers: tuple[int, ...]) -> None:
        for number in [number for number in self._senders if number not in numbers]:
            await self._live.commander.leave(self._senders.pop(number))

    async def _carry_out(self) -> None:
        while True:
            request = await self._requests.get()
            if isinstance(request, tuple):
                await self._keep_senders(request)
                continue
            sender = self._senders.setdefault(request.sender, _RemoteSender(self, request.sender))
            try:
                parsed = parse_text(request.text)
                await self._live.commander.command(parsed.body, sender, parsed.request_id)  # type: ignore[arg-type]
            except ProtocolError as problem:
                log.warning("another server passes on a request that this one refuses: %s", problem.code)
            except Exception:
                log.exception("a bug in a request of another server")

    async def _pass_on(self) -> None:
        with contextlib.suppress(Closed):
            while True:
                message = await self.subscription.get()
                passed: PeerMessage
                if isinstance(message, _Answer):
                    passed = Answered(message.sender, Carried.of(message.content), message.request_id)
                else:
                    passed = Passed(self._session_id, Carried.of_message(message))
                with contextlib.suppress(PeersUnavailable):  # it asks for the present state when it hears again
                    await self._bus.send(self._server_id, passed)
        with contextlib.suppress(PeersUnavailable):
            await self._bus.send(self._server_id, Ended(self._session_id))


class Owner:
    def __init__(self, bus: RedisBus, hub: GazeHub, live: Mapping[str, LiveSession]) -> None:
        self._bus = bus
        self._hub = hub
        self._live = live
        self._watchers: dict[tuple[str, str], _Watcher] = {}
        self._closing: set[asyncio.Task[None]] = set()

    async def take(self, message: Watch | Request | AskHeat) -> None:
        live = self._live.get(message.session)
        try:
            if live is None or message.session not in self._hub:
                await self._bus.send(message.by, Ended(message.session))
                return
            match message:
                case Watch(by, session_id, begins, senders):
                    watcher = self._watcher(by, live, session_id)
                    watcher.heard_s = time.monotonic()
                    watcher.senders(senders)
                    if begins:
                        await self._bus.send(by, self._current(session_id))
                case Request(by, session_id):
                    self._watcher(by, live, session_id).request(message)
                case AskHeat(by, session_id, number):
                    await self._bus.send(by, Heat(number, live.session.heat.snapshot().tobytes()))
        except PeersUnavailable:
            pass

    def expire(self) -> None:
        """Forgets the servers that have gone, and the sessions that have ended."""
        for key, watcher in list(self._watchers.items()):
            if time.monotonic() - watcher.heard_s > LEASE_S or key[1] not in self._hub:
                del self._watchers[key]
                task = asyncio.create_task(watcher.close())
                self._closing.add(task)
                task.add_done_callback(self._closing.discard)

    async def close(self) -> None:
        closing = [*self._closing, *(asyncio.create_task(one.close()) for one in self._watchers.values())]
        self._watchers.clear()
        await asyncio.gather(*closing, return_exceptions=True)

    def _watcher(self, server_id: str, live: LiveSession, session_id: str) -> _Watcher:
        key = server_id, session_id
        if key not in self._watchers:
            self._watchers[key] = _Watcher(self._bus, self._hub, live, session_id, server_id)
        return self._watchers[key]

    def _current(self, session_id: str) -> Current:
        lasting, latest = self._hub.state(session_id)
        carried = tuple(Carried.of_message(message) for message in lasting)
        return Current(session_id, carried, None if latest is None else Carried.of_message(latest))
