"""The Open Gaze API on TCP: the driver of `session.ClientSession`. It listens on this machine only (127.0.0.1).

Each client has two tasks, which end with the connection. The reader answers commands. The sender takes the newest
sample from the hub and writes its record. A client is disconnected, without effect on other clients, when

1. a line is longer than MAX_LINE_BYTES,
2. it sends more than MAX_COMMANDS_PER_S commands within a second,
3. it has not read for STALLED_S while data waited, or
4. it sends HTTP: any web page can make a browser send a POST here, and its body could contain commands.
"""

from __future__ import annotations

import asyncio
import logging
import re
import socket
import time
from collections import deque
from collections.abc import Callable
from typing import TYPE_CHECKING

from server.advice import with_option
from server.clock import Clock
from server.errors import StartupError
from server.outputs.open_gaze.calibration import OpenGazeCalibrator
from server.outputs.open_gaze.commands import CalibrationSettings, StartCalibration, StopCalibration
from server.outputs.open_gaze.protocol import TICKS_HZ
from server.outputs.open_gaze.session import Action, ClientSession, ShareUserData, TrackerFacts
from server.outputs.output import TOPICS
from server.protocol.gaze import Gaze
from server.streaming.hub import GazeHub

if TYPE_CHECKING:
    from server.session.live import LiveSession

log = logging.getLogger(__name__)

LISTEN_HOST = "127.0.0.1"  # the protocol has neither passwords nor encryption
MAX_CLIENTS = 16  # each costs one record for each frame
MAX_LINE_BYTES = 64 * 1024  # the longest command is USER_DATA; experiments log whole texts with it
MAX_COMMANDS_PER_S = 500  # PsychoPy sends 16 at once; a client that sends more is in an endless loop
MAX_BUFFERED_BYTES = 64 * 1024  # about 150 records or 5 s; beyond it, the newest sample wins
STALLED_S = 5.0

_HTTP = re.compile(rb"[A-Z]{3,10} \S+ HTTP/")


class OpenGazeServer:
    def __init__(
        self,
        *,
        hub: GazeHub,
        clock: Clock,
        facts: Callable[[], TrackerFacts],
        live: Callable[[], LiveSession | None] = lambda: None,
    ) -> None:
        """facts, live: return the facts about the followed session, and the session, at the time of the call."""
        self._hub = hub
        self._clock = clock
        self._facts = facts
        self._settings = CalibrationSettings()
        self._calibrator = OpenGazeCalibrator(
            live=live, clock=clock, settings=self._settings, send_to_all=self._send_to_all
        )
        self._clients: set[_Client] = set()
        self._tasks: set[asyncio.Task[None]] = set()
        self._following: list[asyncio.Task[None]] = []
        self._server: asyncio.Server | None = None
        self._left_out = False  # whether a sample could not be written
        self.port = 0  # the port in use, after `start`
        self._origin_ms = clock.now_ms()  # the zero of TIME, for all clients

    async def start(self, port: int) -> None:
        """Starts to listen. port: 0 takes a free one. Raises StartupError."""
        try:
            self._server = await asyncio.start_server(self._serve, LISTEN_HOST, port, limit=MAX_LINE_BYTES)
        except OSError as problem:
            raise StartupError(
                f"the Open Gaze API can't listen on {LISTEN_HOST} port {port}: it is in use or needs other rights. "
                "Stop the other program, perhaps Gazepoint Control, or choose another port: "
                + with_option("--open-gaze 4243")
            ) from problem
        self._following = [asyncio.create_task(self._follow_calibrations())]
        self.port = self._server.sockets[0].getsockname()[1]
        log.info("Open Gaze: listening on %s port %d", LISTEN_HOST, self.port)

    def describe(self) -> str:
        return f"Open Gaze API: {LISTEN_HOST} port {self.port}"

    async def close(self) -> None:
        if self._server is not None:
            self._server.close()
        await self._calibrator.stop()
        for client in self._clients:
            client.cut_off("the server is stopping")
        for task in self._following:
            task.cancel()
        await asyncio.gather(*self._tasks, *self._following, return_exceptions=True)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        session = ClientSession(facts=self._facts, calibration=self._settings)
        client = _Client(reader, writer, session)
        if len(self._clients) >= MAX_CLIENTS:
            client.cut_off(f"{MAX_CLIENTS} clients are connected already")
            return
        self._clients.add(client)
        sender = asyncio.create_task(self._send_records(client))
        try:
            while (line := await client.line()) is not None:
                answer, action = session.receive(line)
                if action is not None and not await self._act(action, client):
                    answer = session.refused()
                if answer:
                    await client.write(answer)
        except ConnectionError:
            pass
        except Exception:
            log.exception("Open Gaze: a bug ended this connection")
        finally:
            self._clients.discard(client)
            if self._calibrator.owner is client:
                await self._calibrator.stop()
            sender.cancel()
            await asyncio.gather(sender, return_exceptions=True)
            client.cut_off("it has ended")

    async def _send_records(self, client: _Client) -> None:
        try:
            async for message in self._hub.follow(TOPICS):
                if not isinstance(message, Gaze):
                    client.session.notice(message)
                    continue
                record = self._record(message, client)
                if record is not None:
                    await client.write(record)
        except ConnectionError:
            pass
        except Exception:
            log.exception("Open Gaze: a bug ended this connection")
            client.cut_off("a bug")

    def _record(self, gaze: Gaze, client: _Client) -> str | None:
        """The record for this client; None when it takes none, or for a message that can't be written."""
        try:
            ticks = self._ticks(gaze.timestamp)
            return client.session.record(gaze, origin_ms=self._origin_ms, ticks=ticks)
        except (ArithmeticError, ValueError):  # numbers beyond any sense
            if not self._left_out:  # logged once, not for each frame
                log.exception("Open Gaze: a sample was left out")
            self._left_out = True
            return None

    async def _act(self, action: Action, client: _Client) -> bool:
        """Performs an action. Returns False when the session refuses it."""
        match action:
            case StartCalibration():
                return await self._calibrator.start(client)
            case StopCalibration():
                await self._calibrator.stop()
            case ShareUserData(value, n_records):
                for other in self._clients:
                    other.session.set_user_data(value, n_records)
        return True

    async def _follow_calibrations(self) -> None:
        try:
            async for message in self._hub.follow(frozenset({"calibration"})):
                self._calibrator.notice(message)
        except Exception:
            log.exception("Open Gaze: a bug ended the reports about calibrations")

    def _send_to_all(self, line: str) -> None:
        for client in self._clients:
            client.post(line)

    def _ticks(self, captured_ms: float) -> int:
        """The capture time on the clock that the client can also read: the performance counter or monotonic clock."""
        age_s = (self._clock.now_ms() - captured_ms) / 1000.0
        return round((time.perf_counter() - age_s) * TICKS_HZ)


class _Client:
    """One connection: reads and writes lines, within the limits."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, session: ClientSession) -> None:
        self.session = session
        self._reader = reader
        self._writer = writer
        self._writing = asyncio.Lock()
        self._commands_s: deque[float] = deque(maxlen=MAX_COMMANDS_PER_S)
        connection = writer.get_extra_info("socket")
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, MAX_BUFFERED_BYTES)
        writer.transport.set_write_buffer_limits(high=MAX_BUFFERED_BYTES)

    async def line(self) -> str | None:
        """The next line; None when the client has disconnected or was cut off."""
        try:
            line = await self._reader.readline()
        except ValueError:  # the limit of the stream
            self.cut_off(f"a line of more than {MAX_LINE_BYTES} bytes")
            return None
        except ConnectionError:
            return None
        if not line:
            return None
        now_s = time.monotonic()
        too_many = len(self._commands_s) == MAX_COMMANDS_PER_S and now_s - self._commands_s[0] < 1.0
        self._commands_s.append(now_s)
        if too_many or _HTTP.match(line):
            self.cut_off(f"more than {MAX_COMMANDS_PER_S} commands within a second" if too_many else "it speaks HTTP")
            return None
        return line.decode("utf-8", errors="replace")

    async def write(self, line: str) -> None:
        """Writes a line. Waits while the client is slow; newer samples then replace each other in the subscription.

        Raises ConnectionError when it has disconnected or was cut off. (`wait_for` of Python 3.10 and 3.11 can lose a
        cancellation; `wait` does not.)
        """
        async with self._writing:
            if self._writer.transport.is_closing():
                raise ConnectionResetError
            self._writer.write(line.encode())
            if self._writer.transport.get_write_buffer_size() == 0:
                return
            drained = asyncio.ensure_future(self._writer.drain())
            try:
                await asyncio.wait({drained}, timeout=STALLED_S)
                if not drained.done():
                    self.cut_off(f"the client read nothing for {STALLED_S:g} s")
                    raise ConnectionAbortedError
                drained.result()
            finally:
                drained.cancel()

    def post(self, line: str) -> None:
        """Writes a line without waiting. Used for the few lines about a calibration."""
        if not self._writer.transport.is_closing():
            self._writer.write(line.encode())

    def cut_off(self, reason: str) -> None:
        log.info("Open Gaze: a connection was closed: %s", reason)
        self._writer.transport.abort()
