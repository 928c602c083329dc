"""What can be set, and the limits with the reason for each number."""

from __future__ import annotations

import argparse
import os
from dataclasses import dataclass, field
from pathlib import Path

from models.face.camera import DEFAULT_HFOV_DEG

DEFAULT_HOST = "127.0.0.1"  # a camera picture of somebody's face should not leave the machine by default
DEFAULT_PORT = 8765

MAX_FRAME_BYTES = 2 * 1024 * 1024
"""One JPEG. A 1920 x 1080 webcam frame at quality 0.9 has 0.3 to 0.6 MiB; the page sends a face region of 50 KiB."""

MAX_FRAME_PIXELS = 4_000_000
"""One decoded frame. Above 1080p (2.1 Mpx) nothing is gained; 4 Mpx decode to 12 MB, so a JPEG bomb has no room."""

MAX_FRAME_SIDE_PX = 8192
"""Either side of a picture. No camera has more, and from 32767 on OpenCV inside MediaPipe ends the whole process."""

MAX_TEXT_BYTES = 64 * 1024
"""One JSON message. The longest one that means something names 128 areas, with names of 64 characters of four bytes
each: 47 KiB. A path of 400 knots has 12 KiB."""

MAX_MESSAGE_BYTES = MAX_FRAME_BYTES + MAX_TEXT_BYTES
"""One WebSocket message; aiohttp closes with 1009 before holding more. A little above MAX_FRAME_BYTES, so that a
frame that is only just too big still gets an `error` message with the numbers in it."""

MAX_UNANSWERED = 2
"""Frames that a page may have under way: one being analysed, one waiting. More would only be dropped."""

OVERVIEW_SIDE_PX = 320
"""Longer side of an overview: the detector sees 192 px, and a JPEG of this size has 10 KiB."""

MAX_SESSIONS = 8
"""Cameras at once. Each holds a landmark tracker of some 50 MB, and they share one inference thread."""

MAX_SUBSCRIBERS = 256
"""Streams at once. Each costs a write a frame on the event loop, some 50 us: 256 x 30 a second take 40 % of a core
(python -m server.bench --subscribers)."""

MAX_SUBSCRIBER_EVENTS = 64
"""Events waiting for one subscriber. They must not overtake each other like gaze does, so they queue; a consumer that
is 64 events behind is gone, and the oldest are let go."""

STREAM_SEND_BUFFER_BYTES = 16 * 1024
"""Of the system, for each stream: some 20 messages. Its usual megabytes would keep minutes of old gaze for a slow
reader."""

MAX_HEATMAP_SIDE_PX = 4096
"""Longest side of a heat map picture: an 8K screen at half size, 64 MB while it is coloured."""

HEARTBEAT_S = 15.0
"""Ping interval of the sockets: a laptop that was closed is noticed after at most 1.5 intervals."""

STALLED_S = 30.0
"""How long a reader of server-sent events or NDJSON may take nothing: two pings of a socket's peer that is gone."""

CLOSE_TIMEOUT_S = 2.0
"""How long a closing handshake may take, so that a stuck client can't hold up the shutdown."""


def default_profiles_folder() -> Path:
    return user_data_folder() / "profiles"


def default_recordings_folder() -> Path:
    return user_data_folder() / "recordings"


def user_data_folder() -> Path:
    """The place that the XDG base directory specification names for user data."""
    data_home = os.environ.get("XDG_DATA_HOME")
    base = Path(data_home) if data_home else Path.home() / ".local" / "share"
    return base / "sightline"


def default_web_folder() -> Path:
    return Path(__file__).resolve().parent.parent / "web"


@dataclass(frozen=True, slots=True)
class Settings:
    """What a server is told once, at its start; `python -m server serve --help` explains each."""

    host: str = DEFAULT_HOST
    port: int = DEFAULT_PORT
    allow_origins: tuple[str, ...] = ()
    hfov_deg: float = DEFAULT_HFOV_DEG
    count_faces: bool = True
    point_filter: str = "one_euro"  # a name in server.gaze.filters.FILTERS
    profiles: Path = field(default_factory=default_profiles_folder)
    recordings: Path = field(default_factory=default_recordings_folder)
    outputs: argparse.Namespace | None = None  # what server.outputs.add_options adds; None: no output
    web: Path = field(default_factory=default_web_folder)
