"""GET /v1/camera: the driver of one session. Frames and requests in, what the session answers out.

Three kinds of tasks, all ended with the connection:

1. The reader (this handler) takes messages from the socket and asks the session what to do.
2. Two tasks take the newest frame and the newest overview (`frames`), have them looked at in the inference thread,
   and tell the session.
3. A task for each fit and each profile that is loaded or saved.
"""

from __future__ import annotations

import logging
import random
import secrets
from collections.abc import Coroutine, Mapping
from dataclasses import replace
from typing import Any

from aiohttp import WSMsgType, web
from msgspec import structs

from server.errors import CloseCode, ProtocolError, RequestRefused
from server.events.annotator import GazeAnnotator
from server.gaze.filters import FILTERS
from server.gaze.sample import face_to_wire
from server.http.client_channel import ClientChannel
from server.http.connection_tasks import ConnectionTasks
from server.http.context import Context
from server.http.hello import camera_hello
from server.http.jobs import Jobs
from server.http.publisher import Publisher, without_id
from server.http.recording_job import RecordingJob
from server.http.sockets import CONTEXT, OPEN_SOCKETS, check_access, close, open_socket, refuse, send
from server.inference.frame_queue import FrameQueue
from server.inference.results import AnalyzedFrame, AnalyzeFrame, CountedFaces, CountFaces
from server.protocol.messages import parse_frame
from server.protocol.parsing import parse_text
from server.protocol.requests import CalibrationCancel, ClientRequest, Geometry, RecordStart
from server.protocol.subscription import DETECTED_TOPICS, Subscribe
from server.recordings.records import RecordFrame, StartRecording, StopRecording
from server.session.actions import (
    Action,
    ClearHeatmap,
    FitCalibration,
    LoadProfile,
    PublishGaze,
    PublishMark,
    Reply,
    SaveProfile,
)
from server.session.calibration_lock import CalibrationLock
from server.session.live import LiveSession, Sender
from server.session.session import Session
from server.settings import MAX_MESSAGE_BYTES, MAX_SESSIONS

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
        session = Session(
            session_id=f"s_{secrets.token_hex(4)}",
            rng=random.Random(),
            point_filter=FILTERS[context.settings.point_filter](),
            count_faces=context.settings.count_faces,
        )
        self._live = LiveSession(
            session=session,
            started_ms=context.clock.now_ms(),
            annotator=GazeAnnotator(session.session_id),
            commander=self,
        )
        self._session = session
        self._jobs = Jobs(pipeline=context.pipeline, profiles=context.profiles, live=self._live)
        self._publisher = Publisher(hub=context.hub, live=self._live)
        self._frames = FrameQueue(pipeline=context.pipeline, analyzed=self._analyzed, counted=self._counted)
        self._recording_job = RecordingJob(
            session_id=session.session_id,
            pipeline=context.pipeline,
            store=context.recordings,
            failed=self._recording_failed,
        )
        self._tasks = ConnectionTasks(failed=self._fail)
        self._page = ClientChannel(
            context=context, socket=socket, topics=DETECTED_TOPICS, live=self._live, is_page=True
        )
        self._lock: CalibrationLock[Sender] = CalibrationLock(page=self._page)

    async def run(self) -> None:
        session_id = self._session.session_id
        self._context.live[session_id] = self._live
        hub = self._context.hub
        hub.open(session_id)
        # Gaze comes to the page with each frame anyway, whole, and answers to what it asks; it may add the rest.
        nothing_yet = hub.subscribe(session_id, Subscribe(topics=frozenset()))
        log.info("session %s: connected", session_id)
        try:
            await send(self._socket, camera_hello(self._live, overviews=self._context.settings.count_faces))
            self._page.open(nothing_yet)
            self._tasks.start(self._frames.analyze_all())
            self._tasks.start(self._frames.count_all())
            await self._read()
        except Exception:
            await self._fail()
        finally:
            hub.unsubscribe(nothing_yet)
            hub.close(session_id)
            del self._context.live[session_id]
            self._recording_job.end(self._now_ms())
            self._frames.close()
            self._tasks.cancel()
            log.info("session %s: ended after %d frames", session_id, self._live.n_frames)
            # Last, because this wait can itself be cancelled.
            await self._page.close()
            await self._tasks.ended()

    async def command(self, request: ClientRequest, sender: Sender) -> None:
        """A request of the page, or of a program that has the token."""
        try:
            self._lock.check(request.body, sender, busy=self._session.calibrating)
        except RequestRefused as refusal:
            refused = {"type": "error", "code": refusal.code, "message": str(refusal)}
            await sender.send(refused if request.request_id is None else {**refused, "request_id": request.request_id})
            return
        if isinstance(request.body, RecordStart) and sender is not self._page:
            # Only the page in front of the person can ask them; another program gets numbers.
            request = replace(request, body=structs.replace(request.body, consent=False))
        actions = self._session.receive(request, self._now_ms())
        if isinstance(request.body, Geometry):
            self._publisher.geometry(request.body)
        await self._perform(actions, sender)

    async def leave(self, sender: Sender) -> None:
        self._live.annotator.set_areas(sender, ())
        if self._lock.is_left_by(sender, busy=self._session.calibrating):
            await self.command(ClientRequest(CalibrationCancel()), sender)

    async def tell_page(self, payload: Mapping[str, Any]) -> None:
        await self._page.send(payload)

    async def _read(self) -> None:
        async for message in self._socket:
            try:
                if message.type is WSMsgType.BINARY:
                    await self._perform(self._session.receive(parse_frame(message.data), self._now_ms()))
                elif message.type is WSMsgType.TEXT:
                    await self._page.take(parse_text(message.data))
                # anything else is an error that aiohttp has already answered with a close frame, e.g. 1009
            except ProtocolError as problem:
                await refuse(self._socket, problem)
                return

    async def _analyzed(self, result: AnalyzedFrame) -> None:
        self._live.n_frames += 1
        owner = self._lock.of(busy=self._session.calibrating)  # asked before: this frame may end the round
        await self._perform(self._session.frame_analyzed(result, self._now_ms()), owner)

    async def _counted(self, counted: CountedFaces) -> None:
        await self._perform(self._session.faces_counted(counted))

    async def _perform(self, actions: list[Action], sender: Sender | None = None) -> None:
        """sender: who gets the answers; None for the page."""
        sender = sender or self._page
        for action in actions:
            match action:
                case Reply(payload):
                    self._publisher.answer(payload)
                    self._recording_job.tell(payload, self._now_ms())
                    await sender.send(payload)
                case PublishGaze():
                    await self._publish(action)
                case PublishMark(payload):
                    self._publisher.mark(payload)
                    self._recording_job.tell(payload, self._now_ms())
                    await self._answer_mark(payload, sender)
                case AnalyzeFrame() | CountFaces():
                    replaced = self._frames.put(action)
                    if replaced is not None:
                        await self._perform(self._session.frame_dropped(replaced))
                case FitCalibration():
                    self._tasks.start(self._after(self._jobs.fit(action), sender))
                case SaveProfile():
                    self._tasks.start(self._after(self._jobs.save(action), sender))
                case LoadProfile():
                    self._tasks.start(self._after(self._jobs.load(action), sender))
                case StartRecording():
                    self._recording_job.start(action)
                    self._live.recording_id = action.recording_id
                    self._live.recordings.add(action.recording_id)
                case RecordFrame():
                    self._recording_job.write(action)
                case StopRecording():
                    self._recording_job.stop(action)
                    self._live.recording_id = None
                case ClearHeatmap():
                    self._live.heat.clear()

    async def _answer_mark(self, payload: Mapping[str, Any], sender: Sender) -> None:
        """The page shows every mark. Another sender gets an answer if it asked with an id; it may subscribe, too."""
        if sender is self._page:
            await sender.send(payload)
            return
        await self._page.send(without_id(payload))
        if "request_id" in payload:
            await sender.send(payload)

    async def _publish(self, action: PublishGaze) -> None:
        """Subscribers first: this page's socket may be stuck, and they must not wait for it."""
        sample = action.sample
        payload = self._publisher.gaze(action)
        self._live.camera_px = (sample.frame.full_width_px, sample.frame.full_height_px)
        if action.count_in_heatmap and sample.estimate is not None:
            point = sample.estimate.filtered
            self._live.heat.add(point.x, point.y, sample.frame.captured_ms)
        await send(self._socket, {**payload, "face": face_to_wire(sample.analysis, sample.frame)})

    def _recording_failed(self, recording_id: str, reason: str) -> None:
        self._tasks.start(self._perform(self._session.recording_failed(recording_id, reason, self._now_ms())))

    async def _after(self, work: Coroutine[Any, Any, list[Action]], sender: Sender) -> None:
        await self._perform(await work, sender)

    async def _fail(self) -> None:
        """A bug of ours: the log gets the traceback, the page a close code, everybody else notices nothing."""
        log.exception("session %s: a bug ended this session", self._session.session_id)
        await close(self._socket, CloseCode.INTERNAL_ERROR, "an error in the server; its log says more")

    def _now_ms(self) -> float:
        return self._context.clock.now_ms()
