"""The accuracy of a calibration as a person reads it: one kind of number for all that a page shows.

1. Each method, and each target, has a left-out error (`calibration.quality.report`). Simpler methods are those that are
   no part of the calibration.
2. Left-out targets are mostly corners, to which the other targets must extrapolate, so these errors are larger than
   those of later gaze, the more so with few targets. The error model knows this (`calibration.quality.error_model`).
   All left-out errors are multiplied by the same factor, its expected median over their mean. So the calibration's
   error is the expected median, from which the rings around the gaze come as well, and the mean of its targets' errors.
3. Its grade is no better than those of its targets (`grade_of_all`).
4. A calibration that is hardly better than always the screen's centre is blind. It extrapolates nothing, so its errors
   keep their size.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from calibration.quality.grades import Grade, grade_of, grade_of_all
from calibration.quality.report import CalibrationReport
from calibration.screen import ScreenGeometry

BLIND_SHARE = 0.9  # of the error of always the centre


@dataclass(frozen=True, slots=True)
class TargetAccuracy:
    """One target, and the gaze that is expected for it, in screen units; the distance between the two."""

    target_id: int
    x: float
    y: float
    gaze_x: float
    gaze_y: float
    error_px: float
    error_deg: float | None
    grade: Grade


@dataclass(frozen=True, slots=True)
class AccuracySummary:
    """error_px: the mean error of the targets; methods_px: that of each simpler method; best: the name of the method
    with the smallest error, the calibration's own if none is better. radius_px: of the ring around a typical gaze."""

    error_px: float
    radius_px: float
    error_deg: float | None
    grade: Grade | Literal["blind"]
    targets: tuple[TargetAccuracy, ...]
    methods_px: Mapping[str, float]
    best: str


def summary_of(report: CalibrationReport, screen: ScreenGeometry) -> AccuracySummary:
    own_px = report.mean_error_px
    blind = own_px >= BLIND_SHARE * report.baselines_px.get("centre", float("inf"))
    factor = 1.0 if blind or not own_px > 0.0 else report.median_error_px / own_px
    targets = tuple(
        TargetAccuracy(
            target_id=target.target_id,
            x=target.x,
            y=target.y,
            gaze_x=target.x + factor * (target.predicted_x - target.x),
            gaze_y=target.y + factor * (target.predicted_y - target.y),
            error_px=factor * target.error_px,
            error_deg=None if target.error_deg is None else factor * target.error_deg,
            grade=grade_of(factor * target.error_px, screen),
        )
        for target in report.targets
    )
    methods_px = {name: factor * px for name, px in report.baselines_px.items() if name not in report.members}
    better = {name: px for name, px in methods_px.items() if px < factor * own_px}
    return AccuracySummary(
        error_px=factor * own_px,
        radius_px=report.expected.radius_px,
        error_deg=None if report.mean_error_deg is None else factor * report.mean_error_deg,
        grade="blind" if blind else grade_of_all([target.error_px for target in targets], screen),
        targets=targets,
        methods_px=methods_px,
        best=min(better, key=better.__getitem__, default=report.method),
    )
