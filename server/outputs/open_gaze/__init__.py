"""The Open Gaze API (Gazepoint's protocol) over TCP, for PsychoPy, PyGaze and other clients."""

from __future__ import annotations

import argparse

from server.addresses import parse_port
from server.outputs.open_gaze.server import LISTEN_HOST, OpenGazeServer
from server.outputs.open_gaze.session import TrackerFacts
from server.outputs.output import ServerParts

DEFAULT_PORT = 4242  # the default of all clients of the Open Gaze API


def add_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--open-gaze",
        type=parse_port,
        nargs="?",
        const=DEFAULT_PORT,
        metavar="PORT",
        help="also serve the Open Gaze API (Gazepoint's protocol, for PsychoPy, PyGaze and others) on this port of "
        f"{LISTEN_HOST} (PORT defaults to {DEFAULT_PORT})",
    )


async def open(options: argparse.Namespace, server: ServerParts) -> OpenGazeServer | None:
    if options.open_gaze is None:
        return None
    output = OpenGazeServer(
        hub=server.hub,
        clock=server.clock,
        facts=lambda: tracker_facts(server),
        live=lambda: server.sessions.get(server.hub.newest(local=True) or ""),
    )
    await output.start(options.open_gaze)
    return output


def tracker_facts(server: ServerParts) -> TrackerFacts:
    """The facts about the newest session, which outputs follow."""
    session_id = server.hub.newest(local=True)
    if session_id is None:
        return TrackerFacts()
    live = server.sessions.get(session_id)
    screen = live.session.layout.screen if live and live.session.layout else None
    return TrackerFacts(
        session_id=session_id,
        screen_px=None if screen is None else (round(screen.width_px), round(screen.height_px)),
        camera_px=None if live is None else live.session.camera_px,
    )
