"""The first message of a socket."""

from __future__ import annotations

from typing import Any

from server import __version__
from server.gaze.bystanders import CALM_MS
from server.protocol.messages import WIRE_VERSION
from server.session.live import LiveSession
from server.settings import MAX_FRAME_BYTES, MAX_FRAME_PIXELS, MAX_TEXT_BYTES, MAX_UNANSWERED, OVERVIEW_SIDE_PX


def stream_hello(session_id: str | None) -> dict[str, Any]:
    """session_id: None while no camera is connected."""
    return {"type": "hello", "v": WIRE_VERSION, "version": __version__, "session": session_id}


def camera_hello(live: LiveSession, *, overviews: bool) -> dict[str, Any]:
    """The token is for the session's own page; whoever else shall command the session gets it from there.

    overviews: whether the server wants to see, now and then, who else is there.
    """
    limits = {
        "max_frame_bytes": MAX_FRAME_BYTES,
        "max_pixels": MAX_FRAME_PIXELS,
        "max_text_bytes": MAX_TEXT_BYTES,
        "max_unanswered": MAX_UNANSWERED,
    }
    overview = {"every_ms": CALM_MS, "side_px": OVERVIEW_SIDE_PX} if overviews else None
    return {**stream_hello(live.session.session_id), "token": live.token, "limits": limits, "overview": overview}
