"""What the server needs of a store of profiles. `store` keeps them in a folder, `redis_store` in Redis."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from calibration.calibration import Calibration
from calibration.samples.past import PastSession

if TYPE_CHECKING:
    import builtins

    from calibration.profiles.store import ProfileInfo


class Profiles(Protocol):
    """The methods raise ProfileError and its kinds. A save that returns has been written."""

    def check(self) -> None:
        """Raises ProfileUnavailable when the store does not answer now."""

    def save(self, user: str, screen_key: str, calibration: Calibration) -> None:
        """Save a profile. It replaces an earlier one of this user and screen."""

    def sessions(self, user: str, screen_key: str) -> tuple[PastSession, ...]:
        """The sessions of a profile that were made with the active networks, oldest first; none without a profile that
        can be read."""

    def load(self, user: str, screen_key: str, older_key: str | None = None) -> Calibration:
        """Load a profile. older_key: used when there is no profile of the first key."""

    def list(self) -> builtins.list[ProfileInfo]:
        """All profiles by user and screen, including broken ones with their problem."""

    def delete(self, user: str, screen_key: str) -> None:
        """Remove the profile, even a broken one."""

    def pack(self, user: str, screen_key: str) -> bytes:
        """One profile as a zip, for export to another machine."""

    def unpack(self, data: bytes) -> tuple[str, str]:
        """Import the output of `pack`. It replaces a profile of this name. -> user and key."""
