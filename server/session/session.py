"""One camera's session as a state machine without I/O: it holds no socket, task, network or clock.

1. The driver (`server.http.camera_socket`) passes in what arrived: `frame_received(frame)`, `receive(request, ...)`.
   It also passes in the time that elapses (`tick`), and the end of the connection (`end`).
2. The session returns an ordered list of actions: messages to send (`Reply`, `ToPage`, `Publish`) and work to do.
3. The driver passes in the result of that work: `frame_analyzed`, `frame_dropped`, `faces_counted`,
   `calibration_fitted`, `calibration_failed`, `profile_saved`, `profile_loaded`, `profile_failed`, `recording_failed`,
   `recording_reached_limit`. The session again returns a list of actions.

A ProtocolError ends the connection. Requests that can't be carried out now are answered with an `error` message.
"""

from __future__ import annotations

import random

from msgspec import structs
from typing_extensions import assert_never

from calibration.calibration import Calibration
from calibration.fit import FitResult
from server.errors import RequestRefused
from server.events.annotator import Annotations, GazeAnnotator
from server.events.heatmap import HeatGrid
from server.events.noise import Noise
from server.gaze.confidence import PoseReference
from server.gaze.estimator import GazeEstimator
from server.gaze.filters import FILTERS, PointFilter
from server.gaze.sample import face_outline
from server.inference.results import AnalyzedFrame, CountedFaces
from server.protocol import requests
from server.protocol.areas import SetAreas
from server.protocol.calibration import (
    CalibrationSaved,
)
from server.protocol.events import (
    MarkEvent,
    StatusEvent,
)
from server.protocol.frames import FrameMessage
from server.protocol.gaze import Gaze, Status
from server.protocol.geometry import ScreenLayout
from server.protocol.session import (
    AreasSet,
    Dropped,
    ErrorReply,
    FilterChosen,
    FilterReply,
    HeatmapReply,
    Paused,
    Resumed,
)
from server.protocol.types import RequestId, ServerMessage
from server.session import games, replies
from server.session.actions import (
    PAGE,
    Action,
    FitCalibration,
    LoadProfile,
    Origin,
    Publish,
    Reply,
    ResumeCalibration,
    SaveProfile,
    Sender,
    ToPage,
)
from server.session.calibration import CalibrationController
from server.session.calibration_lock import CalibrationLock
from server.session.checks import require_geometry
from server.session.frames import FrameProcessor
from server.session.recording import RecordingController
from server.session.routing import Routing
from server.session.scene import Scene


class Session:
    """All state of one camera's session."""

    def __init__(
        self, *, session_id: str, rng: random.Random, point_filter: PointFilter, count_faces: bool = True
    ) -> None:
        """count_faces: whether a second face stops the gaze; see `server.gaze.bystanders`."""
        self.session_id = session_id
        self._estimator = GazeEstimator(session_id, point_filter)
        self._annotator = GazeAnnotator(session_id)
        self._calibration = CalibrationController(estimator=self._estimator, rng=rng)
        self._lock = CalibrationLock()
        self._recording = RecordingController(session_id=session_id, rng=rng)
        self._frames = FrameProcessor(estimator=self._estimator, annotator=self._annotator, count_faces=count_faces)
        self._paused = False
        self._page_sends = True
        self._scene = Scene(
            session_id=session_id, annotator=self._annotator, recording=self._recording, frames=self._frames
        )
        self._routing = Routing(
            scene=self._scene, frames=self._frames, recording=self._recording, calibration=self._calibration
        )

    @property
    def calibrated(self) -> bool:
        return self._estimator.calibration is not None

    @property
    def calibration(self) -> Calibration | None:
        """The active calibration."""
        return self._estimator.calibration

    @property
    def calibrating(self) -> bool:
        """Whether the eyes follow targets. Heat map and areas leave these samples out."""
        return self._calibration.busy

    @property
    def heat(self) -> HeatGrid:
        """The heat map."""
        return self._frames.heat

    @property
    def n_frames(self) -> int:
        """Number of analysed frames."""
        return self._frames.n_frames

    @property
    def camera_px(self) -> tuple[int, int] | None:
        """Width and height of the camera's full frame; None before the first."""
        return self._frames.camera_px

    @property
    def layout(self) -> ScreenLayout | None:
        """The screen and the page's viewport on it; None before the page has sent them."""
        return self._scene.layout

    @property
    def recording_id(self) -> str | None:
        """The id of the running recording."""
        return self._recording.active.recording_id if self._recording.active else None

    @property
    def recordings(self) -> frozenset[str]:
        """The ids of all recordings of this session, the running one included."""
        return self._recording.ids

    # Input from clients.

    def frame_received(self, frame: FrameMessage) -> list[Action]:
        """Takes a frame of the page. Raises ProtocolError."""
        geometry = self._scene.geometry
        hfov_deg = geometry.hfov_deg if geometry else None
        self._page_sends = True
        return [*self._frames.received(frame, hfov_deg, paused=self._paused)] or self.frame_dropped(frame)

    def receive(
        self,
        request: requests.SessionRequest,
        sender: Sender | None,
        now_ms: float,
        request_id: RequestId | None = None,
    ) -> list[Action]:
        """Carries out a request. sender: None for the camera's own page."""
        origin = Origin(sender, request_id)
        try:
            self._lock.check(request, sender, busy=self.calibrating)
            actions = self._carry_out(request, origin, now_ms)
        except RequestRefused as refusal:
            actions = [Reply(ErrorReply(refusal.code, str(refusal)))]
        actions = actions or replies.accepted(origin)  # a request with an id is always answered
        return self._routing.answer(actions, origin, now_ms)

    def leave(self, sender: Sender | None, now_ms: float) -> list[Action]:
        """Removes the sender's areas and cancels its round of targets. Called when it disconnects."""
        actions = self._scene.set_areas(sender, (), now_ms)
        if self.calibrating and sender is self._lock.owner:
            actions += self.receive(requests.CalibrationCancel(), sender, now_ms)
        return actions

    def _carry_out(self, request: requests.SessionRequest, origin: Origin, now_ms: float) -> list[Action]:
        calibration, recording, scene, geometry = self._calibration, self._recording, self._scene, self._scene.geometry
        match request:
            case requests.Geometry():
                return scene.set_geometry(request, now_ms)
            case SetAreas(areas=areas):
                return [*scene.set_areas(origin.sender, areas, now_ms), Reply(AreasSet(len(areas)))]
            case requests.CalibrationStart():
                return calibration.start(request, geometry)
            case requests.ValidationStart():
                return calibration.start_validation(request, geometry)
            case requests.Drift():
                return calibration.start_drift(request, geometry)
            case requests.CalibrationPoint():
                return calibration.point(request)
            case requests.CalibrationFinish():
                return calibration.finish(geometry)
            case requests.CalibrationCancel():
                return calibration.cancel()
            case requests.DriftUndo():
                return calibration.undo_drift(geometry)
            case requests.Click():
                return calibration.click(request, geometry)
            case requests.Look():
                return calibration.look(request, geometry)
            case requests.LookFit():
                return calibration.fit_looks(request, geometry)
            case requests.LookClear():
                return calibration.clear_looks()
            case requests.CalibrationResume(token):
                require_geometry(geometry)
                return [ResumeCalibration(token)]
            case requests.ProfileLoad():
                return calibration.load(request, geometry)
            case requests.ProfileSave():
                return calibration.save(request, geometry)
            case requests.RecordStart():
                return recording.start(request, geometry, now_ms, from_page=origin.sender is None)
            case requests.RecordStop(complete):
                return recording.stop(now_ms, complete=complete)
            case requests.Stimulus():
                return [*scene.show_stimulus(request), *replies.accepted(origin)]
            case requests.GameStart(game):
                return games.start(game, origin, calibrating=self.calibrating, calibrated=self.calibrated)
            case requests.GameRefuse():
                return games.refuse(request, origin)
            case requests.Mark(label):
                return self._mark(label, origin, now_ms)
            case requests.FilterReset():
                self._estimator.reset_filter()
                return [Reply(FilterReply("reset"))]
            case requests.FilterSet(name):
                self._estimator.use_filter(None if name is None else FILTERS[name]())
                return [Reply(FilterChosen("set", name))]
            case requests.HeatmapClear():
                self._frames.heat.clear()
                return [Reply(HeatmapReply("cleared"))]
            case requests.Pause(sending=None):
                self._paused = True
                return [*self._stop("paused", now_ms), Reply(Paused())]
            case requests.Pause():
                self._page_sends = False
                return [*self._stop("paused", now_ms), Reply(Paused())]
            case requests.Resume():
                self._paused = False
                self._frames.forget()
                return [Reply(Resumed())]
            case _:
                assert_never(request)

    def _mark(self, label: str, origin: Origin, now_ms: float) -> list[Action]:
        """Sends the mark to the page and to subscribers. Another sender gets an answer only to a request with an id.

        The note comes first, because a mark that is sent must be in the recording.
        """
        time_ms = self._frames.client_ms(now_ms)
        mark = MarkEvent(self.session_id, label, time_ms)
        actions = [*self._recording.note(mark, time_ms), self._publish(mark)]
        if origin.sender is None:
            return [*actions, Reply(mark)]
        return [*actions, ToPage(mark), *([] if origin.request_id is None else [Reply(mark)])]

    @property
    def _stopped(self) -> bool:
        """Whether the gaze is paused: by a request, or because the page sends nothing."""
        return self._paused or not self._page_sends

    def _stop(self, status: Status, now_ms: float) -> list[Action]:
        """Ends what is open, for subscribers. The page knows, and counts one answer for each frame."""
        self._frames.forget()
        stopped = self._frames.stopped(status, self._scene.layout, now_ms)
        if stopped is None:
            return []
        sample, annotations = stopped
        message = annotations.added_to(sample.message())
        return [*self._noted(annotations, now_ms), *self._published(message, annotations)]

    def _published(self, gaze: Gaze, annotations: Annotations) -> list[Action]:
        events = (self._publish(event, lasting=isinstance(event, StatusEvent)) for event in annotations.events)
        return [*events, self._publish(gaze)]

    def _noted(self, annotations: Annotations, now_ms: float) -> list[Action]:
        """Without waiting, because gaze does not wait for the disk."""
        events = annotations.events
        return [note for event in events for note in self._recording.note(event, now_ms, awaited=False)]

    # Time.

    def tick(self, elapsed_ms: float, now_ms: float) -> list[Action]:
        """Takes the time since the last tick, by a monotonic clock. The driver calls it every TICK_MS."""
        silent = self._frames.tick(elapsed_ms)
        return self._stop("no_frames", now_ms) if silent and not self._stopped else []

    def end(self, now_ms: float) -> list[Action]:
        """Ends what is open when the connection has ended."""
        return self._stop("no_frames", now_ms)

    # Results of work.

    def frame_dropped(self, frame: FrameMessage) -> list[Action]:
        """Reports a frame that was not analysed: a newer one replaced it, or it was late."""
        return [Reply(Dropped(frame.seq))]

    def frame_analyzed(self, result: AnalyzedFrame, now_ms: float) -> list[Action]:
        """Turns an analysis into messages: events, then their gaze message; for subscribers, then for the page.

        The recording comes first, so that a sample that was sent is rarely lost when the server is killed. The page
        comes last, because its socket may be blocked and subscribers must not wait for it.
        """
        frame = result.frame
        # Read first, because this frame may end the round.
        calibrating, owner = self.calibrating, self._lock.owner if self.calibrating else None
        sample, annotations = self._frames.analyzed(
            result, self._scene.layout, now_ms, paused=self._stopped or result.paused, calibrating=calibrating
        )
        message = sample.message()
        gaze = annotations.added_to(message)
        recorded = self._noted(annotations, now_ms)
        if self._recording.active is not None:
            target = self._calibration.target_at(frame.captured_ms)
            with_areas = structs.replace(message, aoi=annotations.aoi)  # other events are detected again on export
            recorded += self._recording.frame(frame, with_areas, target)
        actions = self._calibration.frame(result, sample)
        # A picture that stands still has an old face in it, but the page must continue to send the region around it.
        face = None if sample.status == "paused" else face_outline(result.analysis, frame)
        answers = self._routing.answer(actions, Origin(owner), now_ms) if actions else []
        return [
            *recorded,
            *self._published(gaze, annotations),
            ToPage(structs.replace(gaze, face=face)),
            *answers,
        ]

    def faces_counted(self, counted: CountedFaces) -> list[Action]:
        """Takes the faces in an overview, or in a frame that served as one."""
        overview = self._frames.counted(counted, paused=self._stopped)
        if not counted.frame.overview:
            return []  # its gaze message is the answer
        if overview is None:
            return self.frame_dropped(counted.frame)
        return [Reply(overview.reply(counted.frame.seq))]

    def calibration_fitted(
        self, command: FitCalibration, fit: FitResult, now_ms: float, noise: Noise | None = None
    ) -> list[Action]:
        """Takes a finished fit. noise: of the frames used in the fit."""
        actions = self._calibration.fitted(command.run_id, fit, self._scene.geometry)
        if self._estimator.calibration is fit.calibration:
            self._annotator.set_noise(fit.calibration.calibration_id, noise)
        return self._routing.answer(actions, command.origin, now_ms)

    def calibration_failed(self, command: FitCalibration, reason: str, now_ms: float) -> list[Action]:
        return self._routing.answer(self._calibration.failed(command.run_id, reason), command.origin, now_ms)

    def profile_saved(self, command: SaveProfile, now_ms: float) -> list[Action]:
        self._calibration.profile_user = command.user
        saved = CalibrationSaved("saved", command.user, command.screen_key)
        return self._routing.answer([Reply(saved)], command.origin, now_ms)

    def profile_loaded(self, command: LoadProfile, calibration: Calibration, now_ms: float) -> list[Action]:
        self._estimator.use(calibration, PoseReference.of(calibration))
        self._calibration.loaded(command.user)
        return self._routing.answer([replies.calibrated("loaded", calibration)], command.origin, now_ms)

    def calibration_resumed(
        self, command: ResumeCalibration, calibration: Calibration | None, now_ms: float
    ) -> list[Action]:
        """calibration: None if it is not kept any more, or belongs to another screen."""
        geometry = self._scene.geometry
        if calibration is None or geometry is None or calibration.screen.key != geometry.screen.key:
            gone = ErrorReply("calibration_gone", "the calibration of that session is not kept any more")
            return self._routing.answer([Reply(gone)], command.origin, now_ms)
        self._estimator.use(calibration, PoseReference.of(calibration))
        return self._routing.answer([replies.calibrated("loaded", calibration)], command.origin, now_ms)

    def profile_failed(self, command: SaveProfile | LoadProfile, reason: str, now_ms: float) -> list[Action]:
        return self._routing.answer([Reply(ErrorReply("profile_failed", reason))], command.origin, now_ms)

    def recording_failed(self, recording_id: str, reason: str, now_ms: float) -> list[Action]:
        return self._routing.answer(self._recording.failed(recording_id, reason, now_ms), PAGE, now_ms)

    def recording_reached_limit(self, recording_id: str, now_ms: float) -> list[Action]:
        return self._routing.answer(self._recording.reached_limit(recording_id, now_ms), PAGE, now_ms)

    def server_stops(self, now_ms: float) -> list[Action]:
        """Ends the recording."""
        return self._routing.answer(self._recording.server_stops(now_ms), PAGE, now_ms)

    def _publish(self, message: ServerMessage, *, lasting: bool = False) -> Publish:
        return Publish(message, lasting, self._scene.layout)
