"""What is answered to drift checks, clicks and checks of a saved profile, which all move the points of a estimator."""

from __future__ import annotations

from calibration.quality.validation import Validation
from calibration.samples.selection import SETTLE_MS
from calibration.screen import ScreenGeometry
from server.gaze.estimator import GazeEstimator
from server.protocol import requests as ask
from server.session.actions import Reply
from server.session.target_run import TargetRun


class Corrections:
    """The points of before say nothing about those after a correction, so the estimator's filter starts anew."""

    def __init__(self, estimator: GazeEstimator) -> None:
        self._estimator = estimator

    def end_drift(self, run: TargetRun, now_ms: float) -> Reply:
        """The drift check has enough frames."""
        (target,) = run.targets
        shown_ms = run.shown_ms(target.id) or 0.0
        looked = self._estimator.upkeep.between(shown_ms + SETTLE_MS, now_ms)
        answer = self._estimator.upkeep.drift(looked, target.place, run.screen)
        self._estimator.reset_filter()
        return Reply({"type": "drift", **answer})

    def undo_drift(self) -> Reply:
        answer = self._estimator.upkeep.undo()
        self._estimator.reset_filter()
        return Reply({"type": "drift", **answer})

    def click(self, body: ask.Click, screen: ScreenGeometry) -> Reply:
        return Reply({"type": "click", **self._estimator.upkeep.click(body.place, body.at_ms, screen)})

    def put_right(self, result: Validation) -> dict[str, float] | None:
        """What all dots of a check have in common is taken off at once; the `shift` of the answer."""
        shift = self._estimator.upkeep.put_right(result)
        if shift is not None:
            self._estimator.reset_filter()
        return shift
