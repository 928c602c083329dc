"""What a calibration will show: its dots, and, when asked for, a moving dot and a round with the head turned; and what
a validation will."""

from __future__ import annotations

import random
from dataclasses import dataclass

from calibration.quality.report import CalibrationReport
from calibration.targets.ids import HEAD_ID, PURSUIT_ID
from calibration.targets.patterns import Target, check_targets, held_out_targets, in_order, pattern_targets
from calibration.targets.pursuit import Knot, lissajous
from server.protocol import requests as ask
from server.session.target_run import PlannedTarget

PURSUIT_MS = 11_000.0  # once through a 3:2 figure at a speed that eyes can follow
HEAD_MS = 8_000.0  # left, right, up, down and back, without hurry


@dataclass(frozen=True, slots=True)
class GamePlan:
    targets: tuple[Target, ...]
    pursuit: tuple[Knot, ...] | None
    head_round: bool

    def shows(self) -> list[PlannedTarget]:
        shows = [PlannedTarget(target) for target in self.targets]
        if self.pursuit is not None:
            shows.append(PlannedTarget(Target(PURSUIT_ID, 0.5, 0.5), path=self.pursuit))
        if self.head_round:
            shows.append(PlannedTarget(Target(HEAD_ID, 0.5, 0.5), stay_ms=HEAD_MS))
        return shows


def plan_of(body: ask.CalibrationStart, rng: random.Random) -> GamePlan:
    targets = in_order(body.points, rng) if body.points is not None else pattern_targets(body.pattern or "9", rng)
    return GamePlan(
        targets=tuple(targets),
        pursuit=lissajous(PURSUIT_MS) if body.pursuit else None,
        head_round=body.head_round,
    )


def validation_targets(body: ask.ValidationStart, report: CalibrationReport, rng: random.Random) -> list[Target]:
    """The page's own places, the three of a check, or six that the calibration did not show."""
    if body.points is not None:
        return in_order(body.points, rng)
    if body.check:
        return check_targets(rng)
    return held_out_targets([(target.x, target.y) for target in report.targets], rng)
