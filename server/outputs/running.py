"""Which outputs a server has, by its settings; opened at its start, closed before its sockets are."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass

from server.clock import Clock
from server.outputs.lsl import LslOutlets
from server.outputs.open_gaze.server import LISTEN_HOST, OpenGazeServer
from server.outputs.open_gaze.session import TrackerFacts
from server.outputs.osc import OscSender
from server.session.live import LiveSession
from server.settings import Settings
from server.streaming.hub import GazeHub


@dataclass(frozen=True, slots=True)
class RunningOutputs:
    """`open_gaze_port`: the one in use, where 0 was asked for; None without that output."""

    open_gaze_port: int | None
    described: tuple[str, ...]  # one line for each, for the person who started the server


@asynccontextmanager
async def running_outputs(
    settings: Settings, *, hub: GazeHub, clock: Clock, sessions: Mapping[str, LiveSession]
) -> AsyncIterator[RunningOutputs]:
    """Raises StartupError; then those that were open already are closed again."""
    opened: list[OpenGazeServer | LslOutlets | OscSender] = []
    port: int | None = None
    described = []
    try:
        if settings.open_gaze_port is not None:
            server = OpenGazeServer(
                hub=hub, clock=clock, facts=lambda: tracker_facts(hub, sessions), live=lambda: followed(hub, sessions)
            )
            port = await server.start(settings.open_gaze_port)
            opened.append(server)
            described.append(f"Open Gaze API: {LISTEN_HOST} port {port}")
        if settings.lsl is not None:
            outlets = LslOutlets(hub=hub, clock=clock, scope=settings.lsl, source_id=f"sightline-{settings.port}")
            await outlets.start()
            opened.append(outlets)
            described.append(f"Lab Streaming Layer: streams of type Gaze and Markers, for this {settings.lsl}")
        for host, osc_port in settings.osc:
            sender = OscSender(hub=hub, destination=(host, osc_port))
            await sender.start()
            opened.append(sender)
            described.append(f"OSC: to {host} port {osc_port}")
        yield RunningOutputs(port, tuple(described))
    finally:
        for output in reversed(opened):
            await output.close()


def followed(hub: GazeHub, sessions: Mapping[str, LiveSession]) -> LiveSession | None:
    """The session opened last among the live ones."""
    return sessions.get(hub.newest() or "")


def tracker_facts(hub: GazeHub, sessions: Mapping[str, LiveSession]) -> TrackerFacts:
    """Of the session that outputs follow: the newest."""
    session_id = hub.newest()
    if session_id is None:
        return TrackerFacts()
    place, live = hub.place(session_id), sessions.get(session_id)
    return TrackerFacts(
        session_id=session_id,
        screen_px=None if place is None else (round(place.width_px), round(place.height_px)),
        camera_px=None if live is None else live.camera_px,
    )
