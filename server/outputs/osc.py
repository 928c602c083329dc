"""Open Sound Control over UDP, for patchers, game engines and installations.

    /sightline/gaze      ffff   x, y (0..1 of the screen), confidence (0..1), expected error (CSS px)
    /sightline/lost      s      the status of an invalid sample: the reason why there is no gaze
    /sightline/fixation  siff   "start" or "end", id, x, y
    /sightline/blink     s      "start" or "end"
    /sightline/mark      s      label
    /sightline/stimulus  ss     "start" or "end", name

Each message is sent in its own bundle. The bundle's time tag is the time of the event, or the capture time of gaze.
Reference: Open Sound Control 1.0. With UDP, a slow reader delays nothing: the system drops packets when its buffer is
full.
"""

from __future__ import annotations

import argparse
import asyncio
import logging
import socket
from collections.abc import Sequence
from typing import Any

from pythonosc.osc_bundle_builder import OscBundleBuilder
from pythonosc.osc_message_builder import OscMessageBuilder

from server.addresses import is_loopback_name
from server.errors import StartupError
from server.outputs.output import ForwardTask, ServerParts
from server.protocol.events import BlinkEvent, FixationEvent, MarkEvent, StimulusEvent
from server.protocol.gaze import Gaze
from server.protocol.types import ServerMessage
from server.streaming.hub import GazeHub

log = logging.getLogger(__name__)

Destination = tuple[str, int]  # host, port


def add_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--osc",
        type=parse_destination,
        action="append",
        default=[],
        metavar="HOST:PORT",
        help="also send gaze as OSC messages over UDP to this address; a port alone means this machine; may be "
        "repeated",
    )


async def open(options: argparse.Namespace, server: ServerParts) -> OscSender | None:
    if not options.osc:
        return None
    sender = OscSender(hub=server.hub, destinations=options.osc)
    await sender.start()
    return sender


def parse_destination(text: str) -> Destination:
    """Parses HOST:PORT, or a port of this machine. Raises ArgumentTypeError."""
    host, _, port = text.rpartition(":")
    host = host.removeprefix("[").removesuffix("]") or "127.0.0.1"
    if not (port.isascii() and port.isdigit() and 0 < int(port) <= 65535) or any(c.isspace() for c in host):
        raise argparse.ArgumentTypeError(f"OSC goes to a port or to HOST:PORT, such as 127.0.0.1:9000, got {text!r}")
    return host, int(port)


def packet(message: ServerMessage) -> bytes | None:
    """The OSC bundle of a message; None for types without an OSC address."""
    arguments: tuple[tuple[str, str | int | float], ...]
    match message:
        case Gaze(x=float(x), y=float(y), error_px=float(error_px)):
            address = "/sightline/gaze"
            arguments = (("f", x), ("f", y), ("f", message.confidence), ("f", error_px))
        case Gaze():
            address, arguments = "/sightline/lost", (("s", message.status),)
        case FixationEvent(x=float(x), y=float(y)):
            address = "/sightline/fixation"
            arguments = (("s", message.phase), ("i", message.id), ("f", x), ("f", y))
        case BlinkEvent():
            address, arguments = "/sightline/blink", (("s", message.phase),)
        case MarkEvent():
            # A zero byte would end the string early.
            address, arguments = "/sightline/mark", (("s", message.label.replace("\0", "")),)
        case StimulusEvent(phase="start" | "end"):
            address = "/sightline/stimulus"
            arguments = (("s", message.phase), ("s", message.name.replace("\0", "")))
        case _:
            return None
    builder = OscMessageBuilder(address)
    for type_tag, value in arguments:
        builder.add_arg(value, type_tag)
    bundle = OscBundleBuilder(message.timestamp / 1000.0)  # type: ignore[arg-type]  # unix seconds, with fractions
    bundle.add_content(builder.build())
    return bundle.build().dgram


class OscSender:
    def __init__(self, *, hub: GazeHub, destinations: Sequence[Destination]) -> None:
        self._hub = hub
        self._destinations = tuple(destinations)
        self._receivers: list[_Receiver] = []
        self._task: ForwardTask | None = None

    async def start(self) -> None:
        """Raises StartupError when a host name can't be resolved."""
        try:
            for host, port in self._destinations:
                self._receivers.append(await _Receiver.find(host, port))
        except StartupError:
            await self.close()
            raise
        self._task = ForwardTask("OSC", self._hub, self._send)

    def describe(self) -> str:
        return "OSC: to " + ", ".join(f"{host} port {port}" for host, port in self._destinations)

    async def close(self) -> None:
        if self._task is not None:
            await self._task.close()
        for receiver in self._receivers:
            receiver.close()

    def _send(self, message: ServerMessage) -> None:
        data = packet(message)
        if data is not None:
            for receiver in self._receivers:
                receiver.send(data)


class _Receiver:
    """One destination, resolved once."""

    def __init__(self, host: str, sender: socket.socket, address: Any) -> None:
        self._host = host
        self._socket = sender
        self._address = address
        self._failing = False

    @classmethod
    async def find(cls, host: str, port: int) -> _Receiver:
        """Resolves the host. Raises StartupError when that fails."""
        try:
            addresses = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_DGRAM)
        except OSError as problem:
            raise StartupError(f"OSC can't go to {host}: there is no machine with this name. Check --osc.") from problem
        family, kind, protocol, _, address = addresses[0]
        sender = socket.socket(family, kind, protocol)
        sender.setblocking(False)
        if not is_loopback_name(host):
            log.warning("sending gaze to %s port %d: it leaves this machine, unencrypted", host, port)
        return cls(host, sender, address)

    def send(self, data: bytes) -> None:
        try:
            self._socket.sendto(data, self._address)
        except OSError as problem:
            if not self._failing:  # logged once, not for each frame
                log.warning("OSC: nothing can be sent to %s: %s", self._host, problem)
            self._failing = True
        else:
            self._failing = False

    def close(self) -> None:
        self._socket.close()
