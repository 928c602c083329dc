"""What the server needs of the other servers. `Alone` has none; `shared.SharedPeers` finds them in Redis.

1. A session stays at the server to which its camera is connected. The others list it and pass its messages on to their
   readers, and pass requests of programs to it.
2. Without a token, a program reads a session of another server only if both servers are open to programs of this
   machine, which is the rule at one server (server/http/access.py).
"""

from __future__ import annotations

import secrets
from collections.abc import MutableMapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from calibration.calibration import Calibration
from server.clock import Clock
from server.events.heatmap import FloatGrid
from server.session.kept import KeptCalibrations
from server.session.live import Commander, LiveSession
from server.streaming.hub import GazeHub


class PeersUnavailable(Exception):  # noqa: N818
    """What the servers share can't be reached now. It can be tried again."""


@dataclass(frozen=True, slots=True)
class Known:
    """A session of another server, as it was a second ago. is_open: whether it may be read without a token."""

    session_id: str
    server_id: str
    started_ms: float
    n_frames: int
    calibrated: bool
    is_open: bool


class Peers(Protocol):
    """The methods that wait raise PeersUnavailable, except `run`, `opened`, `follow` and `close`."""

    def new_session_id(self) -> str: ...

    def new_token(self) -> str:
        """Of a session here. It proves that a request comes from the session's own page."""

    async def run(self, hub: GazeHub, live: MutableMapping[str, LiveSession]) -> None:
        """Serves the other servers until it is cancelled. hub, live: of this server."""

    async def close(self) -> None:
        """Says to the others that the sessions here have ended."""

    async def opened(self) -> None:
        """A session has begun here, and is in `live`. Returns when the others can find it, or can't now."""

    def ended(self, live: LiveSession) -> None:
        """A session of here has ended. Its calibration is kept for a page that is loaded again."""

    def calibrated(self, live: LiveSession) -> None:
        """A session of here has another calibration."""

    async def kept(self, token: str) -> Calibration | None:
        """The calibration of the session with this token, which may have ended a short time ago, at any server."""

    async def find(self, session_id: str) -> Known | None:
        """A live session of another server."""

    async def find_by_token(self, token: str) -> Known | None: ...

    async def listed(self) -> Sequence[Known]:
        """The live sessions of other servers."""

    async def follow(self, known: Known) -> None:
        """Has its messages published in the hub here while they are read. Returns when its present state is there."""

    async def follow_newest(self) -> None:
        """The same for the newest one that may be read without a token, if it is newer than those of here."""

    def may_read(self, session_id: str) -> bool:
        """Whether a program of this machine may read this session without a token, as far as other servers decide."""

    def commander(self, session_id: str) -> Commander | None:
        """Passes requests to a session that is followed here."""

    async def heat(self, session_id: str) -> FloatGrid | None:
        """The heat map of a session that is followed here."""


class Alone:
    """There is no other server."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._kept = KeptCalibrations()

    def new_session_id(self) -> str:
        return f"s_{secrets.token_hex(4)}"

    def new_token(self) -> str:
        return secrets.token_urlsafe(18)

    async def run(self, hub: GazeHub, live: MutableMapping[str, LiveSession]) -> None:
        pass

    async def close(self) -> None:
        pass

    async def opened(self) -> None:
        pass

    def ended(self, live: LiveSession) -> None:
        if live.session.calibration is not None:
            self._kept.keep(live.token, live.session.calibration, self._clock.now_ms())

    def calibrated(self, live: LiveSession) -> None:
        pass

    async def kept(self, token: str) -> Calibration | None:
        return self._kept.find(token, self._clock.now_ms())

    async def find(self, session_id: str) -> Known | None:
        return None

    async def find_by_token(self, token: str) -> Known | None:
        return None

    async def listed(self) -> Sequence[Known]:
        return ()

    async def follow(self, known: Known) -> None:
        pass

    async def follow_newest(self) -> None:
        pass

    def may_read(self, session_id: str) -> bool:
        return True

    def commander(self, session_id: str) -> Commander | None:
        return None

    async def heat(self, session_id: str) -> FloatGrid | None:
        return None
