"""`Peers` in Redis. The id of a server stands in the ids and tokens of its sessions, so they are found in one step."""

from __future__ import annotations

import asyncio
import contextlib
import hmac
import logging
import re
import secrets
import time
from collections.abc import Callable, Coroutine, Iterator, MutableMapping, Sequence
from typing import Any

import msgspec

from calibration.calibration import Calibration
from calibration.errors import ProfileError
from server.events.heatmap import FloatGrid
from server.peers.bus import RENEW_S, RedisBus
from server.peers.follower import Follower
from server.peers.interface import Known, PeersUnavailable
from server.peers.messages import AskHeat, Beat, Entry, PeerMessage, Record, Request, Watch, hashed
from server.peers.owner import Owner
from server.session.kept import KEPT_MS
from server.session.live import Commander, LiveSession
from server.streaming.hub import GazeHub

ID_BYTES = 4
SESSION = re.compile(r"s_([0-9a-f]{8})[0-9a-f]{8}")
OPENED_S = 0.5  # how long a camera waits until others can find it
KEEP_S = 30.0  # between two looks whether the calibrations of live sessions are still there
KEPT_S = KEPT_MS / 1000.0

Pack = Callable[[Calibration], bytes]
Unpack = Callable[[bytes], Calibration]

log = logging.getLogger(__name__)


class SharedPeers:
    """machine: as in `Record`. pack, unpack: a calibration to bytes and back; unpack raises ProfileError."""

    def __init__(self, url: str, *, machine: str | None, pack: Pack, unpack: Unpack) -> None:
        self._id = secrets.token_hex(ID_BYTES)
        self._bus = RedisBus(url, self._id)
        self._machine = machine
        self._pack, self._unpack = pack, unpack
        self._live: MutableMapping[str, LiveSession] = {}
        self._hub = GazeHub()
        self._owner = Owner(self._bus, self._hub, self._live)
        self._follower = Follower(self._bus, self._hub, self._id)
        self._heard: asyncio.Queue[PeerMessage] = asyncio.Queue()  # bounded by what Redis holds for a slow listener
        self._renewing = asyncio.Event()
        self._wants_newest_s = 0.0
        self._tasks: set[asyncio.Task[None]] = set()

    def new_session_id(self) -> str:
        return f"s_{self._id}{secrets.token_hex(4)}"

    def new_token(self) -> str:
        return self._id + secrets.token_urlsafe(18)

    async def run(self, hub: GazeHub, live: MutableMapping[str, LiveSession]) -> None:
        self._live, self._hub = live, hub
        self._owner, self._follower = Owner(self._bus, hub, live), Follower(self._bus, hub, self._id)
        loops = (self._bus.listen(self._heard.put_nowait, self._hears_again), self._answer(), self._renew())
        await asyncio.gather(*loops, self._keep_calibrations())

    async def close(self) -> None:
        self._follower.close()
        await self._owner.close()
        for task in tuple(self._tasks):
            task.cancel()
        with contextlib.suppress(PeersUnavailable):
            await self._bus.withdraw()
        await self._bus.close()

    async def opened(self) -> None:
        with contextlib.suppress(PeersUnavailable, asyncio.TimeoutError):
            await asyncio.wait_for(self._bus.announce(self._record()), OPENED_S)

    def ended(self, live: LiveSession) -> None:
        """Its calibration was kept when it was made, because a server that is killed can't do it here."""
        self._renewing.set()

    def calibrated(self, live: LiveSession) -> None:
        self._start(self._keep(live))

    async def kept(self, token: str) -> Calibration | None:
        data = await self._bus.kept(hashed(token))
        if data is None:
            return None
        try:
            return await asyncio.to_thread(self._unpack, data)
        except ProfileError:
            return None  # of a server with other networks

    async def find(self, session_id: str) -> Known | None:
        match = SESSION.fullmatch(session_id)
        record = None if match is None or match[1] == self._id else await self._bus.record(match[1])
        return next((known for known in self._known(record) if known.session_id == session_id), None)

    async def find_by_token(self, token: str) -> Known | None:
        server_id = token[: 2 * ID_BYTES]
        if not re.fullmatch(r"[0-9a-f]{8}", server_id) or server_id == self._id:
            return None
        record = await self._bus.record(server_id)
        sessions = () if record is None else record.sessions
        wanted = hashed(token)
        own = next((entry.session for entry in sessions if hmac.compare_digest(entry.token, wanted)), None)
        return next((known for known in self._known(record) if known.session_id == own), None)

    async def listed(self) -> Sequence[Known]:
        return [known for record in await self._bus.records() for known in self._known(record)]

    async def follow(self, known: Known) -> None:
        await self._follower.follow(known)

    async def follow_newest(self) -> None:
        self._wants_newest_s = time.monotonic()
        newest = max(
            (known for known in await self.listed() if known.is_open), key=lambda known: known.started_ms, default=None
        )
        here = self._hub.newest(local=True)
        if newest is not None and (here is None or self._hub.started_ms(here) < newest.started_ms):
            await self._follower.follow(newest)

    def may_read(self, session_id: str) -> bool:
        return self._follower.is_open(session_id)

    def commander(self, session_id: str) -> Commander | None:
        return self._follower.commander(session_id)

    async def heat(self, session_id: str) -> FloatGrid | None:
        return await self._follower.heat(session_id)

    # Tasks.

    async def _renew(self) -> None:
        available = True
        while True:
            try:
                await self._bus.announce(self._record())
                await self._follower.renew()
                if self._hub.follows_newest():
                    await self.follow_newest()
                if not available:
                    log.warning("Redis answers again")
                available = True
            except PeersUnavailable:
                if available:  # logged once
                    log.warning("Redis does not answer: other servers do not see the sessions of this one")
                available = False
            self._owner.expire()
            # Not `asyncio.wait_for`: before Python 3.12, it drops a cancellation that comes together with its result.
            due = asyncio.get_running_loop().call_later(RENEW_S, self._renewing.set)
            await self._renewing.wait()
            due.cancel()
            self._renewing.clear()

    async def _answer(self) -> None:
        while True:
            message = await self._heard.get()
            try:
                match message:
                    case Beat():
                        pass
                    case Watch() | Request() | AskHeat():
                        await self._owner.take(message)
                    case _:
                        await self._follower.take(message)
            except msgspec.DecodeError as problem:
                log.warning("another server sends what this version does not know: %s", problem)
            except Exception:
                log.exception("a bug in a message of another server")

    async def _keep_calibrations(self) -> None:
        """Those of live sessions, which may be older than they are kept, or lost with their Redis."""
        while True:
            await asyncio.sleep(KEEP_S)
            for live in [live for live in self._live.values() if live.session.calibration is not None]:
                with contextlib.suppress(PeersUnavailable):
                    if not await self._bus.keep_longer(hashed(live.token), KEPT_S):
                        await self._keep(live)

    async def _keep(self, live: LiveSession) -> None:
        calibration = live.session.calibration
        if calibration is not None:
            data = await asyncio.to_thread(self._pack, calibration)
            with contextlib.suppress(PeersUnavailable):  # again after KEEP_S
                await self._bus.keep(hashed(live.token), data, KEPT_S)

    def _hears_again(self) -> None:
        self._follower.hears_again()
        self._renewing.set()

    def _start(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def _record(self) -> Record:
        sessions = tuple(
            Entry(session_id, hashed(one.token), one.started_ms, one.session.n_frames, one.session.calibrated)
            for session_id, one in self._live.items()
        )
        return Record(self._id, self._machine, sessions)

    def _known(self, record: Record | None) -> Iterator[Known]:
        if record is None:
            return
        is_open = self._machine is not None and record.machine == self._machine
        for entry in record.sessions:
            yield Known(entry.session, record.server, entry.started_ms, entry.frames, entry.calibrated, is_open)
