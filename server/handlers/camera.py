"""GET /v1/camera: the driver of one session. Frames and requests in, what the session answers out.

Three kinds of tasks, all ended with the connection:

1. The reader (this handler) takes messages from the socket and asks the session what to do.
2. One analysis task takes the newest frame from the mailbox, has it analysed in the inference thread, tells the
   session.
3. A task for each fit and each profile that is loaded or saved.
"""

from __future__ import annotations

import asyncio
import logging
import random
import secrets
from collections.abc import Coroutine
from concurrent.futures import Future
from typing import Any

from aiohttp import WSMsgType, web

from calibration.errors import CalibrationError, ProfileError
from calibration.gating import SETTLE_MS
from calibration.rounds import GameSamples, fit_game
from server.commands import (
    Action,
    AnalyzedFrame,
    AnalyzeFrame,
    ClearHeatmap,
    FitCalibration,
    LoadProfile,
    PublishGaze,
    PublishMark,
    Reply,
    SaveProfile,
)
from server.context import Context, LiveSession
from server.errors import CloseCode, ProtocolError
from server.gaze import face_to_wire
from server.handlers.broadcast import Broadcast
from server.handlers.desk import Desk
from server.handlers.hello import camera_hello
from server.handlers.sockets import CONTEXT, OPEN_SOCKETS, check_access, close, open_socket, refuse, send
from server.mailbox import Closed, Mailbox
from server.messages import parse_frame, parse_text
from server.noise import calibration_noise
from server.observer import Observer
from server.requests import Geometry
from server.session import Session
from server.settings import MAX_MESSAGE_BYTES, MAX_SESSIONS
from server.subscriptions import DETECTED_TOPICS, Subscribe

log = logging.getLogger(__name__)


async def camera_socket(request: web.Request) -> web.StreamResponse:
    check_access(request)
    context = request.app[CONTEXT]
    socket = await open_socket(request, max_message_bytes=MAX_MESSAGE_BYTES)
    try:
        if len(context.live) >= MAX_SESSIONS:
            full = f"{MAX_SESSIONS} cameras are connected already; close another page first"
            await refuse(socket, ProtocolError("too_many_sessions", full, CloseCode.TRY_AGAIN_LATER))
        else:
            await CameraDriver(context, socket).run()
    finally:
        request.app[OPEN_SOCKETS].discard(socket)
    return socket


class CameraDriver:
    """Carries out what a session answers, until the connection ends."""

    def __init__(self, context: Context, socket: web.WebSocketResponse) -> None:
        self._context = context
        self._socket = socket
        session = Session(session_id=f"s_{secrets.token_hex(4)}", rng=random.Random())
        self._live = LiveSession(
            session=session, started_ms=context.clock.now_ms(), observer=Observer(session.session_id)
        )
        self._session = session
        self._broadcast = Broadcast(hub=context.hub, live=self._live)
        self._mailbox: Mailbox[AnalyzeFrame] = Mailbox()
        self._stream = context.pipeline.open_stream()
        self._tasks: set[asyncio.Task[None]] = set()

    async def run(self) -> None:
        session_id = self._session.session_id
        self._context.live[session_id] = self._live
        hub = self._context.hub
        hub.open(session_id)
        # Gaze comes to the page with each frame anyway, whole, and answers to what it asks; it may add the rest.
        nothing = hub.subscribe(session_id, Subscribe(topics=frozenset()))
        desk = Desk(
            context=self._context, socket=self._socket, subscription=nothing, topics=DETECTED_TOPICS, live=self._live
        )
        log.info("session %s: connected", session_id)
        try:
            await send(self._socket, camera_hello(self._live))
            desk.open()
            self._start(self._analyze_frames())
            await self._read(desk)
        except Exception:
            await self._fail()
        finally:
            hub.unsubscribe(nothing)
            hub.close(session_id)
            del self._context.live[session_id]
            self._mailbox.close()
            for task in self._tasks:
                task.cancel()
            self._context.pipeline.close_stream(self._stream)
            log.info("session %s: ended after %d frames", session_id, self._live.n_frames)
            # Last, because this wait can itself be cancelled.
            await desk.close()
            await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _read(self, desk: Desk) -> None:
        async for message in self._socket:
            try:
                if message.type is WSMsgType.BINARY:
                    actions = self._session.receive(parse_frame(message.data), self._now_ms())
                elif message.type is WSMsgType.TEXT:
                    request = parse_text(message.data)
                    if await desk.take(request):
                        continue
                    actions = self._session.receive(request, self._now_ms())
                    if isinstance(request.body, Geometry):
                        self._broadcast.geometry(request.body)
                else:
                    continue  # an error that aiohttp has already answered with a close frame, e.g. 1009
            except ProtocolError as problem:
                await refuse(self._socket, problem)
                return
            await self._perform(actions)

    async def _analyze_frames(self) -> None:
        while True:
            try:
                command = await self._mailbox.get()
            except Closed:
                return
            if command.look:
                result = await asyncio.wrap_future(self._context.pipeline.analyze(self._stream, command))
            else:
                result = AnalyzedFrame(command.frame, looked=False)
            self._live.n_frames += 1
            await self._perform(self._session.frame_analyzed(result, self._now_ms()))

    async def _perform(self, actions: list[Action]) -> None:
        for action in actions:
            match action:
                case Reply(payload):
                    self._broadcast.answer(payload)
                    await send(self._socket, payload)
                case PublishGaze():
                    await self._publish(action)
                case PublishMark(payload):
                    self._broadcast.mark(payload)
                    await send(self._socket, payload)
                case AnalyzeFrame():
                    replaced = self._mailbox.put(action)
                    if replaced is not None:
                        await self._perform(self._session.frame_dropped(replaced.frame))
                case FitCalibration():
                    self._start(self._fit(action))
                case SaveProfile(user, screen_key, calibration):
                    store = self._context.profiles
                    saving = self._context.pipeline.in_background(store.save, user, screen_key, calibration)
                    self._start(self._report_saved(action, saving))
                case LoadProfile():
                    self._start(self._load(action))
                case ClearHeatmap():
                    self._live.heat.clear()

    async def _publish(self, action: PublishGaze) -> None:
        """Subscribers first: this page's socket may be stuck, and they must not wait for it."""
        sample = action.sample
        payload = self._broadcast.gaze(action)
        if action.count_in_heatmap and sample.estimate is not None:
            point = sample.estimate.filtered
            self._live.heat.add(point.x, point.y, sample.frame.captured_ms)
        await send(self._socket, {**payload, "face": face_to_wire(sample.analysis, sample.frame)})

    async def _fit(self, command: FitCalibration) -> None:
        game = GameSamples(command.samples, command.head, command.pursuit)
        work = self._context.pipeline.in_background(fit_game, game, command.screen)
        try:
            fit = await asyncio.wrap_future(work)
        except CalibrationError as problem:
            await self._perform(self._session.calibration_failed(command.run_id, str(problem)))
        else:
            noise = self._context.pipeline.in_background(calibration_noise, fit.calibration, command.samples, SETTLE_MS)
            self._live.observer.set_noise(fit.calibration.calibration_id, await asyncio.wrap_future(noise))
            await self._perform(self._session.calibration_fitted(command.run_id, fit))

    async def _report_saved(self, command: SaveProfile, saving: Future[None]) -> None:
        try:
            await asyncio.shield(asyncio.wrap_future(saving))
        except (ProfileError, OSError) as problem:
            log.warning("the profile of %r was not saved: %s", command.user, problem)
            await self._perform(self._session.profile_failed(f"the profile was not saved: {problem}"))
        else:
            await self._perform(self._session.profile_saved(command.user, command.screen_key))

    async def _load(self, command: LoadProfile) -> None:
        work = self._context.pipeline.in_background(self._context.profiles.load, command.user, command.screen_key)
        try:
            calibration = await asyncio.wrap_future(work)
        except (ProfileError, OSError) as problem:
            await self._perform(self._session.profile_failed(str(problem), command.request_id))
        else:
            await self._perform(self._session.profile_loaded(calibration, command.request_id))

    def _start(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(self._guarded(work))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _guarded(self, work: Coroutine[Any, Any, None]) -> None:
        try:
            await work
        except Exception:
            await self._fail()

    async def _fail(self) -> None:
        """A bug of ours: the log gets the traceback, the page a close code, everybody else notices nothing."""
        log.exception("session %s: a bug ended this session", self._session.session_id)
        await close(self._socket, CloseCode.INTERNAL_ERROR, "an error in the server; its log says more")

    def _now_ms(self) -> float:
        return self._context.clock.now_ms()
