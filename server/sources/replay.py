"""serve --replay: a task that publishes a recording's messages to the hub as one live session.

Readers and outputs see no difference to a camera, with three exceptions: the session takes marks only, its gaze is not
recorded again, and `latency_ms` is the time from the message's own time until it is published.
"""

from __future__ import annotations

import asyncio
import logging

from msgspec import structs

from calibration.calibration import Calibration
from server.clock import Clock, latency_ms
from server.events.heatmap import HeatGrid
from server.protocol import requests
from server.protocol.calibration import CalibrationActive, ValidationDone
from server.protocol.events import AreasEvent, GeometryEvent, KnownScreen, MarkEvent, StatusEvent
from server.protocol.gaze import STOPPED_STATUSES, Gaze
from server.protocol.geometry import ScreenLayout
from server.protocol.session import ErrorReply
from server.protocol.types import RequestId, ServerMessage
from server.session.actions import Sender
from server.session.live import LiveSession
from server.settings import ReplayFrom
from server.sources import SourceParts
from server.sources.recorded import Pass, Recorded, read_recorded
from server.streaming.hub import GazeHub

LASTING = (GeometryEvent, StatusEvent, AreasEvent, CalibrationActive, ValidationDone)

log = logging.getLogger(__name__)


class Replay:
    """A recording and how to replay it."""

    kind = "replay"

    def __init__(self, recorded: Recorded, *, speed: float = 1.0, loop: bool = False) -> None:
        self._recorded = recorded
        self._speed = speed
        self._loop = loop

    @classmethod
    def open(cls, settings: ReplayFrom) -> Replay:
        """Raises StartupError."""
        recorded = read_recorded(settings.recording)
        if recorded.n_left_out:
            log.warning("--replay: %d messages of a form that this version does not know", recorded.n_left_out)
        return cls(recorded, speed=settings.speed, loop=settings.loop)

    def describe(self) -> str:
        recorded, seconds = self._recorded, self._recorded.length_ms / 1000.0 / self._speed
        again = ", again and again" if self._loop else ""
        return f"Replay: {recorded.name}, {recorded.n_samples} samples in {seconds:.0f} s{again}"

    async def run(self, parts: SourceParts) -> None:
        session = ReplaySession(parts.new_session_id(), self._recorded, parts.hub, parts.clock)
        parts.live[session.session_id] = LiveSession(
            session=session, commander=session, started_ms=parts.clock.now_ms(), token=parts.new_token()
        )
        parts.hub.open(session.session_id, started_ms=parts.clock.now_ms())
        try:
            session.begin()
            numbers = ids = 0
            while True:
                numbers, ids = await self._play(session, numbers, ids)
                if not self._loop:
                    return
        finally:
            session.end()
            parts.hub.close(session.session_id)
            del parts.live[session.session_id]

    async def _play(self, session: ReplaySession, numbers: int, ids: int) -> tuple[int, int]:
        """One pass. Returns the numbers that the next pass adds."""
        clock, begin_s = asyncio.get_running_loop(), asyncio.get_running_loop().time()
        this = Pass(
            session.session_id, self._recorded.first_ms, session.now_ms(), self._speed, numbers=numbers, ids=ids
        )
        last_number, last_id = numbers, ids
        for due in self._recorded.messages:
            # Also without a delay, so that a recording with many messages at one time stops nothing else.
            await asyncio.sleep(max(0.0, begin_s + due.at_ms / 1000.0 / self._speed - clock.time()))
            message = this.live(due.message)
            if isinstance(message, Gaze):
                last_number = max(last_number, message.seq, message.frame)
            elif isinstance(number := getattr(message, "id", 0), int):
                last_id = max(last_id, number)
            session.publish(message)
        await asyncio.sleep(max(0.0, begin_s + self._recorded.length_ms / 1000.0 / self._speed - clock.time()))
        return last_number, last_id


class ReplaySession:
    """The live session of a replay, as `server.session.live` wants it: its state, and its commander."""

    calibrating = False
    calibration: Calibration | None = None  # its numbers are not in the recording
    camera_px: tuple[int, int] | None = None
    recording_id: str | None = None
    recordings: frozenset[str] = frozenset()

    def __init__(self, session_id: str, recorded: Recorded, hub: GazeHub, clock: Clock) -> None:
        self.session_id = session_id
        self.heat = HeatGrid()
        self.n_frames = 0
        self.calibrated = False
        self.layout = ScreenLayout(recorded.screen)
        self._hub = hub
        self._clock = clock
        self._last: Gaze | None = None

    def now_ms(self) -> float:
        return self._clock.now_ms()

    def begin(self) -> None:
        screen = self.layout.screen
        known = KnownScreen(screen.width_px, screen.height_px, screen.width_mm, screen.height_mm, screen.key)
        self.publish(GeometryEvent(self.session_id, known, None, 1.0, screen.distance_mm))

    def publish(self, message: ServerMessage) -> None:
        match message:
            case GeometryEvent():
                self.layout = ScreenLayout(self.layout.screen, message.viewport)
            case CalibrationActive():
                self.calibrated = True
            case Gaze():
                message = structs.replace(message, latency_ms=latency_ms(message.timestamp, self.now_ms()))
                self.n_frames += 1
                self._last = message
                if message.x is not None and message.y is not None:
                    self.calibrated = True
                    self.heat.add(message.x, message.y, message.timestamp)
        lasting = isinstance(message, LASTING)
        self._hub.publish(self.session_id, message, lasting=lasting, layout=self.layout)

    def end(self) -> None:
        """The last sample, as when the frames of a camera stop."""
        last = self._last
        if last is None or last.status in STOPPED_STATUSES:
            return
        now_ms = max(self.now_ms(), last.timestamp)
        self.publish(StatusEvent(self.session_id, now_ms, "no_frames", False, last.status))
        self.publish(
            Gaze(
                session=self.session_id, seq=last.seq + 1, frame=last.frame, timestamp=now_ms, latency_ms=None,
                valid=False, status="no_frames",
            )
        )  # fmt: skip

    # Methods of Commander.

    async def command(
        self, request: requests.SessionRequest, sender: Sender, request_id: RequestId | None = None
    ) -> None:
        if not isinstance(request, requests.Mark):
            refusal = ErrorReply("replay", "this session replays a recording: it takes marks only")
            await sender.send(refusal, request_id)
            return
        mark = MarkEvent(self.session_id, request.label, self.now_ms())
        self.publish(mark)
        if request_id is not None:
            await sender.send(mark, request_id)

    async def leave(self, sender: Sender) -> None:
        """A sender leaves nothing behind."""

    async def finish(self) -> None:
        """There is no page and no recording."""

    async def send_to_page(self, message: ServerMessage) -> None:
        """There is no page."""
