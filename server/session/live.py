"""A connected camera, as the other parts of the server see it."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from server.events.annotator import GazeAnnotator
from server.events.heatmap import HeatGrid
from server.protocol.requests import ClientRequest
from server.session.session import Session


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
    annotator: GazeAnnotator
    commander: Commander
    token: str = field(default_factory=lambda: secrets.token_urlsafe(18))
    heat: HeatGrid = field(default_factory=HeatGrid)
    n_frames: int = 0
    recording_id: str | None = None
    recordings: set[str] = field(default_factory=set)  # begun in this session, the one that goes on included
    camera_px: tuple[int, int] | None = None
