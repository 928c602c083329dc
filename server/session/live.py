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
    """Carries requests to a session, for several senders. `server.http.camera_socket` implements it."""

    async def command(self, request: SessionRequest, sender: Sender, request_id: RequestId | None = None) -> None:
        """Answers go to the sender, also those that come later. A refusal is an `error` message, never an exception."""

    async def leave(self, sender: Sender) -> None:
        """The sender disconnects: its round of targets is cancelled and its areas are removed."""

    async def send_to_page(self, message: ServerMessage) -> None:
        """A message that the camera's page did not ask for."""


@dataclass(frozen=True, slots=True)
class LiveSession:
    """A connected camera. `token` goes to its page only, and proves that an HTTP request comes from that page."""

    session: Session
    commander: Commander
    started_ms: float
    token: str = field(default_factory=lambda: secrets.token_urlsafe(18))
