"""A connected camera, as the other parts of the server see it."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from typing import Protocol

from calibration.calibration import Calibration
from server.events.heatmap import HeatGrid
from server.protocol.geometry import ScreenLayout
from server.protocol.requests import SessionRequest
from server.protocol.types import RequestId, ServerMessage
from server.session.actions import Sender


class State(Protocol):
    """A session's state. `server.session.session.Session` has it, and the session of a replay."""

    @property
    def session_id(self) -> str: ...
    @property
    def calibrated(self) -> bool: ...
    @property
    def calibration(self) -> Calibration | None: ...
    @property
    def calibrating(self) -> bool: ...
    @property
    def heat(self) -> HeatGrid: ...
    @property
    def n_frames(self) -> int: ...
    @property
    def camera_px(self) -> tuple[int, int] | None: ...
    @property
    def layout(self) -> ScreenLayout | None: ...
    @property
    def recording_id(self) -> str | None: ...
    @property
    def recordings(self) -> frozenset[str]: ...


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
    """A connected camera, or a replay. Only its page gets `token`, which proves that a request comes from that page."""

    session: State
    commander: Commander
    started_ms: float
    token: str = field(default_factory=lambda: secrets.token_urlsafe(18))
