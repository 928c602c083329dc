"""One camera's session as a state machine without I/O: it holds no socket, task, network or clock.

1. The driver (`handlers.camera`) hands in what arrived: `receive(message, now_ms)`.
2. The answer is a list in order: a `Reply` goes to the page, `PublishGaze` and `PublishMark` go to the page and to the
   subscribers, everything else is a command that the driver carries out.
3. The driver hands in what came of a command: `frame_analyzed`, `frame_dropped`, `calibration_fitted`,
   `calibration_failed`, `profile_saved`, `profile_loaded`, `profile_failed`. The answer is again a list of that kind.

ProtocolError from `receive` ends the connection. Requests that can't be done now are answered with an `error` message.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from calibration.calibration import Calibration
from calibration.gating import SETTLE_MS
from calibration.profiles import USER_PATTERN
from calibration.screen import ScreenGeometry
from server import requests as ask
from server.collection import MIN_SAMPLES, WINDOW_MS, CalibrationRun
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
from server.errors import ProtocolError, RequestRefused
from server.messages import FrameMessage
from server.quality import PoseReference
from server.tracking import Tracker


class Session:
    def __init__(self, *, session_id: str, rng: random.Random) -> None:
        self.session_id = session_id
        self._rng = rng
        self._tracker = Tracker(session_id)
        self._geometry: ask.Geometry | None = None
        self._last_frame_seq = -1
        self._paused = False
        self._run: CalibrationRun | None = None
        self._fitting = False  # the run's samples are with the fit, no frame is taken any more
        self._n_runs = 0
        self._handlers: dict[type, Callable[[Any, float], list[Action]]] = {
            ask.Geometry: self._on_geometry,
            ask.CalibrationStart: self._on_calibration_start,
            ask.CalibrationPoint: self._on_calibration_point,
            ask.CalibrationFinish: self._on_calibration_finish,
            ask.CalibrationCancel: self._on_calibration_cancel,
            ask.ProfileLoad: self._on_profile_load,
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
        return self._tracker.calibration is not None

    @property
    def calibrating(self) -> bool:
        """While the eyes follow dots they say nothing about the page; the heat map leaves them out."""
        return self._run is not None

    def receive(self, message: FrameMessage | ask.ClientRequest, now_ms: float) -> list[Action]:
        if isinstance(message, FrameMessage):
            return [self._take_frame(message)]
        try:
            actions = self._handlers[type(message.body)](message.body, now_ms)
        except RequestRefused as refusal:
            actions = [Reply({"type": "error", "code": refusal.code, "message": str(refusal)})]
        return [_with_request_id(action, message.request_id) for action in actions]

    # Results of commands.

    def frame_dropped(self, frame: FrameMessage) -> list[Action]:
        """A newer frame took its place in the mailbox."""
        return [Reply({"type": "dropped", "frame": frame.seq})]

    def frame_analyzed(self, result: AnalyzedFrame, now_ms: float) -> list[Action]:
        screen = self._geometry.screen if self._geometry else None
        paused = self._paused or not result.looked
        sample = self._tracker.sample(result, screen=screen, paused=paused, now_ms=now_ms)
        actions: list[Action] = [PublishGaze(sample, count_in_heatmap=not self.calibrating)]
        if self._run is not None and not self._fitting and not paused:
            progress = self._run.add(result.frame.captured_ms, result.analysis)
            if progress is not None:
                actions.append(
                    _calibration(
                        "collecting",
                        target_id=progress.target_id,
                        n_valid=progress.n_valid,
                        enough=progress.enough,
                    )
                )
        return actions

    def calibration_fitted(self, run_id: int, calibration: Calibration) -> list[Action]:
        run = self._end_run(run_id)
        if run is None:
            return []  # cancelled meanwhile: the earlier calibration stays in force
        self._tracker.use(calibration, PoseReference.from_samples(run.samples()))
        done = self._in_force("done", calibration)
        if run.user is None:
            return [done]
        # Saved first: somebody who closes the page at the sight of the result keeps it.
        return [SaveProfile(run.user, run.screen.key, calibration), done]

    def calibration_failed(self, run_id: int, reason: str) -> list[Action]:
        return [] if self._end_run(run_id) is None else [_calibration("failed", reason=reason)]

    def profile_saved(self, user: str, screen_key: str) -> list[Action]:
        return [_calibration("saved", user=user, screen=screen_key)]

    def profile_loaded(self, calibration: Calibration, request_id: str | int | None = None) -> list[Action]:
        self._tracker.use(calibration, PoseReference.from_centres(calibration.model.ridge.centres))
        return [_with_request_id(self._in_force("loaded", calibration), request_id)]

    def profile_failed(self, reason: str, request_id: str | int | None = None) -> list[Action]:
        refusal = Reply({"type": "error", "code": "profile_failed", "message": reason})
        return [_with_request_id(refusal, request_id)]

    # Messages of the page.

    def _take_frame(self, frame: FrameMessage) -> AnalyzeFrame:
        if frame.seq <= self._last_frame_seq:
            raise ProtocolError("bad_seq", f"frame numbers must grow, got {frame.seq} after {self._last_frame_seq}")
        self._last_frame_seq = frame.seq
        return AnalyzeFrame(frame, self._geometry.hfov_deg if self._geometry else None, look=not self._paused)

    def _on_geometry(self, body: ask.Geometry, _now_ms: float) -> list[Action]:
        self._geometry = body
        screen = body.screen
        return [
            Reply(
                {
                    "type": "geometry",
                    "screen": {"width_px": screen.width_px, "height_px": screen.height_px, "key": screen.key},
                }
            )
        ]

    def _on_calibration_start(self, body: ask.CalibrationStart, _now_ms: float) -> list[Action]:
        screen = self._screen()
        if self._fitting:
            raise RequestRefused("calibration_busy", "the last calibration is still being computed")
        if body.user is not None and not USER_PATTERN.fullmatch(body.user):
            # Said before the game, not after half a minute of it.
            raise RequestRefused(
                "bad_user", f"{body.user!r} can't be a user name: letters, digits, blanks and . _ - inside"
            )
        self._n_runs += 1
        self._run = CalibrationRun(run_id=self._n_runs, user=body.user, screen=screen, rng=self._rng)
        return [
            _calibration(
                "started",
                targets=[{"id": target.id, "x": target.x, "y": target.y} for target in self._run.targets],
                settle_ms=SETTLE_MS,
                window_ms=WINDOW_MS,
                min_samples=MIN_SAMPLES,
            )
        ]

    def _on_calibration_point(self, body: ask.CalibrationPoint, _now_ms: float) -> list[Action]:
        self._collecting().show(body.target_id, body.shown_ms, body.place)
        return []

    def _on_calibration_finish(self, _body: ask.CalibrationFinish, _now_ms: float) -> list[Action]:
        run = self._collecting()
        self._fitting = True
        return [_calibration("fitting"), FitCalibration(run.run_id, run.samples(), run.screen)]

    def _on_calibration_cancel(self, _body: ask.CalibrationCancel, _now_ms: float) -> list[Action]:
        self._run, self._fitting = None, False
        return [_calibration("cancelled")]

    def _on_profile_load(self, body: ask.ProfileLoad, _now_ms: float) -> list[Action]:
        return [LoadProfile(body.user, self._screen().key)]

    def _on_filter_reset(self, _body: ask.FilterReset, _now_ms: float) -> list[Action]:
        self._tracker.reset_filter()
        return [Reply({"type": "filter", "state": "reset"})]

    def _on_mark(self, body: ask.Mark, now_ms: float) -> list[Action]:
        return [PublishMark({"type": "mark", "session": self.session_id, "label": body.label, "timestamp": now_ms})]

    def _set_paused(self, paused: bool) -> list[Action]:
        self._paused = paused
        self._tracker.reset_filter()
        return [Reply({"type": "paused" if paused else "resumed"})]

    def _screen(self) -> ScreenGeometry:
        if self._geometry is None:
            raise RequestRefused("geometry_missing", "send the screen's geometry first")
        return self._geometry.screen

    def _collecting(self) -> CalibrationRun:
        if self._run is None or self._fitting:
            raise RequestRefused("not_calibrating", "no calibration is collecting; send calibration_start first")
        return self._run

    def _end_run(self, run_id: int) -> CalibrationRun | None:
        """The run, if it is still the one that was asked for."""
        if self._run is None or self._run.run_id != run_id:
            return None
        run, self._run, self._fitting = self._run, None, False
        return run

    def _in_force(self, state: str, calibration: Calibration) -> Reply:
        report = calibration.report.to_json()
        return _calibration(state, calibration=calibration.calibration_id, report=report)


def _calibration(state: str, **fields: Any) -> Reply:
    return Reply({"type": "calibration", "state": state, **fields})


def _with_request_id(action: Action, request_id: str | int | None) -> Action:
    """The answer repeats the request's id; where the answer comes later, the command carries it along."""
    if request_id is None:
        return action
    if isinstance(action, Reply | PublishMark):
        return replace(action, payload={**action.payload, "request_id": request_id})
    if isinstance(action, LoadProfile):
        return replace(action, request_id=request_id)
    return action
