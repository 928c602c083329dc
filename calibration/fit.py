"""From what the rounds of a game collected to one calibration: dots, a moving dot, a turning head.

A turning head keeps the eyes on one dot. Gathered in one mean, what it shows would be averaged away, so its frames
become several targets at the same place, one for each direction of the head.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from calibration.calibration import Calibration, fit_calibration
from calibration.samples.head_poses import head_poses
from calibration.samples.sample import CalibrationSample, whole_samples
from calibration.screen import ScreenGeometry
from calibration.targets.pursuit import PursuitRound, follow

FIRST_TARGET_ID = 2000  # of the head's directions
STRAIGHT_RAD = np.radians(5.0)  # a head turned by less looks where it looked in the game
MIN_FRAMES = 5
UNSETTLED_MS = 700.0


@dataclass(frozen=True, slots=True)
class GameSamples:
    """`dots` in the order they were taken; `head` are the frames of the round with the head turned."""

    dots: tuple[CalibrationSample, ...]
    head: tuple[CalibrationSample, ...] = ()
    pursuit: PursuitRound | None = None


@dataclass(frozen=True, slots=True)
class GameFit:
    """`lag_ms`: by how much the eyes followed the moving dot; None when there was none or it was not followed."""

    calibration: Calibration
    lag_ms: float | None = None
    pursuit_used: bool = False
    head_directions: int = 0


def fit_game(game: GameSamples, screen: ScreenGeometry) -> GameFit:
    """Raises CalibrationError, with what to do, like `fit_calibration`."""
    lag_ms: float | None = None
    moving: tuple[CalibrationSample, ...] = ()
    if game.pursuit is not None:
        followed = follow(game.pursuit)
        lag_ms, moving = followed.lag_ms, followed.samples
    turned = head_directions(game.head)
    fitted = fit_calibration((*game.dots, *turned, *moving), screen)
    calibration = replace(fitted, poses=head_poses(game.dots, turned))
    directions = len({sample.target_id for sample in turned})
    return GameFit(calibration, lag_ms, pursuit_used=bool(moving), head_directions=directions)


def head_directions(samples: Sequence[CalibrationSample]) -> tuple[CalibrationSample, ...]:
    """The frames of a turning head as targets by direction: straight, left, right, up, down."""
    settled = [s for s in samples if s.arrived_ms is None or s.captured_ms - s.arrived_ms >= UNSETTLED_MS]
    usable = [s for s in whole_samples(settled) if s.eyes_open and "head_rotation" in s.blocks]
    if not usable:
        return ()
    rotations = np.stack([s.blocks["head_rotation"] for s in usable]).astype(np.float64)  # (N, 3)
    away = rotations - np.median(rotations, axis=0)
    groups: dict[int, list[CalibrationSample]] = defaultdict(list)
    for sample, (pitch, yaw, _) in zip(usable, away, strict=True):
        if np.hypot(pitch, yaw) < STRAIGHT_RAD:
            direction = 0
        elif abs(yaw) >= abs(pitch):
            direction = 1 if yaw > 0 else 2
        else:
            direction = 3 if pitch > 0 else 4
        groups[direction].append(sample)
    return tuple(
        replace(sample, target_id=FIRST_TARGET_ID + direction, arrived_ms=sample.captured_ms - UNSETTLED_MS)
        for direction, members in sorted(groups.items())
        if len(members) >= MIN_FRAMES
        for sample in members
    )
