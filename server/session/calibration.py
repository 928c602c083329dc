"""The rounds of dots as a state machine without I/O: calibration, validation, the check of a profile, drift and clicks.

    nothing --calibration_start--> collecting --calibration_finish--> fitting --fitted--> done
                                      ^  |                               |
                                      |  +-- poor dots: "again" <--------+-- doubtful dots, extra dots
    nothing --validation_start---> collecting --calibration_finish--> done
    nothing --drift--------------> collecting --enough frames-------> done or failed

`Session` owns one desk, hands it the requests of `handlers` and each analysed frame. There is one run at a time; a new
one takes the place of one that is still collecting.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from calibration.calibration import Calibration
from calibration.fit import GameFit
from calibration.profiles.store import USER_PATTERN
from calibration.quality.validation import validate
from calibration.screen import ScreenGeometry
from calibration.targets.ids import HEAD_ID, PURSUIT_ID
from calibration.targets.patterns import Target
from server.errors import RequestRefused
from server.gaze.confidence import PoseReference
from server.gaze.estimator import GazeEstimator
from server.gaze.sample import GazeSample
from server.inference.results import AnalyzedFrame
from server.protocol import requests as ask
from server.recordings.records import RecordedTarget
from server.session import replies
from server.session.actions import Action, FitCalibration, LoadProfile, SaveProfile
from server.session.corrections import Corrections
from server.session.manual_calibration import ManualCalibration
from server.session.retries import Retries
from server.session.target_plan import GamePlan, plan_of, target_to_wire, validation_targets
from server.session.target_run import PlannedTarget, Purpose, TargetRun


class CalibrationController:
    def __init__(self, *, estimator: GazeEstimator, rng: random.Random) -> None:
        self.geometry: ask.Geometry | None = None
        self._estimator = estimator
        self._corrections = Corrections(estimator)
        self._rng = rng
        self._run: TargetRun | None = None
        self._plan: GamePlan | None = None
        self._retries = Retries(left=0, extra_points=0)
        self._n_runs = 0
        self._manual = ManualCalibration(ready=self._ready_for_looks, use=self._use)
        self.handlers: Mapping[type, Callable[[Any, float], list[Action]]] = {
            ask.CalibrationStart: self._on_start,
            ask.CalibrationPoint: self._on_point,
            ask.CalibrationFinish: self._on_finish,
            ask.CalibrationCancel: self._on_cancel,
            ask.ValidationStart: self._on_validation,
            ask.Drift: self._on_drift,
            ask.DriftUndo: self._on_drift_undo,
            ask.Click: self._on_click,
            **self._manual.handlers,
            ask.ProfileLoad: self._on_profile_load,
            ask.ProfileSave: self._on_profile_save,
        }

    @property
    def busy(self) -> bool:
        """While the eyes follow dots they say nothing about the page."""
        return self._run is not None

    def target_at(self, captured_ms: float) -> RecordedTarget | None:
        """The dot that a frame belongs to, for recordings."""
        found = self._run.target_at(captured_ms) if self._run else None
        if found is None or self._run is None:
            return None
        target_id, place, moves = found
        phase = "calibrate" if self._run.purpose == "calibration" else "test"
        return RecordedTarget("" if moves else phase, target_id, *place)

    def frame(self, result: AnalyzedFrame, sample: GazeSample) -> list[Action]:
        """One analysed frame and the sample that it gave."""
        run = self._run
        if sample.status == "paused":
            return []
        # While a second person looks on, nothing is learnt: it is as if no face were there.
        analysis = None if sample.status == "multiple_faces" else result.analysis
        if analysis is not None and sample.status == "eyes_closed":
            analysis = replace(analysis, status="eyes_closed")  # half-shut lids teach nothing, either
        self._manual.saw(result.frame.captured_ms, analysis)
        if run is None:
            return []
        point = (sample.estimate.filtered.x, sample.estimate.filtered.y) if sample.estimate else None
        progress = run.add(result.frame.captured_ms, analysis, point)
        if progress is None:
            return []
        actions: list[Action] = [replies.collecting(run.purpose, progress)]
        if run.purpose == "drift" and progress.enough:
            self._run = None
            actions.append(self._corrections.end_drift(run, result.frame.captured_ms))
        return actions

    # Results of commands.

    def fitted(self, run_id: int, fit: GameFit) -> list[Action]:
        looked = self._manual.fitted(run_id, fit)
        if looked is not None:
            return looked
        run, plan = self._run, self._plan
        if run is None or plan is None or run.run_id != run_id:
            return []  # cancelled meanwhile: the earlier calibration stays in force
        again = self._retries.after_fit(run, fit.calibration.report)
        if again:
            run.fitting = False
            return self._ask_again(run, again)
        self._run = None
        more = {"lag_ms": replies.rounded(fit.lag_ms)} if plan.pursuit else {}
        return self._use(fit, run.screen, run.user, **more)

    def failed(self, run_id: int, reason: str) -> list[Action]:
        if self._run is not None and self._run.run_id == run_id:
            self._run = None
        elif not self._manual.failed(run_id):
            return []
        return [replies.failed(reason)]

    # Messages of the page.

    def _on_start(self, body: ask.CalibrationStart, _now_ms: float) -> list[Action]:
        check_user(body.user)  # before the game, not after half a minute of it
        plan = plan_of(body, self._rng)
        run = self._begin("calibration", plan.shows(), user=body.user)
        self._plan = plan
        self._retries = Retries(left=body.repeats, extra_points=body.extra_points)
        return [replies.started(run.purpose, **plan.to_wire())]

    def _on_validation(self, body: ask.ValidationStart, _now_ms: float) -> list[Action]:
        calibration = self._calibration()
        targets = validation_targets(body, calibration.report, self._rng)
        run = self._begin("check" if body.check else "validation", [PlannedTarget(target) for target in targets])
        return [replies.started(run.purpose, targets=[target_to_wire(target) for target in targets])]

    def _on_drift(self, body: ask.Drift, _now_ms: float) -> list[Action]:
        self._calibration()
        run = self._begin("drift", [PlannedTarget(Target(0, *body.place))])
        run.show(0, body.shown_ms, None)
        return [replies.started("drift")]

    def _on_drift_undo(self, _body: ask.DriftUndo, _now_ms: float) -> list[Action]:
        self._calibration()
        return [self._corrections.undo_drift()]

    def _on_click(self, body: ask.Click, _now_ms: float) -> list[Action]:
        self._calibration()
        if self._run is not None:
            raise RequestRefused("calibration_busy", "while dots are shown, clicks say nothing")
        return [self._corrections.click(body, self._screen())]

    def _on_point(self, body: ask.CalibrationPoint, _now_ms: float) -> list[Action]:
        self._collecting().show(body.target_id, body.shown_ms, body.place, body.path)
        return []

    def _on_finish(self, _body: ask.CalibrationFinish, _now_ms: float) -> list[Action]:
        run = self._collecting()
        if run.purpose == "calibration":
            return self._finish_calibration(run)
        self._run = None
        result = validate(run.points(), run.screen, self._calibration().calibration_id)
        more = {"shift": self._corrections.put_right(result)} if run.purpose == "check" else {}
        return [replies.measured(run.purpose, result, **more)]

    def _on_cancel(self, _body: ask.CalibrationCancel, _now_ms: float) -> list[Action]:
        purpose = self._run.purpose if self._run else "calibration"
        self._run = None
        return [replies.reply(purpose, "cancelled")]

    def _on_profile_load(self, body: ask.ProfileLoad, _now_ms: float) -> list[Action]:
        return [LoadProfile(body.user, self._screen().key, camera=self._camera())]

    def _on_profile_save(self, body: ask.ProfileSave, _now_ms: float) -> list[Action]:
        calibration = self._calibration()
        check_user(body.user)
        return [SaveProfile(body.user, calibration.screen.key, calibration, self._camera())]

    # The rest.

    def _use(
        self,
        fit: GameFit,
        screen: ScreenGeometry,
        user: str | None,
        **more: Any,
    ) -> list[Action]:
        self._estimator.use(fit.calibration, PoseReference.of(fit.calibration))
        done = replies.in_force("done", fit.calibration, **more)
        if user is None:
            return [done]
        # Saved first: somebody who closes the page at the sight of the result keeps it.
        return [SaveProfile(user, screen.key, fit.calibration, self._camera()), done]

    def _ready_for_looks(self, user: str | None) -> ask.Geometry:
        self._screen()
        check_user(user)
        if self._run is not None:
            raise RequestRefused("calibration_busy", "while the server's own dots are shown, no others count")
        assert self.geometry is not None
        return self.geometry

    def _begin(self, purpose: Purpose, shows: list[PlannedTarget], user: str | None = None) -> TargetRun:
        screen = self._screen()
        if self._run is not None and self._run.fitting:
            raise RequestRefused("calibration_busy", "the last calibration is still being computed")
        self._n_runs += 1
        self._run = TargetRun(run_id=self._n_runs, purpose=purpose, shows=shows, screen=screen, user=user)
        return self._run

    def _finish_calibration(self, run: TargetRun) -> list[Action]:
        again = self._retries.before_fit(run)
        if again:
            return self._ask_again(run, again)
        run.fitting = True
        command = FitCalibration(
            run_id=run.run_id,
            samples=self._retries.usable(run),
            screen=run.screen_seen(),
            head=run.samples(of=(HEAD_ID,)),
            pursuit=run.pursuit_round(PURSUIT_ID),
        )
        return [replies.reply("calibration", "fitting"), command]

    def _ask_again(self, run: TargetRun, reasons: Mapping[Target, str]) -> list[Action]:
        run.hide()
        return [replies.again(reasons)]

    def _screen(self) -> Any:
        if self.geometry is None:
            raise RequestRefused("geometry_missing", "send the screen's geometry first")
        return self.geometry.screen

    def _camera(self) -> str | None:
        return self.geometry.camera if self.geometry else None

    def _calibration(self) -> Calibration:
        self._screen()
        if self._estimator.calibration is None:
            raise RequestRefused("not_calibrated", "there is no calibration to measure or to correct; calibrate first")
        return self._estimator.calibration

    def _collecting(self) -> TargetRun:
        if self._run is None or self._run.fitting:
            raise RequestRefused("not_calibrating", "no calibration is collecting; send calibration_start first")
        return self._run


def check_user(user: str | None) -> None:
    """Raises RequestRefused for what can't be a profile's name."""
    if user is not None and not USER_PATTERN.fullmatch(user):
        raise RequestRefused("bad_user", f"{user!r} can't be a user name: letters, digits, blanks and . _ - inside")
