"""Two outlets of the Lab Streaming Layer: gaze samples and markers. Needs `pylsl` (pip install -e '.[lsl]').

    Sightline          type Gaze     irregular rate, float32, the channels of `CHANNELS`
    SightlineMarkers   type Markers  irregular rate, one string: "mark LABEL", "fixation start 57", "blink end 3"

1. An invalid sample has NaN in its channels, LSL's value for "missing". FrameNumber and Valid always have values.
2. Time stamps are capture times on LSL's clock: local_clock() minus the age of the frame. With a camera whose clock
   disagrees with the server's, they are the times of arrival.
3. liblsl keeps some seconds of data for each inlet and drops the oldest, so pushing never waits.
4. Outlets are visible on this machine only, unless `--lsl network` is given: LSL has no access control.
"""

from __future__ import annotations

import argparse
import hashlib
import logging
import math
import secrets
import socket
import uuid
from collections.abc import Mapping
from typing import Any, Literal

from msgspec import UNSET, UnsetType

from server import __version__
from server.clock import Clock, latency_ms
from server.errors import StartupError
from server.outputs.output import ForwardTask, ServerParts
from server.protocol.events import BlinkEvent, EyeEvent, FixationEvent, MarkEvent, SaccadeEvent, StimulusEvent
from server.protocol.gaze import Gaze
from server.protocol.replies import type_of
from server.protocol.types import ServerMessage
from server.streaming.hub import GazeHub

log = logging.getLogger(__name__)

Scope = Literal["machine", "network"]
GAZE_NAME, MARKERS_NAME = "Sightline", "SightlineMarkers"
CHANNELS: tuple[tuple[str, str, str], ...] = (
    ("ScreenX", "Gaze", "normalized"),
    ("ScreenY", "Gaze", "normalized"),
    ("Confidence", "Confidence", "normalized"),
    ("ErrorRadius", "Error", "pixels"),
    ("HeadX", "Head", "mm"),
    ("HeadY", "Head", "mm"),
    ("HeadZ", "Head", "mm"),
    ("FrameNumber", "FrameNumber", "count"),
    ("Valid", "Valid", "bool"),
)
"""Label, type, unit. Screen units have their origin top left. The head's place is the same as in the gaze message."""

MAX_BUFFERED_S = 10  # for each inlet; older samples are of no use to a live reader
_QUIET = "[log]\nlevel = -2\n"  # otherwise liblsl reports each connection of an inlet on stderr
# It must be set before any other call of liblsl.
CONFIG: Mapping[Scope, str] = {"machine": "[multicast]\nResolveScope = machine\n" + _QUIET, "network": _QUIET}


def add_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--lsl",
        choices=("machine", "network"),
        nargs="?",
        const="machine",
        help="also open Lab Streaming Layer outlets, visible on this machine only or on its whole network "
        "(pip install -e '.[lsl]')",
    )


async def open(options: argparse.Namespace, server: ServerParts) -> LslOutlets | None:
    if options.lsl is None:
        return None
    outlets = LslOutlets(hub=server.hub, clock=server.clock, scope=options.lsl, source_id=source_id_of(server.port))
    outlets.start()
    return outlets


def source_id_of(port: int) -> str:
    """The id of this server's streams: different for each machine and port, and the same after a restart.

    An inlet that has lost its outlet takes the next outlet of the same id, so the id must not be that of another
    machine. Host names alone are not unique: the computers of a laboratory may be copies of one. port: 0 for a free
    one, which a restart does not give again, so the id is then different each time.
    """
    if port == 0:
        return f"sightline-{secrets.token_hex(6)}"
    machine = hashlib.sha256(f"{socket.gethostname()} {uuid.getnode():x}".encode()).hexdigest()[:12]
    return f"sightline-{machine}-{port}"


def channels(gaze: Gaze) -> list[float]:
    """The values of one gaze message, in the order of `CHANNELS`."""
    point = [_number(value) for value in (gaze.x, gaze.y, gaze.confidence if gaze.valid else None, gaze.error_px)]
    head = [gaze.head.x, gaze.head.y, gaze.head.z] if gaze.head is not UNSET else [math.nan] * 3
    return [*point, *head, float(gaze.seq), 1.0 if gaze.valid else 0.0]


def marker(event: MarkEvent | StimulusEvent | EyeEvent) -> str:
    """The text for the marker stream."""
    if isinstance(event, MarkEvent):
        return f"mark {event.label}"
    if isinstance(event, StimulusEvent):
        return f"stimulus {event.phase} {event.name}"
    return f"{type_of(event)} {event.phase} {event.id}"


def _number(value: float | UnsetType | None) -> float:
    return math.nan if value is None or value is UNSET else float(value)


class LslOutlets:
    def __init__(self, *, hub: GazeHub, clock: Clock, scope: Scope, source_id: str) -> None:
        """source_id: the same after a restart, so that inlets find their stream again."""
        self._hub = hub
        self._clock = clock
        self._scope: Scope = scope
        self._source_id = source_id
        self._lsl: Any = None
        self._gaze: Any = None
        self._markers: Any = None
        self._task: ForwardTask | None = None

    def start(self) -> None:
        """Raises StartupError when LSL is not installed."""
        try:
            import pylsl
        except (ImportError, RuntimeError) as problem:  # RuntimeError: pylsl is there, liblsl is not
            raise StartupError(
                "LSL needs the package pylsl with its library: "
                f"pip install -e '.[lsl]' in the checkout, else 'sightline-gaze[lsl]' ({problem})"
            ) from problem
        self._lsl = pylsl
        try:
            pylsl.set_config_content(CONFIG[self._scope])
        except (AttributeError, NotImplementedError) as problem:
            raise StartupError("LSL needs a newer pylsl: pip install --upgrade -e '.[lsl]'") from problem
        self._gaze = pylsl.StreamOutlet(self._gaze_info(), max_buffered=MAX_BUFFERED_S)
        self._markers = pylsl.StreamOutlet(self._markers_info(), max_buffered=MAX_BUFFERED_S)
        if self._scope == "network":
            log.warning("LSL: every machine on this network can read the gaze")
        self._task = ForwardTask("LSL", self._hub, self._push)

    def describe(self) -> str:
        return f"Lab Streaming Layer: streams of type Gaze and Markers, for this {self._scope}"

    async def close(self) -> None:
        """Closes the outlets: liblsl ends an outlet when its last reference is deleted."""
        if self._task is not None:
            await self._task.close()
        self._task = self._gaze = self._markers = None

    def _push(self, message: ServerMessage) -> None:
        match message:
            case Gaze():
                self._gaze.push_sample(channels(message), self._lsl_time(message.timestamp))
            case StimulusEvent(phase="move"):
                pass
            case MarkEvent() | StimulusEvent() | FixationEvent() | SaccadeEvent() | BlinkEvent():
                self._markers.push_sample([marker(message)], self._lsl_time(message.timestamp))

    def _lsl_time(self, unix_ms: float) -> float:
        """The time on LSL's clock. A time of a wrong clock has no age, so it counts as now."""
        age_ms = latency_ms(unix_ms, self._clock.now_ms()) or 0.0
        return float(self._lsl.local_clock()) - age_ms / 1000.0

    def _gaze_info(self) -> Any:
        pylsl = self._lsl
        info = pylsl.StreamInfo(
            GAZE_NAME, "Gaze", len(CHANNELS), pylsl.IRREGULAR_RATE, pylsl.cf_float32, f"{self._source_id}-gaze"
        )
        listed = info.desc().append_child("channels")
        for label, kind, unit in CHANNELS:
            entry = listed.append_child("channel")
            for name, value in (("label", label), ("type", kind), ("unit", unit), ("eye", "both")):
                entry.append_child_value(name, value)
        maker = info.desc().append_child("acquisition")
        for name, value in (("manufacturer", "Sightline"), ("model", "webcam"), ("version", __version__)):
            maker.append_child_value(name, value)
        return info

    def _markers_info(self) -> Any:
        pylsl = self._lsl
        return pylsl.StreamInfo(
            MARKERS_NAME, "Markers", 1, pylsl.IRREGULAR_RATE, pylsl.cf_string, f"{self._source_id}-markers"
        )
