"""What is answered to drift checks, clicks and checks of a saved profile, which all move the points of a tracker."""

from __future__ import annotations

from calibration.quality.validation import Validation
from calibration.samples.selection import SETTLE_MS
from calibration.screen import ScreenGeometry
from server.gaze.estimator import Tracker
from server.protocol import requests as ask
from server.session.actions import Reply
from server.session.target_run import Run


class Corrections:
    """The points of before say nothing about those after a correction, so the tracker's filter starts anew."""

    def __init__(self, tracker: Tracker) -> None:
        self._tracker = tracker

    def end_drift(self, run: Run, now_ms: float) -> Reply:
        """The drift check has enough frames."""
        (target,) = run.targets
        shown_ms = run.shown_ms(target.id) or 0.0
        looked = self._tracker.upkeep.between(shown_ms + SETTLE_MS, now_ms)
        answer = self._tracker.upkeep.drift(looked, target.place, run.screen)
        self._tracker.reset_filter()
        return Reply({"type": "drift", **answer})

    def undo_drift(self) -> Reply:
        answer = self._tracker.upkeep.undo()
        self._tracker.reset_filter()
        return Reply({"type": "drift", **answer})

    def click(self, body: ask.Click, screen: ScreenGeometry) -> Reply:
        return Reply({"type": "click", **self._tracker.upkeep.click(body.place, body.at_ms, screen)})

    def put_right(self, result: Validation) -> dict[str, float] | None:
        """What all dots of a check have in common is taken off at once; the `shift` of the answer."""
        shift = self._tracker.upkeep.put_right(result)
        if shift is not None:
            self._tracker.reset_filter()
        return shift
