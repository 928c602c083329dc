"""GET /v1/camera: the driver of one session. It passes frames and requests to the session and performs its actions.

It has four kinds of tasks, which end with the connection:

1. The reader takes messages from the socket and passes them to the session. The connection ends with it.
2. Two tasks pass the results of frames and overviews from the workers to the session.
3. One task runs for each fit, for each profile that is loaded or saved, and for the answers that wait until a
   recording is written.
4. One task passes the time to the session, which reports when frames stop.
"""

from __future__ import annotations

import asyncio
import logging
import random
import time
from collections.abc import Coroutine
from concurrent.futures import Future
from typing import Any

from aiohttp import WSMsgType, web
from msgspec import structs
from typing_extensions import assert_never

from server.clock import latency_ms
from server.errors import CloseCode, ProtocolError
from server.gaze.bystanders import CALM_MS
from server.gaze.filters import FILTERS
from server.http.callers import check_access
from server.http.context import CONTEXT, OPEN_SOCKETS, Context
from server.http.jobs import Jobs
from server.http.limits import Throttle
from server.http.recording_job import RecordingJob
from server.http.sockets import ClientChannel, close, hello, open_socket, refuse, send
from server.inference.results import AnalyzedFrame, AnalyzeFrame, CountFaces, LostFrame
from server.protocol.frames import parse_frame
from server.protocol.gaze import Gaze
from server.protocol.parsing import parse_text
from server.protocol.requests import SessionRequest
from server.protocol.session import Hello, Limits, Overviews, Pace, Stopping
from server.protocol.subscription import DETECTED_TOPICS, Subscribe
from server.protocol.times import check_frame_time
from server.protocol.types import RequestId, ServerMessage
from server.recordings.records import RecordFrame, RecordNote, StartRecording, StopRecording
from server.session.actions import (
    Action,
    FitCalibration,
    LoadProfile,
    Publish,
    Reply,
    ResumeCalibration,
    SaveProfile,
    Sender,
    ToPage,
)
from server.session.live import LiveSession
from server.session.recording import not_written
from server.session.session import Session
from server.settings import (
    MAX_FRAME_BYTES,
    MAX_FRAME_PIXELS,
    MAX_MESSAGE_BYTES,
    MAX_SESSIONS,
    MAX_TEXT_BYTES,
    MAX_UNANSWERED,
    OVERVIEW_SIDE_PX,
    PACED_SIDE_PX,
    RETRY_MS,
)

TICK_S = 0.1  # a quarter of the shortest silence that is reported

log = logging.getLogger(__name__)


async def camera_socket(request: web.Request) -> web.StreamResponse:
    check_access(request)
    context = request.app[CONTEXT]
    socket = await open_socket(request, max_message_bytes=MAX_MESSAGE_BYTES)
    try:
        if context.draining.is_set():
            later = "the server is stopping; connect again later"
            await refuse(socket, ProtocolError("stopping", later, CloseCode.GOING_AWAY), context.metrics)
        elif len(context.live) >= MAX_SESSIONS:
            full = f"{MAX_SESSIONS} cameras are already connected; close another page first"
            await refuse(socket, ProtocolError("too_many_sessions", full, CloseCode.TRY_AGAIN_LATER), context.metrics)
        else:
            await CameraDriver(context, socket).run()
    finally:
        request.app[OPEN_SOCKETS].discard(socket)
    return socket


class CameraDriver:
    """Performs a session's actions until the connection ends."""

    def __init__(self, context: Context, socket: web.WebSocketResponse) -> None:
        self._context = context
        self._socket = socket
        self._session = Session(
            session_id=context.peers.new_session_id(),
            rng=random.Random(),
            point_filter=FILTERS[context.settings.point_filter](),
            count_faces=context.settings.count_faces,
        )
        self._live = LiveSession(
            session=self._session, commander=self, started_ms=context.clock.now_ms(), token=context.peers.new_token()
        )
        self._jobs = Jobs(
            pipeline=context.pipeline, profiles=context.profiles, clock=context.clock, session=self._session
        )
        self._recording = RecordingJob(
            store=context.recordings, failed=self._recording_failed, reached_limit=self._recording_reached_limit
        )
        self._stream = context.pipeline.open_stream()
        self._metrics = context.metrics
        self._clock_agrees = True
        self._max_fps: float | None = None  # what the page knows
        self._tasks: set[asyncio.Task[None]] = set()
        self._page = ClientChannel(context=context, socket=socket, topics=DETECTED_TOPICS, commander=self, is_page=True)

    async def run(self) -> None:
        session_id = self._session.session_id
        self._context.live[session_id] = self._live
        hub = self._context.hub
        hub.open(session_id, started_ms=self._live.started_ms)
        # The page gets its gaze messages and its answers without a subscription. It may subscribe to events.
        subscription = hub.subscribe(session_id, Subscribe(topics=frozenset()))
        log.info("session %s: connected", session_id)
        try:
            await self._context.peers.opened()
            await send(self._socket, self._hello())
            self._page.open(subscription)
            self._start(self._analyze_frames())
            self._start(self._count_faces())
            self._start(self._watch())
            await self._start(self._read())
        except Exception:
            await self._fail()
        finally:
            await self._perform(self._session.end(self._now_ms()))  # it publishes only, so it does not wait
            hub.unsubscribe(subscription)
            hub.close(session_id)
            del self._context.live[session_id]
            self._context.peers.ended(self._live)
            self._recording.end(self._now_ms())
            self._stream.close()
            for task in self._tasks:
                task.cancel()
            log.info("session %s: ended after %d frames", session_id, self._session.n_frames)
            # Last, because the handler can be cancelled while it waits here.
            await self._page.close()
            await asyncio.gather(*self._tasks, return_exceptions=True)

    # Methods of Commander.

    async def command(self, request: SessionRequest, sender: Sender, request_id: RequestId | None = None) -> None:
        """Carries out a request of the page, or of a program that has the token."""
        await self._perform(self._session.receive(request, self._origin(sender), self._now_ms(), request_id))

    async def leave(self, sender: Sender) -> None:
        await self._perform(self._session.leave(self._origin(sender), self._now_ms()))

    async def send_to_page(self, message: ServerMessage) -> None:
        await self._page.send(message)

    async def finish(self) -> None:
        match self._session.server_stops(self._now_ms()):
            case [StopRecording() as stop, *answers]:
                written = self._recording.perform(stop)  # first, because a page may take no messages
                await self._page.send(Stopping(RETRY_MS))
                await self._after(written, answers)
            case _:
                await self._page.send(Stopping(RETRY_MS))

    def _origin(self, sender: Sender) -> Sender | None:
        return None if sender is self._page else sender

    # Tasks.

    async def _read(self) -> None:
        throttle = Throttle()
        async for message in self._socket:
            await throttle.turn()
            try:
                if message.type is WSMsgType.BINARY:
                    await self._take(message.data)
                elif message.type is WSMsgType.TEXT:
                    await self._page.take(parse_text(message.data))
                # anything else is an error that aiohttp has already answered with a close frame, e.g. 1009
            except ProtocolError as problem:
                await refuse(self._socket, problem, self._metrics)
                return

    async def _take(self, data: bytes) -> None:
        """Takes a frame or an overview. Raises ProtocolError."""
        frame, now_ms = parse_frame(data), self._now_ms()
        check_frame_time(frame, now_ms)
        actions = self._session.frame_received(frame)
        if not frame.overview:
            self._metrics.frames_received.inc()
            self._metrics.took("arrival", latency_ms(frame.captured_ms, now_ms))
            if not any(isinstance(action, AnalyzeFrame) for action in actions):
                self._metrics.frames_dropped.labels("late").inc()
        await self._perform(actions)

    async def _analyze_frames(self) -> None:
        async for result in self._stream.frames():
            now_ms = self._now_ms()
            match result:
                case AnalyzedFrame(frame):
                    self._warn_of_clock(frame.captured_ms, now_ms)
                    await self._perform(self._session.frame_analyzed(result, now_ms))
                    sent_ms = self._now_ms()
                    self._metrics.took("answer", sent_ms - now_ms)
                    self._metrics.took("total", latency_ms(frame.captured_ms, sent_ms))
                case LostFrame(frame):
                    await self._perform(self._session.frame_dropped(frame))
            await self._set_pace()

    async def _set_pace(self) -> None:
        """Says when the page should send less, or may send more again."""
        max_fps = self._stream.max_fps
        if max_fps != self._max_fps:
            self._max_fps = max_fps
            await self._page.send(Pace(max_fps, None if max_fps is None else PACED_SIDE_PX))

    async def _watch(self) -> None:
        """Passes the time to the session, which notices when frames stop."""
        before_s = time.monotonic()
        while True:
            await asyncio.sleep(TICK_S)
            now_s = time.monotonic()
            elapsed_ms, before_s = 1000.0 * (now_s - before_s), now_s
            await self._perform(self._session.tick(elapsed_ms, self._now_ms()))

    def _warn_of_clock(self, captured_ms: float, now_ms: float) -> None:
        if self._clock_agrees and latency_ms(captured_ms, now_ms) is None:
            self._clock_agrees = False  # logged once
            behind_s = (now_ms - captured_ms) / 1000.0
            log.warning(
                "session %s: its capture times are %.0f s %s this server's clock; see time_sync in PROTOCOL.md",
                self._session.session_id, abs(behind_s), "behind" if behind_s > 0 else "ahead of",
            )  # fmt: skip

    async def _count_faces(self) -> None:
        async for counted in self._stream.overviews():
            await self._perform(self._session.faces_counted(counted))

    def _start(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        task = asyncio.create_task(self._guarded(work))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    async def _guarded(self, work: Coroutine[Any, Any, None]) -> None:
        try:
            await work
        except Exception:
            await self._fail()

    # Actions.

    async def _perform(self, actions: list[Action]) -> None:
        for number, action in enumerate(actions, start=1):
            match action:
                case Reply(message, to, request_id):
                    await (self._page if to is None else to).send(message, request_id)
                case ToPage(message):
                    await self._page.send(message)
                    if isinstance(message, Gaze):
                        self._metrics.frames_answered.labels(message.status).inc()
                case Publish(message, lasting, layout):
                    self._context.hub.publish(self._session.session_id, message, lasting=lasting, layout=layout)
                case AnalyzeFrame() | CountFaces():
                    dropped = self._stream.put(action)
                    # A whole frame that also counts faces is answered by its gaze.
                    if dropped is not None and (isinstance(action, AnalyzeFrame) or dropped.overview):
                        await self._perform(self._session.frame_dropped(dropped))
                case FitCalibration() | SaveProfile() | LoadProfile():
                    self._start(self._finish(self._jobs.start(action)))
                case ResumeCalibration(token):
                    self._start(self._finish(self._resume(action, token)))
                case StartRecording() | RecordFrame() | RecordNote(awaited=False):
                    self._recording.perform(action)
                case RecordNote() | StopRecording():
                    # In a task, because the disk may be slow and the next frame must not wait for it.
                    self._start(self._after(self._recording.perform(action), actions[number:]))
                    return
                case _:
                    assert_never(action)

    async def _finish(self, job: Coroutine[Any, Any, list[Action]]) -> None:
        before = self._session.calibration
        await self._perform(await job)
        if self._session.calibration is not before:
            self._context.peers.calibrated(self._live)

    async def _resume(self, command: ResumeCalibration, token: str) -> list[Action]:
        kept = await self._context.calibration_of(token)
        return self._session.calibration_resumed(command, kept, self._now_ms())

    async def _after(self, written: Future[None] | None, actions: list[Action]) -> None:
        """Performs the actions when the recording is written. written: None when there is no recording any more."""
        if written is not None:
            try:
                # Shielded, because a session that ends here must not cancel what waits for the disk.
                await asyncio.shield(asyncio.wrap_future(written))
            except OSError as problem:
                actions = not_written(actions, self._recording.reason(problem))
        await self._perform(actions)

    def _recording_reached_limit(self, recording_id: str) -> None:
        self._start(self._perform(self._session.recording_reached_limit(recording_id, self._now_ms())))

    def _recording_failed(self, recording_id: str, reason: str) -> None:
        self._start(self._perform(self._session.recording_failed(recording_id, reason, self._now_ms())))

    async def _fail(self) -> None:
        """Ends the session after a bug: logs the traceback and closes the socket. Other sessions continue."""
        log.exception("session %s: a bug ended this session", self._session.session_id)
        await close(self._socket, CloseCode.INTERNAL_ERROR, "an error in the server; see its log")

    def _hello(self) -> Hello:
        """The first message, with the token. Other programs get the token from the page."""
        return structs.replace(
            hello(self._session.session_id),
            token=self._live.token,
            limits=Limits(MAX_FRAME_BYTES, MAX_FRAME_PIXELS, MAX_TEXT_BYTES, MAX_UNANSWERED),
            overview=Overviews(CALM_MS, OVERVIEW_SIDE_PX) if self._context.settings.count_faces else None,
        )

    def _now_ms(self) -> float:
        return self._context.clock.now_ms()
