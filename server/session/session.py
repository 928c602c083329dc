"""One camera's session as a state machine without I/O: it holds no socket, task, network or clock.

1. The driver (`handlers.camera`) hands in what arrived: `receive(message, now_ms)`.
2. The answer is a list in order: a `Reply` goes to the page, `PublishGaze` and `PublishMark` go to the page and to the
   subscribers, everything else is a command that the driver carries out.
3. The driver hands in what came of a command: `frame_analyzed`, `frame_dropped`, `faces_counted`,
   `calibration_fitted`, `calibration_failed`, `profile_saved`, `profile_loaded`, `profile_failed`. The answer is again
   a list of that kind.

ProtocolError from `receive` ends the connection. Requests that can't be done now are answered with an `error` message.
"""

from __future__ import annotations

import math
import random
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from calibration.calibration import Calibration
from calibration.fit import GameFit
from server.errors import ProtocolError, RequestRefused
from server.gaze.bystanders import BystanderDetector
from server.gaze.confidence import PoseReference
from server.gaze.estimator import GazeEstimator
from server.gaze.filters import PointFilter
from server.gaze.sample import face_place
from server.inference.results import AnalyzedFrame, AnalyzeFrame, CountedFaces, CountFaces
from server.protocol import requests as ask
from server.protocol.messages import FrameMessage
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
from server.session.calibration import CalibrationController
from server.session.recording import RecordingController
from server.session.replies import in_force

LATE_MS = 5_000.0  # so far behind the frame before it, a frame is stale; farther, its client's clock was set back


class Session:
    def __init__(
        self, *, session_id: str, rng: random.Random, point_filter: PointFilter, count_faces: bool = True
    ) -> None:
        """count_faces: whether a second face stops the gaze; see `server.gaze.bystanders`."""
        self.session_id = session_id
        self._estimator = GazeEstimator(session_id, point_filter)
        self._calibration = CalibrationController(estimator=self._estimator, rng=rng)
        self._recording = RecordingController(geometry=lambda: self._calibration.geometry, rng=rng)
        self._bystanders = BystanderDetector() if count_faces else None
        self._sends_overviews = False
        self._last_frame_seq = -1
        self._captured_ms = -math.inf
        self._paused = False
        self._handlers: dict[type, Callable[[Any, float], list[Action]]] = {
            ask.Geometry: self._on_geometry,
            **self._calibration.handlers,
            **self._recording.handlers,
            ask.FilterReset: self._on_filter_reset,
            ask.HeatmapClear: lambda _body, _now: [ClearHeatmap(), Reply({"type": "heatmap", "state": "cleared"})],
            ask.Mark: self._on_mark,
            ask.Pause: lambda _body, _now: self._set_paused(True),
            ask.Resume: lambda _body, _now: self._set_paused(False),
            ask.TimeSync: lambda body, now_ms: [
                Reply({"type": "time_sync", "client_ms": body.client_ms, "server_ms": now_ms})
            ],
        }

    @property
    def calibrated(self) -> bool:
        return self._estimator.calibration is not None

    @property
    def calibrating(self) -> bool:
        """While the eyes follow dots they say nothing about the page; the heat map leaves them out."""
        return self._calibration.busy

    def receive(self, message: FrameMessage | ask.ClientRequest, now_ms: float) -> list[Action]:
        if isinstance(message, FrameMessage):
            return self._take_frame(message)
        try:
            actions = self._handlers[type(message.body)](message.body, now_ms)
        except RequestRefused as refusal:
            actions = [Reply({"type": "error", "code": refusal.code, "message": str(refusal)})]
        if not actions and message.request_id is not None:
            actions = [Reply({"type": "accepted"})]  # who waits for an answer gets one
        return [_with_request_id(action, message.request_id) for action in actions]

    # Results of commands.

    def frame_dropped(self, frame: FrameMessage) -> list[Action]:
        """A newer frame took its place in the mailbox, or nobody may look at it."""
        return [Reply({"type": "dropped", "frame": frame.seq})]

    def frame_analyzed(self, result: AnalyzedFrame, now_ms: float) -> list[Action]:
        geometry = self._calibration.geometry
        paused = self._paused or not result.looked
        sample = self._estimator.sample(
            result,
            screen=geometry.screen if geometry else None,
            paused=paused,
            now_ms=now_ms,
            watched=self._is_watched(result),
        )
        target = self._calibration.target_at(result.frame.captured_ms)
        return [
            PublishGaze(sample, count_in_heatmap=not self.calibrating),
            *self._recording.frame(result, sample, target, now_ms),
            *self._calibration.frame(result, sample),
        ]

    def faces_counted(self, counted: CountedFaces) -> list[Action]:
        """An overview, or a frame that served as one, has been looked at."""
        frame, boxes = counted.frame, counted.boxes
        if boxes is None or self._bystanders is None or self._paused:
            return self.frame_dropped(frame) if frame.overview else []
        overview = self._bystanders.see(boxes, frame.captured_ms)
        if not frame.overview:
            return []  # it is answered as the frame that it is; its sender can't follow another face
        if overview.follow is not None:
            self._estimator.forget_face()
        return [Reply(overview.to_wire(frame.seq))]

    def recording_failed(self, recording_id: str, reason: str, now_ms: float) -> list[Action]:
        return self._recording.failed(recording_id, reason, now_ms)

    def calibration_fitted(self, run_id: int, fit: GameFit, request_id: str | int | None = None) -> list[Action]:
        return [_with_request_id(action, request_id) for action in self._calibration.fitted(run_id, fit)]

    def calibration_failed(self, run_id: int, reason: str, request_id: str | int | None = None) -> list[Action]:
        return [_with_request_id(action, request_id) for action in self._calibration.failed(run_id, reason)]

    def profile_saved(self, user: str, screen_key: str, request_id: str | int | None = None) -> list[Action]:
        saved = Reply({"type": "calibration", "state": "saved", "user": user, "screen": screen_key})
        return [_with_request_id(saved, request_id)]

    def profile_loaded(self, calibration: Calibration, request_id: str | int | None = None) -> list[Action]:
        self._estimator.use(calibration, PoseReference.of(calibration))
        return [_with_request_id(in_force("loaded", calibration), request_id)]

    def profile_failed(self, reason: str, request_id: str | int | None = None) -> list[Action]:
        refusal = Reply({"type": "error", "code": "profile_failed", "message": reason})
        return [_with_request_id(refusal, request_id)]

    # Messages of the page.

    def _take_frame(self, frame: FrameMessage) -> list[Action]:
        if frame.seq <= self._last_frame_seq:
            raise ProtocolError("bad_seq", f"frame numbers must grow, got {frame.seq} after {self._last_frame_seq}")
        self._last_frame_seq = frame.seq
        look = not self._paused
        if frame.overview:
            self._sends_overviews = True
            return [CountFaces(frame)] if look and self._bystanders else self.frame_dropped(frame)
        if 0.0 < self._captured_ms - frame.captured_ms <= LATE_MS:
            return self.frame_dropped(frame)  # a newer one was there first: readers get capture times that grow
        self._captured_ms = frame.captured_ms
        analyze = AnalyzeFrame(
            frame, self._calibration.geometry.hfov_deg if self._calibration.geometry else None, look=look
        )
        # Not of a page that sends overviews: one picture must not count twice.
        if not look or self._bystanders is None or self._sends_overviews or not frame.is_whole:
            return [analyze]
        return [analyze, CountFaces(frame)] if self._bystanders.due(frame.captured_ms) else [analyze]

    def _is_watched(self, result: AnalyzedFrame) -> bool:
        if self._bystanders is None:
            return False
        box = face_place(result.analysis, result.frame)
        if box is not None:
            self._bystanders.follow(box, result.frame.captured_ms)
        return self._bystanders.there(result.frame.captured_ms)

    def _on_geometry(self, body: ask.Geometry, _now_ms: float) -> list[Action]:
        self._calibration.geometry = body
        screen = body.screen
        return [
            Reply(
                {
                    "type": "geometry",
                    "screen": {"width_px": screen.width_px, "height_px": screen.height_px, "key": screen.key},
                }
            )
        ]

    def _on_filter_reset(self, _body: ask.FilterReset, _now_ms: float) -> list[Action]:
        self._estimator.reset_filter()
        return [Reply({"type": "filter", "state": "reset"})]

    def _on_mark(self, body: ask.Mark, now_ms: float) -> list[Action]:
        return [PublishMark({"type": "mark", "session": self.session_id, "label": body.label, "timestamp": now_ms})]

    def _set_paused(self, paused: bool) -> list[Action]:
        self._paused = paused
        self._estimator.reset_filter()
        if self._bystanders is not None:
            self._bystanders = BystanderDetector()  # nobody knows who came and went meanwhile
        return [Reply({"type": "paused" if paused else "resumed"})]


def _with_request_id(action: Action, request_id: str | int | None) -> Action:
    """The answer repeats the request's id; where the answer comes later, the command carries it along."""
    if request_id is None:
        return action
    if isinstance(action, Reply | PublishMark):
        return replace(action, payload={**action.payload, "request_id": request_id})
    if isinstance(action, FitCalibration | LoadProfile | SaveProfile):
        return replace(action, request_id=request_id)
    return action
