"""The outputs' options on the command line, and the settings that they become. Imports no output."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from typing import Any

from server.settings import OPEN_GAZE_PORT, Settings


def add_options(parser: argparse.ArgumentParser, defaults: Settings, *, port: Callable[[str], int]) -> None:
    """port: checks a port number as the other options' do."""
    parser.add_argument(
        "--open-gaze",
        type=port,
        nargs="?",
        const=OPEN_GAZE_PORT,
        default=defaults.open_gaze_port,
        metavar="PORT",
        help="also speak the Open Gaze API (Gazepoint's, for PsychoPy, PyGaze and others) on this port of 127.0.0.1; "
        f"without PORT on {OPEN_GAZE_PORT}",
    )
    parser.add_argument(
        "--lsl",
        choices=("machine", "network"),
        nargs="?",
        const="machine",
        default=defaults.lsl,
        help="also open Lab Streaming Layer outlets that this machine, or everybody on its network, can find "
        "(pip install -e '.[lsl]')",
    )
    parser.add_argument(
        "--osc",
        type=parse_destination,
        action="append",
        default=[],
        metavar="HOST:PORT",
        help="also send gaze as OSC messages over UDP to this place; a port alone is one of this machine; may be given "
        "several times",
    )


def settings_from(options: argparse.Namespace) -> dict[str, Any]:
    """Fields of `Settings`."""
    return {"open_gaze_port": options.open_gaze, "lsl": options.lsl, "osc": tuple(options.osc)}


def parse_destination(text: str) -> tuple[str, int]:
    """HOST:PORT, or a port of this machine."""
    host, _, port = text.rpartition(":")
    host = host.removeprefix("[").removesuffix("]") or "127.0.0.1"
    if not (port.isascii() and port.isdigit() and 0 < int(port) <= 65535) or any(c.isspace() for c in host):
        raise argparse.ArgumentTypeError(f"OSC goes to a port or to HOST:PORT, such as 127.0.0.1:9000, got {text!r}")
    return host, int(port)
