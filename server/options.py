"""The options of the command serve, and the settings that they become."""

from __future__ import annotations

import argparse
from pathlib import Path

from server import __version__, outputs
from server.addresses import parse_origin, parse_port
from server.gaze.filters import FILTERS
from server.settings import Settings


def add_serve_options(parser: argparse.ArgumentParser) -> None:
    """The options of the command serve. Defaults come from `Settings`, so there is one place for each."""
    defaults = Settings()
    parser.formatter_class = argparse.ArgumentDefaultsHelpFormatter
    parser.epilog = "PROTOCOL.md describes the streams."
    parser.add_argument(
        "--host",
        default=defaults.host,
        help="address to listen on; with anything but a loopback address other machines can reach the server, and "
        "browsers there give no camera to a page without HTTPS",
    )
    parser.add_argument("--port", type=parse_port, default=defaults.port, help="port to listen on; 0 takes a free one")
    parser.add_argument(
        "--profiles",
        type=Path,
        default=defaults.profiles,
        metavar="DIR",
        help="folder for saved calibrations: numbers only, never pictures",
    )
    parser.add_argument(
        "--recordings",
        type=Path,
        default=defaults.recordings,
        metavar="DIR",
        help="folder for recorded sessions; pictures only where the person agreed to it on the page",
    )
    parser.add_argument(
        "--allow-origin",
        type=_origin,
        action="append",
        default=[],
        metavar="ORIGIN",
        help="let pages of this origin (such as http://localhost:3000) use the sockets and read the answers; may be "
        "given several times",
    )
    add_network_options(parser)
    parser.add_argument(
        "--hfov-deg",
        type=_field_of_view,
        default=defaults.hfov_deg,
        metavar="DEGREES",
        help="the camera's field of view along the longer side of its picture, for pages that don't send one; a wrong "
        "value scales distances, not directions",
    )
    parser.add_argument(
        "--ignore-onlookers",
        action="store_true",
        help="go on while a second face is in the picture, for places where one hangs on the wall; without this, the "
        "gaze waits until the person is alone",
    )
    add_filter_option(parser, default=defaults.point_filter)
    outputs.add_options(parser)
    parser.add_argument("--verbose", action="store_true", help="log connections and refusals too")
    parser.add_argument("--version", action="version", version=f"Sightline {__version__}", help="print the version")


def add_network_options(parser: argparse.ArgumentParser) -> None:
    """--device and --network, of every command that looks at pictures."""
    parser.add_argument(
        "--device",
        choices=("auto", "cpu", "cuda"),
        default="auto",
        help="where the networks run; auto takes CUDA when it is there (default: %(default)s)",
    )
    parser.add_argument(
        "--network",
        choices=("accurate", "fast"),
        default="accurate",
        help="fast takes less time a frame, for slow machines and many people; a profile belongs to one of them "
        "(default: %(default)s)",
    )


def add_filter_option(parser: argparse.ArgumentParser, *, default: str) -> None:
    """--filter, of every command that smooths gaze points."""
    parser.add_argument(
        "--filter",
        choices=tuple(FILTERS),
        default=default,
        help="how gaze points are smoothed; none leaves them as they were estimated (default: %(default)s)",
    )


def settings_from(options: argparse.Namespace) -> Settings:
    return Settings(
        host=options.host,
        port=options.port,
        allow_origins=tuple(options.allow_origin),
        hfov_deg=options.hfov_deg,
        count_faces=not options.ignore_onlookers,
        point_filter=options.filter,
        profiles=options.profiles.expanduser(),
        recordings=options.recordings.expanduser(),
        outputs=options,
    )


def _origin(text: str) -> str:
    try:
        return parse_origin(text)
    except ValueError as problem:
        raise argparse.ArgumentTypeError(str(problem)) from problem


def _field_of_view(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = 0.0
    if not 10.0 < value < 170.0:
        raise argparse.ArgumentTypeError(f"a field of view lies between 10 and 170 degrees, got {text!r}")
    return value
