"""The command token: prints the token of a session of this user's server, or that of its lab."""

from __future__ import annotations

import argparse
import sys

from .runtime import find_token
from .stream import StreamLost, StreamRefused
from .watch import DEFAULT_URL, FAILED, OK


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Adds the options of the command."""
    parser.description = (
        "Print the token with which programs mark, record and calibrate in a session. The server must run on this "
        "machine, for the same user."
    )
    parser.add_argument("url", nargs="?", default=DEFAULT_URL, help="URL of the server (default: %(default)s)")
    which = parser.add_mutually_exclusive_group()
    which.add_argument("--session", help="the session's id (default: that of the camera that connected last)")
    which.add_argument(
        "--lab",
        action="store_true",
        help="print the token that opens all recordings in the lab (/lab/) elsewhere, until the server stops",
    )


def run(options: argparse.Namespace) -> int:
    """Runs the command. Exit status 1 when there is no token."""
    try:
        print(find_token(options.url, session=options.session, lab=options.lab))
    except (StreamRefused, StreamLost, ValueError) as problem:
        print(f"sightline: {problem}", file=sys.stderr)
        return FAILED
    return OK
