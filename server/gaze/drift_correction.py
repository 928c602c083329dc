"""Corrections on top of the active calibration: one-target drift correction, and recalibration by clicks. Pure.

`calibration.correction` has the mathematics; this module knows which frames belong to which target and click.
"""

from __future__ import annotations

import statistics
from collections import deque
from dataclasses import dataclass

from calibration.correction import (
    MIN_DRIFT_POINTS,
    ClickSample,
    Correction,
    agrees,
    click_correction,
    drift_correction,
    still_valid,
)
from calibration.quality.grades import grade_of
from calibration.quality.validation import Validation, common_shift
from calibration.screen import Point, ScreenGeometry
from server.protocol.calibration import ClickIgnored, ClickUsed, CommonShift, DriftDone, DriftFailed, DriftStep, Offset

BEFORE_CLICK_MS = 400.0  # in this time before a click the eyes are on its place; they often leave with the click
ONE_FIXATION_MS = 600.0  # clicks nearer to each other belong to one fixation, such as a double click
MIN_FRAMES = 3
# At five frames a second, the newest of which are still being analysed.
BEFORE_CLICK_SLOW_MS, MIN_FRAMES_SLOW = 800.0, 2
REFRESH_MS = 5_000.0
NO_CORRECTION = Correction()
TOO_LITTLE = "Too few frames showed your eyes. Face the camera, with light on your face, and try again."
TOO_SLOW = "Too few frames came: the frame rate is low. Close other programs, or turn on a light, and try again."
NOT_ON_TARGET = "Your gaze was not on the dot. Look at the dot and try again, or calibrate again."


@dataclass(frozen=True, slots=True)
class _Prediction:
    captured_ms: float
    point: Point  # of the calibration itself, without any correction


class DriftCorrector:
    """The active correction, and the last predictions, which a click may refer to."""

    def __init__(self) -> None:
        self._recent: deque[_Prediction] = deque(maxlen=64)
        self.reset()

    def reset(self) -> None:
        """For a new calibration: no correction is active."""
        self.correction = self._drift = NO_CORRECTION
        self._clicks: tuple[ClickSample, ...] = ()
        self._recent.clear()
        self._refreshed_ms = 0.0

    def add(self, captured_ms: float, predicted: Point) -> None:
        """Adds the prediction of a valid frame. Also updates the correction: the weight of clicks falls with time."""
        self._recent.append(_Prediction(captured_ms, predicted))
        if self._clicks and abs(captured_ms - self._refreshed_ms) > REFRESH_MS:
            self._refreshed_ms = captured_ms
            self._clicks = still_valid(self._clicks, captured_ms)
            self.correction = click_correction(self._clicks, self._drift, captured_ms)

    def correct(self, predicted: Point) -> Point:
        """The point with the active correction; the same point while there is none."""
        return predicted if self.correction == NO_CORRECTION else self.correction.apply(predicted)

    def between(self, start_ms: float, end_ms: float) -> list[Point]:
        return [each.point for each in self._recent if start_ms <= each.captured_ms <= end_ms]

    def drift(self, predicted: list[Point], target: Point, screen: ScreenGeometry) -> DriftDone | DriftFailed:
        """Ends a drift check. -> its answer. predicted: of the frames that showed the target."""
        if len(predicted) < MIN_DRIFT_POINTS:
            return DriftFailed("failed", TOO_LITTLE)
        correction = drift_correction(predicted, target, screen, self.correction)
        if correction is None:
            return DriftFailed("failed", NOT_ON_TARGET)
        before = self.correction.shift
        self._drift, self._clicks, self.correction = correction, (), correction
        moved = [
            round((new - old) * side, 1)
            for new, old, side in zip(correction.shift, before, (screen.width_px, screen.height_px), strict=True)
        ]
        return DriftDone("done", Offset(moved[0], moved[1]))

    def undo(self) -> DriftStep:
        """Back to the calibration as it was measured."""
        self._drift, self._clicks, self.correction = NO_CORRECTION, (), NO_CORRECTION
        return DriftStep("undone")

    def shift(self, by: Point) -> None:
        """Moves every point from now on. The clicks before belong to other points, so they are dropped."""
        x, y = self.correction.shift
        self._drift, self._clicks = Correction(shift=(x + by[0], y + by[1])), ()
        self.correction = self._drift

    def remove_common_shift(self, result: Validation) -> CommonShift | None:
        """Removes the offset that all targets of a check share. -> `shift` of the answer; None where there is none."""
        shift = common_shift(result)
        if shift is None:
            return None
        self.shift((shift.dx_px / result.screen.width_px, shift.dy_px / result.screen.height_px))
        grade = grade_of(shift.remaining_px, result.screen)
        return CommonShift(round(shift.dx_px, 1), round(shift.dy_px, 1), round(shift.remaining_px, 1), grade)

    def click(self, target: Point, at_ms: float, screen: ScreenGeometry) -> ClickUsed | ClickIgnored:
        """-> the answer to it. A click with a wrong time has no frames, and ages no other click."""
        recent = self._before(at_ms)
        if not recent:
            slow = self._is_slow(at_ms)
            return self._ignored(
                "the frame rate is too low for it" if slow else "there was no gaze just before the click"
            )
        if any(abs(at_ms - click.at_ms) < ONE_FIXATION_MS for click in self._clicks):
            return self._ignored("it came too soon after another click")
        predicted = (statistics.median(x for x, _ in recent), statistics.median(y for _, y in recent))
        click = ClickSample(at_ms, target, predicted)
        if not agrees(click, screen, self.correction):
            return self._ignored("the gaze was not near the click")
        self._clicks = still_valid((*self._clicks, click), at_ms)
        self.correction = click_correction(self._clicks, self._drift, at_ms)
        return ClickUsed("used", len(self._clicks))

    def _before(self, at_ms: float) -> list[Point]:
        """The predictions just before a click; empty when there are too few."""
        points = self.between(at_ms - BEFORE_CLICK_MS, at_ms)
        if len(points) >= MIN_FRAMES:
            return points
        points = self.between(at_ms - BEFORE_CLICK_SLOW_MS, at_ms)
        return points if len(points) >= MIN_FRAMES_SLOW else []

    def _is_slow(self, at_ms: float) -> bool:
        """Whether the frames with a gaze come too seldom for clicks, over the last few of them."""
        return 0 < len(self.between(at_ms - 5 * BEFORE_CLICK_SLOW_MS, at_ms)) < 5 * MIN_FRAMES_SLOW

    def _ignored(self, reason: str) -> ClickIgnored:
        return ClickIgnored("ignored", reason, len(self._clicks))
