"""Sessions without a webcam: a recording that is replayed, and a video file as the camera.

    serve --replay RECORDING    its gaze messages pass through the hub again            (`replay`)
    serve --video FILE          its pictures come from a client of the camera socket    (`video`)

`open_source` reads what the option names before the server starts. `Source.run` is a task beside the server.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, MutableMapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from server.errors import StartupError
from server.settings import ReplayFrom, VideoFrom

if TYPE_CHECKING:
    from calibration.profiles.interface import Profiles
    from server.clock import Clock
    from server.session.live import LiveSession
    from server.streaming.hub import GazeHub

MIN_SPEED, MAX_SPEED = 0.1, 20.0


@dataclass(frozen=True, slots=True)
class SourceParts:
    """The parts of the running server that a source uses.

    camera_url: of the camera socket. new_session_id, new_token: of this server, so that others with the same Redis find
    the session.
    """

    hub: GazeHub
    clock: Clock
    live: MutableMapping[str, LiveSession]
    camera_url: str
    new_session_id: Callable[[], str]
    new_token: Callable[[], str]


class Source(Protocol):
    """kind: one word for people."""

    kind: str

    def describe(self) -> str:
        """One line for the person who started the server."""

    async def run(self, parts: SourceParts) -> None:
        """Returns at the end of the recording or the video; with --loop, never. Raises SourceFailed."""


def add_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--replay",
        type=Path,
        metavar="RECORDING",
        help="stream a recording (its folder, or a saved stream) to all readers and outputs as if it was live, for "
        "building programs without a camera",
    )
    parser.add_argument("--speed", type=_speed, metavar="FACTOR", help="of --replay: 2 is twice as fast (default: 1)")
    parser.add_argument(
        "--video",
        type=Path,
        metavar="FILE",
        help="take a video file as the camera; or a folder of pictures, in the order of their names at 30 a second; or "
        "a recording with pictures, at its own times",
    )
    parser.add_argument(
        "--profile",
        metavar="NAME",
        help="of --video: the saved calibration of this person; without it, the video's gaze has no point",
    )
    parser.add_argument("--loop", action="store_true", help="of --replay and --video: begin again at the end")


def source_from(options: argparse.Namespace) -> ReplayFrom | VideoFrom | None:
    """Raises StartupError for options that do not fit together."""
    if options.replay is not None and options.video is not None:
        raise StartupError("give --replay or --video, not both")
    needs = {"--speed": options.replay, "--profile": options.video, "--loop": options.replay or options.video}
    given = {"--speed": options.speed, "--profile": options.profile, "--loop": options.loop or None}
    for option, value in given.items():
        if value is not None and needs[option] is None:
            of = "--video" if option == "--profile" else "--replay"
            raise StartupError(f"{option} belongs to {of}: give that, too")
    if options.replay is not None:
        return ReplayFrom(options.replay.expanduser(), options.speed or 1.0, options.loop)
    if options.video is not None:
        return VideoFrom(options.video.expanduser(), options.profile, options.loop)
    return None


def open_source(settings: ReplayFrom | VideoFrom, profiles: Profiles) -> Source:
    """Reads the recording, or opens the video. Raises StartupError."""
    if isinstance(settings, ReplayFrom):
        from server.sources.replay import Replay

        return Replay.open(settings)
    from server.sources.video import VideoCamera

    return VideoCamera.open(settings, profiles)


def _speed(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = 0.0
    if not MIN_SPEED <= value <= MAX_SPEED:
        raise argparse.ArgumentTypeError(f"a speed lies between {MIN_SPEED:g} and {MAX_SPEED:g}, got {text!r}")
    return value
