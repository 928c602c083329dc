"""What the handlers share: made once in `app.create_app`, handed around instead of globals."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from calibration.profiles.store import ProfileStore
from server.clock import Clock
from server.events.annotator import Observer
from server.events.heatmap import HeatGrid
from server.http.access import AccessRules
from server.inference.pipeline import Pipeline
from server.protocol.requests import ClientRequest
from server.recordings.store import RecordingStore
from server.session.session import Session
from server.settings import Settings
from server.streaming.hub import GazeHub


class Sender(Protocol):
    """Whoever commands a session and gets its answers: the camera's page, another socket, another server's client."""

    async def send(self, payload: Mapping[str, Any]) -> None: ...


class Commander(Protocol):
    """Carries requests to a session, for several senders. `handlers.camera` is one."""

    async def command(self, request: ClientRequest, sender: Sender) -> None:
        """Answers go to the sender, also those that come later. A refusal is an `error` message, never an exception."""

    async def leave(self, sender: Sender) -> None:
        """The sender has gone: its round of dots is cancelled, its areas are forgotten."""

    async def tell_page(self, payload: Mapping[str, Any]) -> None:
        """Something that the camera's page has not asked for."""


@dataclass(slots=True)
class LiveSession:
    """A connected camera. `token` is told to its page only, and proves to HTTP requests that they come from there."""

    session: Session
    started_ms: float
    observer: Observer
    commander: Commander
    token: str = field(default_factory=lambda: secrets.token_urlsafe(18))
    heat: HeatGrid = field(default_factory=HeatGrid)
    n_frames: int = 0
    recording_id: str | None = None
    recordings: set[str] = field(default_factory=set)  # begun in this session, the one that goes on included
    camera_px: tuple[int, int] | None = None


@dataclass(frozen=True, slots=True)
class Context:
    settings: Settings
    access: AccessRules
    pipeline: Pipeline
    profiles: ProfileStore
    recordings: RecordingStore
    clock: Clock
    started_ms: float
    hub: GazeHub = field(default_factory=GazeHub)
    live: dict[str, LiveSession] = field(default_factory=dict)

    def session_of(self, token: str) -> str | None:
        """The live session that has this token."""
        given = token.encode(errors="replace")
        for session_id, live in self.live.items():
            if secrets.compare_digest(live.token.encode(), given):
                return session_id
        return None
