"""Dots of a calibration that are shown once more: decided before the fit and after a first one, once for each dot."""

from __future__ import annotations

from collections.abc import Mapping

from calibration.quality.report import CalibrationReport
from calibration.quality.retries import extra_places, poor_targets
from calibration.samples.sample import CalibrationSample
from calibration.targets.ids import FIRST_EXTRA_ID, HEAD_ID, PURSUIT_ID
from calibration.targets.patterns import Target
from server.protocol.calibration import AgainReason
from server.session.target_run import TargetRun

ROUNDS = (PURSUIT_ID, HEAD_ID)


class Retries:
    """`left`: how often the page is willing to be asked. `extra_points`: how many further dots, once."""

    def __init__(self, *, left: int, extra_points: int) -> None:
        self._left = left
        self._extra_points = extra_points
        self._asked: set[int] = set()

    def before_fit(self, run: TargetRun) -> Mapping[Target, AgainReason]:
        """Target -> why: too few usable frames, or frames that are all over the place."""
        poor = poor_targets(run.samples(without=ROUNDS), [target.id for target in _dots(run)])
        return self._ask({target: poor[target.id] for target in _dots(run) if target.id in poor})

    def after_fit(self, run: TargetRun, report: CalibrationReport) -> Mapping[Target, AgainReason]:
        """Target -> why: it disagrees with all the others, or it is a new one where the error is worst."""
        reasons: dict[Target, AgainReason] = {t: "doubtful" for t in _dots(run) if t.id in report.doubtful_target_ids}
        if self._left > 0 and self._extra_points > 0:
            places = extra_places(report, run.screen, self._extra_points)
            self._extra_points = 0
            extra = [Target(FIRST_EXTRA_ID + i, *place) for i, place in enumerate(places)]
            run.allow(extra)
            reasons |= dict.fromkeys(extra, "extra")
        return self._ask(reasons)

    def usable(self, run: TargetRun) -> tuple[CalibrationSample, ...]:
        """The dots' samples for the fit. What was shown twice and is still all over the place would teach nonsense."""
        samples = run.samples(without=ROUNDS)
        poor = poor_targets(samples, [target.id for target in _dots(run)])
        hopeless = {i for i, reason in poor.items() if reason == "unstable" and i in self._asked}
        return tuple(sample for sample in samples if sample.target_id not in hopeless)

    def _ask(self, reasons: Mapping[Target, AgainReason]) -> Mapping[Target, AgainReason]:
        fresh = {target: reason for target, reason in reasons.items() if target.id not in self._asked}
        if not fresh or self._left <= 0:
            return {}
        self._left -= 1
        self._asked |= {target.id for target in fresh}
        return fresh


def _dots(run: TargetRun) -> list[Target]:
    return [target for target in run.targets if target.id not in ROUNDS]
