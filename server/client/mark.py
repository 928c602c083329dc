"""The command mark: labels this moment in a session, its recording and all its outputs."""

from __future__ import annotations

import argparse
import asyncio
import os
import sys

from .control import ControlRefused, control
from .stream import StreamLost, StreamRefused
from .watch import DEFAULT_URL, FAILED, OK

TOKEN_VARIABLE = "SIGHTLINE_TOKEN"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Adds the options of the command."""
    parser.description = (
        "Label this moment: for all readers of the stream, in the running recording, and in the outputs (Open Gaze, "
        "LSL, OSC). Without a token, that of this user's server on this machine is taken; `sightline token` prints it."
    )
    parser.add_argument("label", help='for example "trial 7"')
    parser.add_argument("url", nargs="?", default=DEFAULT_URL, help="URL of the server (default: %(default)s)")
    parser.add_argument(
        "--token",
        default=os.environ.get(TOKEN_VARIABLE),
        help=f"the session's token (default: the variable {TOKEN_VARIABLE}, or else that of the newest session)",
    )


def run(options: argparse.Namespace) -> int:
    """Runs the command, and prints the time of the mark, ms since 1970. Exit status 1 when it is refused."""
    try:
        print(asyncio.run(_mark(options)))
    except (ControlRefused, StreamRefused, StreamLost, ValueError) as problem:
        print(f"sightline: {problem}", file=sys.stderr)
        return FAILED
    return OK


async def _mark(options: argparse.Namespace) -> float:
    async with control(options.url, token=options.token or None) as session:
        return await session.mark(options.label)
