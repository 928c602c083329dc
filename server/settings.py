"""The settings, and the limits with the reason for each number."""

from __future__ import annotations

import argparse
import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from models.face.camera import DEFAULT_HFOV_DEG

DEFAULT_HOST = "127.0.0.1"  # by default, pictures of a face do not leave the machine
DEFAULT_PORT = 8765

MAX_FRAME_BYTES = 2 * 1024 * 1024
"""One JPEG. A 1920 x 1080 webcam frame at quality 0.9 has 0.3 to 0.6 MiB; the page sends a face region of 50 KiB."""

MAX_FRAME_PIXELS = 4_000_000
"""One decoded frame. More than 1080p (2.1 Mpx) gains nothing. 4 Mpx decode to 12 MB, which bounds a JPEG bomb."""

MAX_FRAME_SIDE_PX = 8192
"""Either side of a picture. No camera has more. From 32767 px on, OpenCV inside MediaPipe ends the whole process."""

MAX_TEXT_BYTES = 64 * 1024
"""One JSON message. The longest useful one has 128 areas with names of 64 characters of four bytes: 47 KiB. A path of
400 knots has 12 KiB."""

MAX_MESSAGE_BYTES = MAX_FRAME_BYTES + MAX_TEXT_BYTES
"""One WebSocket message. aiohttp closes the socket with 1009 when a message is longer. The limit is above
MAX_FRAME_BYTES, so that a frame slightly too big gets an `error` message with the numbers."""

MAX_UNANSWERED = 2
"""Frames that a page may send before the first is answered: one is analysed, one waits. More would be dropped."""

PACED_SIDE_PX = 640
"""Longer side of a JPEG while the server asks for fewer frames. Our page sends no larger ones. The networks read faces
of some 200 px, and decoding 1920 x 1080 takes as long as everything else."""

OVERVIEW_SIDE_PX = 320
"""Longer side of an overview. The detector scales it to 192 px, and a JPEG of this size has 10 KiB."""

MAX_SESSIONS = 32
"""Cameras at the same time. They share the workers: on two cores, each of 32 gets some seven frames a second."""

MAX_WORKERS = 256
"""Processes that analyse pictures. Each needs about 100 MB."""

MAX_SUBSCRIBERS = 256
"""Streams at the same time. Each costs one write for each frame on the event loop, about 50 us: 256 x 30 a second take
40 % of a core (python -m server.bench --subscribers)."""

MAX_SUBSCRIBER_EVENTS = 64
"""Events that wait for one subscriber. Events are queued, not replaced like gaze. A reader that is 64 events behind no
longer reads, so the oldest are dropped."""

STREAM_SEND_BUFFER_BYTES = 16 * 1024
"""The send buffer of the operating system for each stream: about 20 messages. The usual buffer of some megabytes would
hold minutes of old gaze for a slow reader."""

MIN_FREE_BYTES = 256 * 1024 * 1024
"""With less free space, the server is not ready for new sessions: two minutes of a recording with pictures."""

MAX_HEATMAP_SIDE_PX = 4096
"""Longest side of a heat map picture: an 8K screen at half size. Colouring it takes 150 MB."""

MAX_DRAWN_AT_ONCE, MAX_DRAWINGS_WAITING = 1, 32
"""Heat map pictures that are drawn at the same time, and requests that wait for that. Each takes some 0.1 s."""

MAX_DOWNLOADS, MAX_DOWNLOADS_WAITING = 4, 8
"""Recordings that are sent at the same time: each is packed into a temporary file of up to 4 GiB. Others wait."""

MAX_DOWNLOADS_EACH = 2
"""Downloads of one token, waiting ones included: a client that reads slowly leaves turns for others. The page on the
server's own machine may use all."""

MAX_ANALYSED_AT_ONCE, MAX_ANALYSES_WAITING = 1, 32
"""Recordings that are opened or analysed at the same time, and requests that wait for that. One thread at a time,
because live gaze comes first. A recording of half an hour takes a second."""

HEARTBEAT_S = 15.0
"""Ping interval of the sockets. A closed laptop is noticed after at most 1.5 intervals."""

STALLED_S = 30.0
"""How long a reader of server-sent events or NDJSON may stop reading: two ping intervals of a socket."""

SHUTDOWN_S = 1.0
"""How long clients may take to close their streams when the server stops."""

DRAIN_S = 5.0
"""How long recordings may take to be closed when the server stops. Their lines and pictures are on the disk already."""

STOP_LIMIT_S = 20.0
"""How long the whole end may take: recordings, sockets, workers, a running fit. Then the process ends with status 1."""

RETRY_MS = 2000.0
"""When pages should connect again after the server has stopped. A server starts in some seconds."""

CLOSE_TIMEOUT_S = 2.0
"""How long a closing handshake may take. A client that does not answer must not delay the shutdown."""


def default_profiles_folder() -> Path:
    return user_data_folder() / "profiles"


def default_recordings_folder() -> Path:
    return user_data_folder() / "recordings"


def default_certificates_folder() -> Path:
    return user_data_folder() / "tls"


def user_data_folder() -> Path:
    """The folder for user data of the XDG base directory specification."""
    data_home = os.environ.get("XDG_DATA_HOME")
    base = Path(data_home) if data_home else Path.home() / ".local" / "share"
    return base / "sightline"


def default_web_folder() -> Path:
    return Path(__file__).resolve().parent.parent / "web"


@dataclass(frozen=True, slots=True)
class ReplayFrom:
    """A recording that is streamed as a live session. speed: 2 is twice as fast."""

    recording: Path
    speed: float = 1.0
    loop: bool = False


@dataclass(frozen=True, slots=True)
class VideoFrom:
    """A video file or a folder of pictures as the camera. profile: the person whose saved calibration it uses."""

    path: Path
    profile: str | None = None
    loop: bool = False


@dataclass(frozen=True, slots=True)
class Settings:
    """The settings of a server, read once at its start. `python -m server serve --help` explains each."""

    host: str = DEFAULT_HOST
    port: int = DEFAULT_PORT
    allow_origins: tuple[str, ...] = ()
    hfov_deg: float = DEFAULT_HFOV_DEG
    workers: int | None = None  # processes that analyse pictures; None: one for each core
    count_faces: bool = True
    point_filter: str = "one_euro"  # a name in server.gaze.filters.FILTERS
    profiles: Path = field(default_factory=default_profiles_folder)
    recordings: Path = field(default_factory=default_recordings_folder)
    cluster: str | None = None  # the Ray cluster that analyses pictures; None: workers on this machine
    redis: str | None = field(default=None, repr=False)  # has the profiles, and perhaps a password; None: the folder
    tls: Path | Literal["auto"] | None = None  # the certificate; None: plain HTTP
    tls_key: Path | None = None  # unless it is in the file of the certificate
    certificates: Path = field(default_factory=default_certificates_folder)  # of --tls auto
    metrics_token: str | None = field(default=None, repr=False)  # opens /metrics to other machines
    outputs: argparse.Namespace | None = None  # the options of server.outputs.add_options; None: no output
    runtime: Path | None = None  # folder of the secret that opens /v1/token; None: no program finds tokens
    source: ReplayFrom | VideoFrom | None = None  # a session beside those of cameras
    study: Path | None = None  # the folder of a study; None: the example
    web: Path = field(default_factory=default_web_folder)
    test_driver: bool = False  # lets a browser's test driver (Playwright's wait_for_function) evaluate texts

    def folders(self) -> list[tuple[str, Path]]:
        """The folders that must be writable, and what is in them."""
        profiles = [("saved calibrations", self.profiles)] if self.redis is None else []
        return [*profiles, ("recordings", self.recordings)]
