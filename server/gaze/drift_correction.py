"""Keeping a calibration true: the one-dot drift check and the clicks that teach, on top of the calibration in force.

The corrections' mathematics is in `calibration.correction`; this module knows which frames belong to what.
"""

from __future__ import annotations

import statistics
from collections import deque
from dataclasses import dataclass
from typing import Any

from calibration.correction import (
    MIN_DRIFT_POINTS,
    Click,
    Correction,
    agrees,
    click_correction,
    drift_correction,
    still_valid,
)
from calibration.quality.validation import Validation, common_shift
from calibration.screen import Point, ScreenGeometry

BEFORE_CLICK_MS = 400.0  # the eyes are on what is clicked from about then, and often leave with the click
ONE_LOOK_MS = 600.0  # clicks nearer to each other than this were made at one look: the second of a double click
MIN_FRAMES = 3
# Of a machine that manages five frames a second, the newest still on their way.
BEFORE_CLICK_SLOW_MS, MIN_FRAMES_SLOW = 800.0, 2
REFRESH_MS = 5_000.0


@dataclass(frozen=True, slots=True)
class _Seen:
    captured_ms: float
    predicted: Point  # by the calibration itself, without any correction


class DriftCorrector:
    """The correction in force, and the last moments of gaze that a click may refer to."""

    def __init__(self) -> None:
        self._recent: deque[_Seen] = deque(maxlen=64)
        self.reset()

    def reset(self) -> None:
        """A new calibration knows of no drift."""
        self.correction = Correction()
        self._drift = Correction()
        self._clicks: tuple[Click, ...] = ()
        self._recent.clear()
        self._refreshed_ms = 0.0

    def saw(self, captured_ms: float, predicted: Point) -> None:
        """Each valid frame. Clicks fade with time, also when nobody clicks any more."""
        self._recent.append(_Seen(captured_ms, predicted))
        if self._clicks and abs(captured_ms - self._refreshed_ms) > REFRESH_MS:
            self._refreshed_ms = captured_ms
            self._clicks = still_valid(self._clicks, captured_ms)
            self.correction = click_correction(self._clicks, self._drift, captured_ms)

    def between(self, start_ms: float, end_ms: float) -> list[Point]:
        return [seen.predicted for seen in self._recent if start_ms <= seen.captured_ms <= end_ms]

    def drift(self, predicted: list[Point], target: Point, screen: ScreenGeometry) -> dict[str, Any]:
        """The end of a drift check: what to answer, as fields of the `drift` message."""
        if len(predicted) < MIN_DRIFT_POINTS:
            return {
                "state": "failed",
                "reason": "I saw too little of your eyes. Face the camera, with light on your face, and try once more.",
            }
        found = drift_correction(predicted, target, screen, self.correction)
        if found is None:
            return {
                "state": "failed",
                "reason": "Your gaze was not on the dot. Look at it and try once more, or calibrate again.",
            }
        before = self.correction.shift
        self._drift, self._clicks, self.correction = found, (), found
        moved = [
            round((new - old) * side, 1)
            for new, old, side in zip(found.shift, before, (screen.width_px, screen.height_px), strict=True)
        ]
        return {"state": "done", "offset_px": {"dx": moved[0], "dy": moved[1]}}

    def undo(self) -> dict[str, Any]:
        """Back to the calibration as it was measured."""
        self._drift, self._clicks, self.correction = Correction(), (), Correction()
        return {"state": "undone"}

    def shift(self, by: Point) -> None:
        """Moves every point from now on; the old clicks spoke of other points."""
        x, y = self.correction.shift
        self._drift, self._clicks = Correction(shift=(x + by[0], y + by[1])), ()
        self.correction = self._drift

    def put_right(self, result: Validation) -> dict[str, float] | None:
        """What all dots of a check have in common is taken off from now on; the `shift` of the answer."""
        shift = common_shift(result)
        if shift is None:
            return None
        self.shift((shift.dx_px / result.screen.width_px, shift.dy_px / result.screen.height_px))
        return {name: round(value, 1) for name, value in zip(("dx", "dy", "remaining_px"), shift, strict=True)}

    def click(self, target: Point, at_ms: float, screen: ScreenGeometry) -> dict[str, Any]:
        """The fields of the answer to a click. One whose time is wrong finds no frames, and makes no other one old."""
        looked = self._before(at_ms)
        if not looked:
            return self._ignored("no gaze was seen just before the click")
        if any(abs(at_ms - click.at_ms) < ONE_LOOK_MS for click in self._clicks):
            return self._ignored("it belongs to the click before")
        predicted = (statistics.median(x for x, _ in looked), statistics.median(y for _, y in looked))
        click = Click(at_ms, target, predicted)
        if not agrees(click, screen, self.correction):
            return self._ignored("the gaze was elsewhere")
        self._clicks = still_valid((*self._clicks, click), at_ms)
        self.correction = click_correction(self._clicks, self._drift, at_ms)
        return {"state": "used", "n": len(self._clicks)}

    def _before(self, at_ms: float) -> list[Point]:
        """The gaze just before a click; empty when too little of it was seen."""
        looked = self.between(at_ms - BEFORE_CLICK_MS, at_ms)
        if len(looked) >= MIN_FRAMES:
            return looked
        looked = self.between(at_ms - BEFORE_CLICK_SLOW_MS, at_ms)
        return looked if len(looked) >= MIN_FRAMES_SLOW else []

    def _ignored(self, reason: str) -> dict[str, Any]:
        return {"state": "ignored", "reason": reason, "n": len(self._clicks)}
