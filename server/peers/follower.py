"""The sessions of other servers that programs read here: publishes their messages in the hub of this server."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import time
from dataclasses import dataclass, field

import msgspec
import numpy as np

from server.events.heatmap import GRID_HEIGHT, GRID_WIDTH, FloatGrid
from server.peers.bus import LEASE_S, RedisBus
from server.peers.interface import Known, PeersUnavailable
from server.peers.messages import Answered, AskHeat, Current, Ended, Heat, Passed, Record, Request, Watch
from server.protocol.requests import SessionRequest
from server.protocol.session import ErrorReply
from server.protocol.types import RequestId, ServerMessage
from server.session.actions import Sender
from server.streaming.hub import GazeHub

STATE_S = 1.0  # how long a reader waits for the present state of its session
UNUSED_S = 5.0  # a program that asks for the newest gaze again and again has no stream


@dataclass(slots=True)
class _Followed:
    """state: done when the present state is there. listed_s: when the session was in its server's record last."""

    known: Known
    state: asyncio.Future[None]
    used_s: float = field(default_factory=time.monotonic)
    listed_s: float = field(default_factory=time.monotonic)
    senders: dict[int, Sender] = field(default_factory=dict)


class Follower:
    def __init__(self, bus: RedisBus, hub: GazeHub, own_id: str) -> None:
        self._bus = bus
        self._hub = hub
        self._own_id = own_id
        self._followed: dict[str, _Followed] = {}
        self._numbers = itertools.count(1)
        self._heat: dict[int, asyncio.Future[bytes | None]] = {}
        self._heard_again_s = 0.0

    async def follow(self, known: Known) -> None:
        one = self._followed.get(known.session_id)
        if one is None:
            one = _Followed(known, asyncio.get_running_loop().create_future())
            self._followed[known.session_id] = one
            self._hub.open(known.session_id, started_ms=known.started_ms, remote=True, listed=known.is_open)
            await self._watch(one)
        one.used_s = time.monotonic()
        with contextlib.suppress(asyncio.TimeoutError):
            await asyncio.wait_for(asyncio.shield(one.state), STATE_S)

    def is_open(self, session_id: str) -> bool:
        one = self._followed.get(session_id)
        return one is None or one.known.is_open

    def commander(self, session_id: str) -> RemoteCommander | None:
        return RemoteCommander(self, session_id) if session_id in self._followed else None

    async def heat(self, session_id: str) -> FloatGrid | None:
        """Raises PeersUnavailable."""
        one = self._followed.get(session_id)
        if one is None:
            return None
        number = next(self._numbers)
        self._heat[number] = asyncio.get_running_loop().create_future()
        try:
            await self._bus.send(one.known.server_id, AskHeat(self._own_id, session_id, number))
            grid = await asyncio.wait_for(self._heat[number], STATE_S)
        except asyncio.TimeoutError:
            raise PeersUnavailable from None
        finally:
            del self._heat[number]
        return None if grid is None else np.frombuffer(grid, np.float32).reshape(GRID_HEIGHT, GRID_WIDTH)

    async def request(
        self, session_id: str, sender: Sender, request: SessionRequest, request_id: RequestId | None
    ) -> None:
        one = self._followed.get(session_id)
        try:
            if one is None:
                raise PeersUnavailable
            number = next((number for number, known in one.senders.items() if known is sender), None)
            if number is None:
                number = next(self._numbers)
                one.senders[number] = sender
            values = msgspec.to_builtins(request)
            values |= {} if request_id is None else {"request_id": request_id}
            text = msgspec.json.encode(values).decode()
            await self._bus.send(one.known.server_id, Request(self._own_id, session_id, number, text))
        except PeersUnavailable:
            away = "the server of this session does not answer now: try again in some seconds"
            await sender.send(ErrorReply("session_unreachable", away), request_id)

    async def leave(self, session_id: str, sender: Sender) -> None:
        one = self._followed.get(session_id)
        if one is not None:
            one.senders = {number: known for number, known in one.senders.items() if known is not sender}
            await self._watch(one)

    async def take(self, message: Current | Passed | Ended | Answered | Heat) -> None:
        """Raises msgspec.DecodeError."""
        match message:
            case Current(session_id, lasting, latest) if session_id in self._followed:
                one = self._followed[session_id]
                contents = [(carried.decoded(), carried.layout) for carried in lasting]
                newest = None if latest is None else (latest.decoded(), latest.layout)
                self._hub.restore(session_id, contents, newest)
                if not one.state.done():
                    one.state.set_result(None)
            case Passed(session_id, carried) if session_id in self._followed:
                self._hub.publish(session_id, carried.decoded(), lasting=carried.lasting, layout=carried.layout)
            case Ended(session_id):
                self._close(session_id)
            case Answered(number, carried, request_id):
                for one in self._followed.values():
                    if number in one.senders:
                        await one.senders[number].send(carried.decoded(), request_id)
            case Heat(number, grid) if number in self._heat and not self._heat[number].done():
                self._heat[number].set_result(grid)

    def hears_again(self) -> None:
        """Messages may have been lost, so each session needs its present state. Owners may have to list them again."""
        self._heard_again_s = time.monotonic()
        for one in self._followed.values():
            if one.state.done():
                one.state = asyncio.get_running_loop().create_future()

    async def renew(self) -> None:
        """Says to the owners that their sessions are still read. Ends those that are not, or that have gone.

        Raises PeersUnavailable.
        """
        now_s = time.monotonic()
        for session_id, one in list(self._followed.items()):
            if self._hub.is_read(session_id):
                one.used_s = now_s
            if now_s - one.used_s > UNUSED_S:
                self._close(session_id)
            else:
                await self._watch(one)
        records: dict[str, Record | None] = {}
        for session_id, one in list(self._followed.items()):
            server_id = one.known.server_id
            if server_id not in records:
                records[server_id] = await self._bus.record(server_id)
            record = records[server_id]
            if record is not None and any(entry.session == session_id for entry in record.sessions):
                one.listed_s = time.monotonic()
            elif time.monotonic() - max(one.listed_s, self._heard_again_s) > LEASE_S:
                self._close(session_id)

    def close(self) -> None:
        for session_id in tuple(self._followed):
            self._close(session_id)

    def _close(self, session_id: str) -> None:
        if self._followed.pop(session_id, None) is not None:
            self._hub.close(session_id)

    async def _watch(self, one: _Followed) -> None:
        watch = Watch(self._own_id, one.known.session_id, not one.state.done(), tuple(one.senders))
        with contextlib.suppress(PeersUnavailable):  # said again a second later
            await self._bus.send(one.known.server_id, watch)


class RemoteCommander:
    """Passes requests to a session of another server, which answers the sender."""

    def __init__(self, follower: Follower, session_id: str) -> None:
        self._follower = follower
        self._session_id = session_id

    async def command(self, request: SessionRequest, sender: Sender, request_id: RequestId | None = None) -> None:
        await self._follower.request(self._session_id, sender, request, request_id)

    async def leave(self, sender: Sender) -> None:
        await self._follower.leave(self._session_id, sender)

    async def finish(self) -> None:
        """Its own server does that."""

    async def send_to_page(self, message: ServerMessage) -> None:
        """Outputs follow the sessions of their own server."""
