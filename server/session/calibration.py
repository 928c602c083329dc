"""The rounds of targets as a state machine without I/O: calibration, validation, check of a profile, drift check.

    idle --calibration_start--> collecting --calibration_finish--> fitting --fitted--> done
                                   ^  |                               |
                                   |  +-- poor targets: "again" <-----+-- doubtful targets, extra targets
    idle --validation_start---> collecting --calibration_finish--> done
    idle --drift--------------> collecting --enough frames-------> done or failed

`Session` owns one controller and passes it requests and each analysed frame. There is one run at a time. A new run
replaces one that is still collecting. Clicks and targets that the client draws itself need no run.
"""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import replace

from msgspec import UNSET, UnsetType

from calibration.calibration import Calibration
from calibration.fit import FitResult
from calibration.quality.validation import validate
from calibration.samples.selection import SETTLE_MS, TargetMean, select
from calibration.screen import ScreenGeometry
from calibration.targets.ids import HEAD_ID, PURSUIT_ID
from calibration.targets.patterns import MIN_TARGETS, Target
from server.errors import RequestRefused
from server.gaze.confidence import PoseReference
from server.gaze.drift_correction import TOO_LITTLE, TOO_SLOW
from server.gaze.estimator import GazeEstimator
from server.gaze.sample import GazeSample
from server.inference.results import AnalyzedFrame
from server.protocol import requests
from server.protocol.calibration import AgainReason, ClickUsed, DriftFailed
from server.recordings.records import RecordedTarget
from server.session import replies
from server.session.actions import Action, FitCalibration, LoadProfile, Reply, SaveProfile
from server.session.checks import check_user, require_geometry
from server.session.kept_targets import click_target, with_targets
from server.session.manual_calibration import ManualCalibration
from server.session.retries import Retries
from server.session.target_plan import CalibrationPlan, plan_of, validation_targets
from server.session.target_run import PlannedTarget, Purpose, TargetRun


class CalibrationController:
    """Runs the rounds of targets of one session.

    In each method, `geometry` is the last one that the page sent, None before the first. Requests raise RequestRefused.
    """

    def __init__(self, *, estimator: GazeEstimator, rng: random.Random) -> None:
        self._estimator = estimator
        self._rng = rng
        self._run: TargetRun | None = None
        self._plan: CalibrationPlan | None = None
        self._retries = Retries(left=0, extra_points=0)
        self._n_runs = 0
        self._manual = ManualCalibration()
        self.profile_user: str | None = None  # whose profile was loaded or saved: later fits learn from its sessions
        self._loaded = False  # the active calibration is of an earlier session

    def loaded(self, user: str) -> None:
        """A profile is active."""
        self.profile_user, self._loaded = user, True

    @property
    def busy(self) -> bool:
        """Whether a round runs. The eyes then follow targets, not the content of the page."""
        return self._run is not None

    def target_at(self, captured_ms: float) -> RecordedTarget | None:
        """The target that a frame belongs to, for recordings."""
        shown = self._run.target_at(captured_ms) if self._run else None
        if shown is None or self._run is None:
            return None
        target_id, place, moves = shown
        phase = "calibrate" if self._run.purpose == "calibration" else "test"
        return RecordedTarget("" if moves else phase, target_id, *place)

    def frame(self, result: AnalyzedFrame, sample: GazeSample) -> list[Action]:
        """Takes one analysed frame and its sample."""
        run, captured_ms = self._run, result.frame.captured_ms
        if sample.status == "paused":
            return []
        # A second person's frame, or an old picture, counts as one without a face, so the calibration learns nothing.
        analysis = None if sample.status in ("multiple_faces", "frozen") else sample.analysis
        if analysis is not None and sample.status == "eyes_closed":
            analysis = replace(analysis, status="eyes_closed")  # no sample from half-closed eyelids
        self._manual.frame(captured_ms, analysis)
        if run is None:
            return []
        at = sample.estimate
        point, raw = ((at.filtered.x, at.filtered.y), (at.raw.x, at.raw.y)) if at else (None, None)
        progress = run.add(captured_ms, analysis, point, raw)
        if progress is None:
            return []
        actions: list[Action] = [replies.collecting(run.purpose, progress)]
        if run.purpose == "drift" and progress.enough:
            self._run = None
            actions.append(self._end_drift(run, captured_ms))
        return actions

    # Results of fits.

    def fitted(self, run_id: int, fit: FitResult, geometry: requests.Geometry | None) -> list[Action]:
        manual = self._manual.end_fit(run_id)
        if manual is not None:
            screen, user = manual
            return self._use(fit, screen, user, geometry)
        run, plan = self._run, self._plan
        if run is None or plan is None or run.run_id != run_id:
            return []  # cancelled during the fit: the earlier calibration stays active
        again = self._retries.after_fit(run, fit.calibration.report)
        if again:
            run.fitting = False
            return self._ask_again(run, again)
        self._run = None
        lag_ms = replies.rounded(fit.lag_ms) if plan.pursuit else UNSET
        return self._use(fit, run.screen, run.user, geometry, lag_ms, run.glare())

    def failed(self, run_id: int, reason: str) -> list[Action]:
        if self._run is not None and self._run.run_id == run_id:
            self._run = None
        elif self._manual.end_fit(run_id) is None:
            return []
        return [replies.failed(reason)]

    # Rounds of targets.

    def start(self, request: requests.CalibrationStart, geometry: requests.Geometry | None) -> list[Action]:
        check_user(request.user)  # refused before the round, not after half a minute of it
        plan = plan_of(request, self._rng)
        self._begin("calibration", plan.planned_targets(), geometry, user=request.user)
        self._plan = plan
        self._retries = Retries(left=request.repeats, extra_points=request.extra_points)
        return [replies.calibration_started(plan)]

    def start_validation(self, request: requests.ValidationStart, geometry: requests.Geometry | None) -> list[Action]:
        calibration = self._active(geometry)
        targets = validation_targets(request, calibration.report, self._rng)
        planned = [PlannedTarget(target) for target in targets]
        self._begin("check" if request.check else "validation", planned, geometry)
        return [replies.validation_started(targets)]

    def start_drift(self, request: requests.Drift, geometry: requests.Geometry | None) -> list[Action]:
        self._active(geometry)
        run = self._begin("drift", [PlannedTarget(Target(0, *request.place))], geometry)
        run.show(0, request.shown_ms, None)
        return [replies.drift_started()]

    def point(self, request: requests.CalibrationPoint) -> list[Action]:
        self._collecting().show(request.target_id, request.shown_ms, request.place, request.path)
        return []

    def finish(self, geometry: requests.Geometry | None) -> list[Action]:
        run = self._collecting()
        if run.purpose == "calibration":
            return self._finish_calibration(run)
        self._run = None
        if run.purpose == "drift":
            why = TOO_SLOW if run.is_slow else TOO_LITTLE  # with enough frames it would have ended already
            return [Reply(DriftFailed("failed", why))]
        result = validate(run.points(), run.screen, self._active(geometry).calibration_id)
        kept = self._keep_targets(run, geometry)
        if run.purpose != "check":
            return [replies.measured(result, run.glare()), *kept]
        shift = self._estimator.corrector.remove_common_shift(result)
        if shift is not None:
            self._estimator.reset_filter()
        return [replies.measured(result, run.glare(), shift), *kept]

    def cancel(self) -> list[Action]:
        purpose = self._run.purpose if self._run else "calibration"
        self._run = None
        return [replies.cancelled(purpose)]

    # Corrections. A drift correction moves the points, so the filter is reset: its earlier points are no longer valid.

    def click(self, request: requests.Click, geometry: requests.Geometry | None) -> list[Action]:
        calibration = self._active(geometry)
        screen = require_geometry(geometry).screen
        if self._run is not None:
            raise RequestRefused("calibration_busy", "clicks are not used while targets are shown")
        answer = self._estimator.corrector.click(request.place, request.at_ms, screen)
        if isinstance(answer, ClickUsed):  # kept with the next save
            target = click_target(request.place, self._manual.frames_before(request.at_ms))
            self._keep(calibration, target, screen, request.at_ms)
        return [Reply(answer)]

    def undo_drift(self, geometry: requests.Geometry | None) -> list[Action]:
        self._active(geometry)
        undone = self._estimator.corrector.undo()
        self._estimator.reset_filter()
        return [Reply(undone)]

    # Targets that the client draws itself.

    def look(self, request: requests.Look, geometry: requests.Geometry | None) -> list[Action]:
        self._check_no_run(None, geometry)
        return self._manual.look(request)

    def fit_looks(self, request: requests.LookFit, geometry: requests.Geometry | None) -> list[Action]:
        return self._manual.fit(request, self._check_no_run(request.user, geometry))

    def clear_looks(self) -> list[Action]:
        return self._manual.clear()

    # Profiles.

    def load(self, request: requests.ProfileLoad, geometry: requests.Geometry | None) -> list[Action]:
        geometry = require_geometry(geometry)
        return [LoadProfile(request.user, geometry.screen.key, geometry.camera)]

    def save(self, request: requests.ProfileSave, geometry: requests.Geometry | None) -> list[Action]:
        calibration = self._active(geometry)
        check_user(request.user)
        return [SaveProfile(request.user, calibration.screen.key, calibration, _camera(geometry))]

    # Helpers.

    def _use(
        self,
        fit: FitResult,
        screen: ScreenGeometry,
        user: str | None,
        geometry: requests.Geometry | None,
        lag_ms: float | UnsetType | None = UNSET,
        glare: float | UnsetType = UNSET,
    ) -> list[Action]:
        self._estimator.use(fit.calibration, PoseReference.of(fit.calibration))
        self._loaded = False
        done = replies.calibrated("done", fit.calibration, lag_ms, glare)
        if user is None:
            return [done]
        # Saved first, so that the calibration is kept when the person closes the page as soon as the result appears.
        return [SaveProfile(user, screen.key, fit.calibration, _camera(geometry)), done]

    def _keep_targets(self, run: TargetRun, geometry: requests.Geometry | None) -> list[Action]:
        """Adds the targets of a measurement to today's session, for later fits. They have measured before, so they
        may be learned from now. A profile is saved with them."""
        calibration, more = self._estimator.calibration, select(run.samples()).means
        if calibration is None or not more:
            return []
        calibration = self._keep(calibration, more, run.screen_with_distance(), run.first_ms)
        if self.profile_user is None:
            return []
        return [SaveProfile(self.profile_user, calibration.screen.key, calibration, _camera(geometry))]

    def _keep(
        self, calibration: Calibration, more: Sequence[TargetMean], screen: ScreenGeometry, first_ms: float
    ) -> Calibration:
        kept = with_targets(calibration, more, screen, first_ms, loaded=self._loaded)
        self._estimator.calibration, self._loaded = kept, False
        return kept

    def _begin(
        self,
        purpose: Purpose,
        planned: list[PlannedTarget],
        geometry: requests.Geometry | None,
        user: str | None = None,
    ) -> TargetRun:
        screen = require_geometry(geometry).screen
        if self._run is not None and self._run.fitting:
            raise RequestRefused("calibration_busy", "the last calibration is still being computed")
        self._n_runs += 1
        self._run = TargetRun(run_id=self._n_runs, purpose=purpose, planned=planned, screen=screen, user=user)
        return self._run

    def _finish_calibration(self, run: TargetRun) -> list[Action]:
        again = self._retries.before_fit(run)
        if again:
            return self._ask_again(run, again)
        if run.is_slow and run.n_seen < MIN_TARGETS:
            self._run = None
            return [replies.failed(TOO_SLOW)]
        run.fitting = True
        command = FitCalibration(
            run_id=run.run_id,
            samples=self._retries.usable(run),
            screen=run.screen_with_distance(),
            head=run.samples(of=(HEAD_ID,)),
            pursuit=run.pursuit_round(PURSUIT_ID),
            user=run.user,
        )
        return [replies.fitting(), command]

    def _ask_again(self, run: TargetRun, reasons: Mapping[Target, AgainReason]) -> list[Action]:
        run.hide()
        return [replies.again(reasons)]

    def _end_drift(self, run: TargetRun, now_ms: float) -> Reply:
        """The drift check has enough frames."""
        (target,) = run.targets
        shown_ms = run.shown_ms(target.id) or 0.0
        predicted = self._estimator.corrector.between(shown_ms + SETTLE_MS, now_ms)
        answer = self._estimator.corrector.drift(predicted, target.place, run.screen)
        self._estimator.reset_filter()
        return Reply(answer)

    def _active(self, geometry: requests.Geometry | None) -> Calibration:
        """The calibration to measure or to correct."""
        require_geometry(geometry)
        if self._estimator.calibration is None:
            raise RequestRefused("not_calibrated", "there is no calibration to measure or to correct; calibrate first")
        return self._estimator.calibration

    def _check_no_run(self, user: str | None, geometry: requests.Geometry | None) -> ScreenGeometry:
        screen = require_geometry(geometry).screen
        check_user(user)
        if self._run is not None:
            raise RequestRefused("calibration_busy", "looks are not used while the server's own targets are shown")
        return screen

    def _collecting(self) -> TargetRun:
        if self._run is None or self._run.fitting:
            raise RequestRefused("not_calibrating", "no calibration is collecting; send calibration_start first")
        return self._run


def _camera(geometry: requests.Geometry | None) -> str | None:
    return geometry.camera if geometry else None
