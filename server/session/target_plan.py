"""The targets of a calibration or a validation.

A calibration has still targets and, on request, a moving target and a round with the head turned.
"""

from __future__ import annotations

import random
from dataclasses import dataclass

from calibration.quality.report import CalibrationReport
from calibration.targets.ids import HEAD_ID, PURSUIT_ID
from calibration.targets.patterns import Target, check_targets, held_out_targets, in_order, pattern_targets
from calibration.targets.pursuit import Knot, lissajous
from server.protocol import requests
from server.session.target_run import PlannedTarget

PURSUIT_MS = 11_000.0  # once through a 3:2 Lissajous figure, at a speed that the eyes can follow
HEAD_MS = 8_000.0  # enough to turn the head left, right, up, down and back


@dataclass(frozen=True, slots=True)
class CalibrationPlan:
    targets: tuple[Target, ...]
    pursuit: tuple[Knot, ...] | None
    head_round: bool

    def planned_targets(self) -> list[PlannedTarget]:
        planned = [PlannedTarget(target) for target in self.targets]
        if self.pursuit is not None:
            planned.append(PlannedTarget(Target(PURSUIT_ID, 0.5, 0.5), path=self.pursuit))
        if self.head_round:
            planned.append(PlannedTarget(Target(HEAD_ID, 0.5, 0.5), stay_ms=HEAD_MS))
        return planned


def plan_of(body: requests.CalibrationStart, rng: random.Random) -> CalibrationPlan:
    targets = in_order(body.points, rng) if body.points is not None else pattern_targets(body.pattern or "9", rng)
    return CalibrationPlan(
        targets=tuple(targets),
        pursuit=lissajous(PURSUIT_MS) if body.pursuit else None,
        head_round=body.head_round,
    )


def validation_targets(body: requests.ValidationStart, report: CalibrationReport, rng: random.Random) -> list[Target]:
    """The requested places, the three of a check, or nine places that the calibration did not use."""
    if body.points is not None:
        return in_order(body.points, rng)
    if body.check:
        return check_targets(rng)
    return held_out_targets([(target.x, target.y) for target in report.targets], rng)
