"""The objects that all handlers share. `app.create_app` creates them once; there are no globals."""

from __future__ import annotations

import asyncio
import secrets
import time
from dataclasses import dataclass, field

from aiohttp import web

from calibration.calibration import Calibration
from calibration.profiles.interface import Profiles
from server.clock import Clock
from server.http.access import AccessRules
from server.http.limits import Turns
from server.http.opened import OpenedRecordings
from server.inference.pipeline import Pipeline
from server.metrics import Metrics
from server.peers.interface import Peers, PeersUnavailable
from server.recordings.store import RecordingStore
from server.report.kept_areas import KeptAreas
from server.session.live import Commander, LiveSession
from server.settings import (
    MAX_ANALYSED_AT_ONCE,
    MAX_ANALYSES_WAITING,
    MAX_DOWNLOADS,
    MAX_DOWNLOADS_EACH,
    MAX_DOWNLOADS_WAITING,
    MAX_DRAWINGS_WAITING,
    MAX_DRAWN_AT_ONCE,
    Settings,
)
from server.streaming.hub import GazeHub, Subscription


@dataclass(frozen=True, slots=True)
class Context:
    settings: Settings
    access: AccessRules
    pipeline: Pipeline
    profiles: Profiles
    recordings: RecordingStore
    areas: KeptAreas
    clock: Clock
    peers: Peers
    secret: str = field(default_factory=lambda: secrets.token_urlsafe(24), repr=False)  # opens /v1/token to our user
    lab_token: str = field(default_factory=lambda: secrets.token_urlsafe(24), repr=False)  # opens all recordings
    started_s: float = field(default_factory=time.monotonic)  # a clock that is set must not change the uptime
    drawing: Turns = field(default_factory=lambda: Turns(at_once=MAX_DRAWN_AT_ONCE, waiting=MAX_DRAWINGS_WAITING))
    downloads: Turns = field(
        default_factory=lambda: Turns(at_once=MAX_DOWNLOADS, waiting=MAX_DOWNLOADS_WAITING, each=MAX_DOWNLOADS_EACH)
    )
    analysing: Turns = field(default_factory=lambda: Turns(at_once=MAX_ANALYSED_AT_ONCE, waiting=MAX_ANALYSES_WAITING))
    opened: OpenedRecordings = field(default_factory=OpenedRecordings)
    hub: GazeHub = field(default_factory=GazeHub)
    live: dict[str, LiveSession] = field(default_factory=dict)
    participants: dict[str, int] = field(default_factory=dict)  # by study, the highest number that was given

    draining: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def metrics(self) -> Metrics:
        return self.pipeline.metrics

    def session_of(self, token: str) -> str | None:
        """The live session of this server that has this token."""
        token_bytes = token.encode(errors="replace")
        for session_id, live in self.live.items():
            if secrets.compare_digest(live.token.encode(), token_bytes):
                return session_id
        return None

    def opens_lab(self, token: str) -> bool:
        """Whether it is the token of the lab."""
        return secrets.compare_digest(self.lab_token.encode(), token.encode(errors="replace"))

    def commander_of(self, session_id: str | None) -> Commander | None:
        """Of a live session, also of one of another server that is followed here."""
        if session_id is None:
            return None
        live = self.live.get(session_id)
        return self.peers.commander(session_id) if live is None else live.commander

    async def calibration_of(self, token: str) -> Calibration | None:
        """That of the session with this token, which may have ended a short time ago."""
        session_id = self.session_of(token)
        if session_id is not None:
            return self.live[session_id].session.calibration
        try:
            return await self.peers.kept(token)
        except PeersUnavailable:
            return None


CONTEXT: web.AppKey[Context] = web.AppKey("context", Context)
OPEN_READERS: web.AppKey[set[Subscription]] = web.AppKey("open_readers", set[Subscription])  # of SSE and NDJSON
OPEN_SOCKETS: web.AppKey[set[web.WebSocketResponse]] = web.AppKey("open_sockets", set[web.WebSocketResponse])
