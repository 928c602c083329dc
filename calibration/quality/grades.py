"""The grade of a measured accuracy: of one target, and of all targets of a calibration or a validation."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from calibration.screen import ScreenGeometry

Grade = Literal["good", "fair", "poor"]
GRADES: tuple[Grade, ...] = ("good", "fair", "poor")

GOOD_DIAGONALS, FAIR_DIAGONALS = 0.05, 0.1  # errors up to these shares of the screen's diagonal


def grade_of(error_px: float | None, screen: ScreenGeometry) -> Grade:
    """The grade of one error. A target without one is poor."""
    if error_px is None or not error_px <= FAIR_DIAGONALS * screen.diagonal_px:
        return "poor"
    return "good" if error_px <= GOOD_DIAGONALS * screen.diagonal_px else "fair"


def grade_of_all(errors_px: Sequence[float | None], screen: ScreenGeometry) -> Grade:
    """The grade of the mean, but never better than that of the middle target, nor by more than one step than the worst.

    Of an even number of targets, the middle one is the worse of the two. Without targets, the grade is poor.
    """
    known = [error for error in errors_px if error is not None]
    if not errors_px or len(known) < len(errors_px):
        return "poor"
    steps = sorted(GRADES.index(grade_of(error, screen)) for error in known)
    mean = GRADES.index(grade_of(sum(known) / len(known), screen))
    return GRADES[max(mean, steps[len(steps) // 2], steps[-1] - 1)]
