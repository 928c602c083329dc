"""Open Sound Control over UDP, for patchers, game engines and installations.

    /sightline/gaze      ffff   x, y (0..1 of the screen), confidence (0..1), expected error (CSS px)
    /sightline/lost      s      why there is no gaze: the status of the gaze message
    /sightline/fixation  siff   "start" or "end", id, x, y
    /sightline/blink     s      "start" or "end"
    /sightline/mark      s      label

Each message travels in a bundle of its own; the bundle's time tag is the moment it is about: of gaze, the capture.
Reference: Open Sound Control 1.0. UDP knows no slow reader: what does not fit into the system's buffer is dropped.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import socket
import struct
from collections.abc import Mapping
from typing import Any

from server.addresses import is_loopback_name
from server.errors import StartupError
from server.outputs.feed import follow
from server.streaming.hub import GazeHub

log = logging.getLogger(__name__)

NTP_EPOCH_S = 2_208_988_800  # 1900 to 1970


def packet(message: Mapping[str, Any]) -> bytes | None:
    """The bundle that tells this message of the hub; None for kinds that OSC has no address for."""
    arguments: list[str | int | float]
    match message["type"]:
        case "gaze" if message["valid"]:
            address = "/sightline/gaze"
            arguments = [float(message[name]) for name in ("x", "y", "confidence", "error_px")]
        case "gaze":
            address, arguments = "/sightline/lost", [str(message["status"])]
        case "fixation" if message["x"] is not None:
            place = [float(message["x"]), float(message["y"])]
            address, arguments = "/sightline/fixation", [str(message["phase"]), int(message["id"]), *place]
        case "blink":
            address, arguments = "/sightline/blink", [str(message["phase"])]
        case "mark":
            address, arguments = "/sightline/mark", [str(message["label"])]
        case _:
            return None
    return encode_bundle(float(message["timestamp"]), encode_message(address, arguments))


def encode_message(address: str, arguments: list[str | int | float]) -> bytes:
    tags, data = ",", b""
    for value in arguments:
        if isinstance(value, str):
            tags, data = tags + "s", data + _padded(value)
        elif isinstance(value, int):
            tags, data = tags + "i", data + struct.pack(">i", value)
        else:
            tags, data = tags + "f", data + struct.pack(">f", value)
    return _padded(address) + _padded(tags) + data


def encode_bundle(unix_ms: float, message: bytes) -> bytes:
    """One message with its time: 32 bits of seconds since 1900, 32 bits of fractions."""
    time_tag = round((unix_ms / 1000.0 + NTP_EPOCH_S) * 2**32)
    return _padded("#bundle") + struct.pack(">QI", time_tag % 2**64, len(message)) + message


def _padded(text: str) -> bytes:
    """Ends in at least one zero and is a multiple of four bytes long. A zero inside would end it early."""
    data = text.replace("\0", "").encode()
    return data + b"\0" * (4 - len(data) % 4)


class OscSender:
    def __init__(self, *, hub: GazeHub, destination: tuple[str, int]) -> None:
        self._hub = hub
        self._destination = destination
        self._socket: socket.socket | None = None
        self._task: asyncio.Task[None] | None = None
        self._failed = False

    async def start(self) -> None:
        """Raises StartupError when the host is not known."""
        host, port = self._destination
        try:
            found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_DGRAM)
        except OSError as problem:
            raise StartupError(f"OSC can't go to {host}: {problem.strerror or problem}. Check --osc.") from problem
        family, kind, protocol, _, address = found[0]
        self._socket = socket.socket(family, kind, protocol)
        self._socket.setblocking(False)
        if not is_loopback_name(host):
            log.warning("sending gaze to %s port %d: it leaves this machine, unencrypted", host, port)
        self._task = asyncio.create_task(self._send_all(self._socket, address))

    async def close(self) -> None:
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
        if self._socket is not None:
            self._socket.close()

    async def _send_all(self, sender: socket.socket, address: Any) -> None:
        with contextlib.suppress(asyncio.CancelledError):
            try:
                async for message in follow(self._hub):
                    data = packet(message)
                    if data is not None:
                        self._send(sender, address, data)
            except Exception:
                log.exception("OSC: a bug ended this output")

    def _send(self, sender: socket.socket, address: Any, data: bytes) -> None:
        try:
            sender.sendto(data, address)
        except OSError as problem:
            if not self._failed:  # once, not thirty times a second
                log.warning("OSC: nothing can be sent to %s: %s", self._destination[0], problem)
            self._failed = True
        else:
            self._failed = False
