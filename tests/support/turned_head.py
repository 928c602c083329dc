"""Frames of the round with the head turned, for a simulated eye."""

from __future__ import annotations

import numpy as np

from calibration.samples.sample import CalibrationSample
from calibration.targets.ids import HEAD_ID
from tests.support.calibration_eye import LinearEye

TURNS = {"straight": (0.0, 0.0), "left": (0.0, 0.2), "right": (0.0, -0.2), "down": (0.2, 0.0), "up": (-0.2, 0.0)}


def turning(n: int = 10) -> list[CalibrationSample]:
    eye = LinearEye(seed=3)
    samples = []
    for pitch, yaw in TURNS.values():
        for _ in range(n):
            at_ms = 60_000.0 + 33.0 * len(samples)
            blocks = {**eye.blocks(0.5, 0.5), "head_rotation": np.array([pitch, yaw, 0.0], np.float32)}
            samples.append(CalibrationSample(at_ms, HEAD_ID, (0.5, 0.5), blocks, arrived_ms=50_000.0))
    return samples
