"""What several requests need. Each check raises RequestRefused."""

from __future__ import annotations

from calibration.profiles.store import is_user_name
from server.errors import RequestRefused
from server.protocol.requests import Geometry


def known(geometry: Geometry | None) -> Geometry:
    """The geometry, once the page has sent it."""
    if geometry is None:
        raise RequestRefused("geometry_missing", "send the screen's geometry first")
    return geometry


def check_user(user: str | None) -> None:
    """A name for profiles and recordings."""
    if user is not None and not is_user_name(user):
        raise RequestRefused("bad_user", f"{user!r} can't be a user name: letters, digits, blanks and . _ - inside")
