"""Selects targets of a calibration to show again, before the fit and after it. Each target is shown again once."""

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
    """The repetitions of one calibration.

    left: how many times the page accepts a repetition. extra_points: number of targets to add after the fit.
    """

    def __init__(self, *, left: int, extra_points: int) -> None:
        self._left = left
        self._extra_points = extra_points
        self._repeated: set[int] = set()

    def before_fit(self, run: TargetRun) -> Mapping[Target, AgainReason]:
        """Targets to repeat, each with its reason: too few usable frames, or unstable ones."""
        poor = poor_targets(run.samples(without=ROUNDS), [target.id for target in _still_targets(run)])
        return self._repeat({target: poor[target.id] for target in _still_targets(run) if target.id in poor})

    def after_fit(self, run: TargetRun, report: CalibrationReport) -> Mapping[Target, AgainReason]:
        """Targets to show, each with its reason: it disagrees with the others, or is new, where the error is large."""
        doubtful = report.doubtful_target_ids
        reasons: dict[Target, AgainReason] = {t: "doubtful" for t in _still_targets(run) if t.id in doubtful}
        if self._left > 0 and self._extra_points > 0:
            places = extra_places(report, run.screen, self._extra_points)
            self._extra_points = 0
            extra = [Target(FIRST_EXTRA_ID + i, *place) for i, place in enumerate(places)]
            run.add_targets(extra)
            reasons |= dict.fromkeys(extra, "extra")
        return self._repeat(reasons)

    def usable(self, run: TargetRun) -> tuple[CalibrationSample, ...]:
        """The samples for the fit. Targets that are still unstable after a repetition are left out."""
        samples = run.samples(without=ROUNDS)
        poor = poor_targets(samples, [target.id for target in _still_targets(run)])
        excluded = {i for i, reason in poor.items() if reason == "unstable" and i in self._repeated}
        return tuple(sample for sample in samples if sample.target_id not in excluded)

    def _repeat(self, reasons: Mapping[Target, AgainReason]) -> Mapping[Target, AgainReason]:
        """The targets not yet repeated; none when the page accepts no further repetition."""
        new = {target: reason for target, reason in reasons.items() if target.id not in self._repeated}
        if not new or self._left <= 0:
            return {}
        self._left -= 1
        self._repeated |= {target.id for target in new}
        return new


def _still_targets(run: TargetRun) -> list[Target]:
    return [target for target in run.targets if target.id not in ROUNDS]
