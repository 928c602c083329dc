"""A connected camera, as the other parts of the server see it."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from typing import Protocol

from server.protocol.requests import SessionRequest
from server.protocol.types import RequestId, ServerMessage
from server.session.actions import Sender
from server.session.session import Session


class Commander(Protocol):
    """Passes requests of several senders to a session. `server.http.camera_socket` implements it."""

    async def command(self, request: SessionRequest, sender: Sender, request_id: RequestId | None = None) -> None:
        """Sends all answers to the sender, also later ones. A refusal is an `error` message, never an exception."""

    async def leave(self, sender: Sender) -> None:
        """Cancels the sender's round of targets and removes its areas. Called when it disconnects."""

    async def finish(self) -> None:
        """Says to the page that the server stops, and ends the recording. Returns when that is written."""

    async def send_to_page(self, message: ServerMessage) -> None:
        """Sends a message that the camera's page did not request."""


@dataclass(frozen=True, slots=True)
class LiveSession:
    """A connected camera. Only its page gets `token`, which proves that an HTTP request comes from that page."""

    session: Session
    commander: Commander
    started_ms: float
    token: str = field(default_factory=lambda: secrets.token_urlsafe(18))
