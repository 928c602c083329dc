"""Checks that several requests share. Each raises RequestRefused."""

from __future__ import annotations

from calibration.profiles.names import is_user_name
from server.errors import RequestRefused
from server.protocol.geometry import Geometry


def require_geometry(geometry: Geometry | None) -> Geometry:
    """Returns the geometry, or refuses the request when the page has not sent one."""
    if geometry is None:
        raise RequestRefused("geometry_missing", "send the screen's geometry first")
    return geometry


def check_user(user: str | None) -> None:
    """Refuses what cannot be a user name of profiles and recordings."""
    if user is not None and not is_user_name(user):
        raise RequestRefused(
            "bad_user",
            f"{user!r} is not a user name; use letters and digits, with blanks, apostrophes and . _ - between them",
        )
