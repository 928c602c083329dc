"""The round with the turned head: the target is fixed, and the head turns left, right, up and down.

A single mean would average out the information of these frames. So they become several targets at the same place, one
for each direction of the head.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from calibration.samples.sample import CalibrationSample, whole_samples
from calibration.samples.selection import MIN_FRAMES_FOR_OUTLIERS, SETTLE_MS, has_settled
from calibration.targets.ids import FIRST_HEAD_DIRECTION_ID

STRAIGHT_RAD = np.radians(5.0)  # a head turned by less than this counts as straight


def by_direction(samples: Sequence[CalibrationSample]) -> tuple[CalibrationSample, ...]:
    """The usable frames as targets by direction: straight, left, right, up, down. Those with too few are dropped."""
    settled = [s for s in samples if has_settled(s)]
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
        replace(sample, target_id=FIRST_HEAD_DIRECTION_ID + direction, arrived_ms=sample.captured_ms - SETTLE_MS)
        for direction, members in sorted(groups.items())
        if len(members) >= MIN_FRAMES_FOR_OUTLIERS
        for sample in members
    )
