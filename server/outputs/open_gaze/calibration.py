"""Calibrations that Open Gaze clients start: with targets of the client, or with the page's calibration game.

CALIBRATE_SHOW 0   The client draws the targets. The session begins a calibration with the client's points. For each
                   point:
                   1. All clients get CALIB_START_PT. The session gets the time at which the eyes have arrived: after
                      CALIBRATE_DELAY, but not before the settle time.
                   2. After CALIBRATE_DELAY and CALIBRATE_TIMEOUT, CALIB_RESULT_PT and the next point follow.
                   Then the session fits, and all clients get CALIB_RESULT.
CALIBRATE_SHOW 1   The page draws the targets. The server requests it to start its game, with the game's targets and
                   times. All clients get its progress.

A calibration of the first kind belongs to the client that began it, and is cancelled when this client disconnects. All
clients also get the progress of games that the person starts on the page.
"""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Callable, Coroutine, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from calibration.samples.selection import SETTLE_MS
from calibration.targets.patterns import MIN_TARGETS
from server.clock import Clock
from server.outputs.open_gaze.commands import CalibrationSettings
from server.outputs.open_gaze.progress import CalibrationProgress, Place, places
from server.protocol import requests
from server.protocol.calibration import (
    CalibrationActive,
    CalibrationFailed,
    CalibrationRefused,
    CalibrationRequested,
    CalibrationStarted,
    CalibrationStep,
    Report,
)
from server.protocol.session import ErrorReply
from server.protocol.types import RequestId, ServerMessage

if TYPE_CHECKING:
    from server.session.live import LiveSession

log = logging.getLogger(__name__)

FIRST_POINT_S = 0.1  # the ACK must arrive before the first point, because PyGaze ignores points before it
PAGE_STARTS_S = 30.0  # the person may have to confirm on the page first
FIT_S = 60.0
GAME_S = 600.0


@dataclass(slots=True, eq=False)
class _Round:
    """A round of targets that a client draws. stopped: the client stopped it and waits for no result."""

    progress: CalibrationProgress
    targets: Mapping[int, Place]
    ended: asyncio.Event = field(default_factory=asyncio.Event)
    stopped: bool = False


class OpenGazeCalibrator:
    """Runs the calibrations of Open Gaze clients.

    live: returns the followed session. send_to_all: sends a line to all clients, without waiting.
    """

    def __init__(
        self,
        *,
        live: Callable[[], LiveSession | None],
        clock: Clock,
        settings: CalibrationSettings,
        send_to_all: Callable[[str], None],
    ) -> None:
        self._live = live
        self._clock = clock
        self._settings = settings
        self._send_to_all = send_to_all
        self._task: asyncio.Task[None] | None = None
        self._round: _Round | None = None  # the round that this task shows
        self._session: LiveSession | None = None
        self._expected: deque[_Round] = deque()  # rounds whose `started` message has not arrived
        self._reported: _Round | None = None  # the round of the hub's messages; None: the page's game
        self._game = CalibrationProgress(settings)
        self._game_begun, self._game_ended = asyncio.Event(), asyncio.Event()
        self.owner: object | None = None  # the client that began the round

    async def start(self, owner: object) -> bool:
        """Begins a calibration. Returns False when the session refuses."""
        await self.stop()
        live = self._live()
        if live is None:
            return False
        if self._settings.shown_by_us:
            self._task = asyncio.create_task(self._guarded(self._ask_page(live)))
            return True
        points = tuple(self._settings.points)
        if len(set(points)) < max(MIN_TARGETS, len(points)):
            return False
        await live.commander.command(requests.CalibrationStart(user=None, points=points), self)
        begun = self._round  # set by `send`
        if begun is None:
            return False
        self._session, self.owner = live, owner
        ids = {place: target_id for target_id, place in begun.targets.items()}
        self._task = asyncio.create_task(self._guarded(self._show(live, begun, [ids[point] for point in points])))
        return True

    async def stop(self) -> None:
        """Ends a client's round. The page ends its own games."""
        task, self._task = self._task, None
        if task is not None and task is not asyncio.current_task():
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
        if self._round is not None:
            self._round.stopped = True
            self._settings.running = False
        live, self._session, self._round, self.owner = self._session, None, None, None
        if live is not None:
            await live.commander.leave(self)

    async def send(self, message: ServerMessage, request_id: RequestId | None = None) -> None:
        """Takes the session's answers to this client's requests. The round's progress comes from the hub."""
        if isinstance(message, CalibrationStarted):
            targets = places(message.targets)
            self._round = _Round(CalibrationProgress(self._settings), targets)
            self._round.progress.begin(targets)
            self._expected.append(self._round)
        elif isinstance(message, ErrorReply):
            log.info("Open Gaze: the session refused: %s", message.code)

    def notice(self, message: ServerMessage) -> None:
        """Takes a `calibration` message of the hub, about a client's round or a game of the page."""
        ended = _ends(message)
        if isinstance(message, CalibrationStarted):
            ours = bool(self._expected) and self._expected[0].targets == places(message.targets)
            self._reported = self._expected.popleft() if ours else None
        if self._reported is not None:
            if ended:
                self._end(self._reported, message.report if isinstance(message, CalibrationActive) else None)
                self._reported = None
            return
        if isinstance(message, CalibrationRefused):
            self._send_to_all(self._game.result(None))
            self._game_begun.set()
            self._game_ended.set()
            return
        for line in self._game.take(message):
            self._send_to_all(line)
        if isinstance(message, CalibrationStarted):
            self._game_begun.set()
        elif ended:
            self._game_ended.set()

    async def _show(self, live: LiveSession, begun: _Round, target_ids: list[int]) -> None:
        await asyncio.sleep(FIRST_POINT_S)
        delay_s, timeout_s = self._settings.delay_s, self._settings.timeout_s
        for target_id in target_ids:
            if begun.ended.is_set() or self._live() is not live:
                break
            self._send_to_all(begun.progress.start_point(target_id))
            arrived_ms = self._clock.now_ms() + max(0.0, 1000.0 * delay_s - SETTLE_MS)
            await live.commander.command(requests.CalibrationPoint(target_id, arrived_ms), self)
            await asyncio.sleep(delay_s + timeout_s)
            for line in begun.progress.end_point():
                self._send_to_all(line)
        else:
            await live.commander.command(requests.CalibrationFinish(), self)
            await _within(begun.ended, FIT_S)
        self._end(begun, None)

    async def _ask_page(self, live: LiveSession) -> None:
        self._game_begun.clear()
        self._game_ended.clear()
        await live.commander.send_to_page(CalibrationRequested("requested", by="open_gaze"))
        if not (await _within(self._game_begun, PAGE_STARTS_S) and await _within(self._game_ended, GAME_S)):
            self._send_to_all(self._game.result(None))

    def _end(self, of: _Round, report: Report | None) -> None:
        """Sends the result of a round, once. report: None without a calibration."""
        if of.ended.is_set():
            return
        of.ended.set()
        if self._round is of:
            self._session = self._round = self.owner = None
        if not of.stopped:
            self._send_to_all(of.progress.result(report))

    async def _guarded(self, work: Coroutine[Any, Any, None]) -> None:
        try:
            await work
        except Exception:
            log.exception("Open Gaze: a bug ended this calibration")
            if self._round is not None:
                self._end(self._round, None)


def _ends(message: ServerMessage) -> bool:
    """Whether this message ends a round."""
    match message:
        case CalibrationActive(state="done") | CalibrationFailed() | CalibrationStep(state="cancelled"):
            return True
    return False


async def _within(event: asyncio.Event, seconds: float) -> bool:
    waiting = asyncio.ensure_future(event.wait())
    try:
        await asyncio.wait({waiting}, timeout=seconds)
        return waiting.done()
    finally:
        waiting.cancel()
