"""A person whose eyes jump from place to place, with the noise of a webcam, and the true fixations."""

from __future__ import annotations

import math
import random
from collections.abc import Iterator
from dataclasses import dataclass

from calibration.screen import ScreenPoint

SACCADE_MS = 45.0


@dataclass(frozen=True)
class TrueFixation:
    start_ms: float
    end_ms: float
    x: float
    y: float


@dataclass(frozen=True)
class SimulatedGaze:
    """Frames (time, point), and where the eyes rested."""

    frames: list[tuple[float, ScreenPoint]]
    fixations: list[TrueFixation]


def simulate_gaze(
    *,
    noise: float,
    fps: float = 30.0,
    seconds: float = 60.0,
    seed: int = 1,
    correlation: float = 0.6,
    least_step: float = 0.15,
) -> SimulatedGaze:
    """noise: standard deviation in screen units, from frame to frame correlated, as trackers' noise is."""
    rng = random.Random(seed)
    fixations = list(_fixations(rng, seconds * 1000.0, least_step))
    frames = []
    error_x = error_y = 0.0
    fresh = math.sqrt(1.0 - correlation**2)
    time_ms, here = 0.0, 0
    while time_ms < fixations[-1].end_ms:
        while here + 1 < len(fixations) and time_ms >= fixations[here + 1].start_ms:
            here += 1
        x, y = fixations[here].x, fixations[here].y
        if time_ms > fixations[here].end_ms:  # on the way
            onward = fixations[here + 1]
            share = (time_ms - fixations[here].end_ms) / SACCADE_MS
            x, y = x + share * (onward.x - x), y + share * (onward.y - y)
        error_x = correlation * error_x + fresh * rng.gauss(0.0, noise)
        error_y = correlation * error_y + fresh * rng.gauss(0.0, noise)
        frames.append((time_ms, ScreenPoint(x + error_x, y + error_y)))
        time_ms += 1000.0 / fps + rng.uniform(-3.0, 3.0)
    return SimulatedGaze(frames, fixations)


def _fixations(rng: random.Random, until_ms: float, least_step: float) -> Iterator[TrueFixation]:
    time_ms, x, y = 0.0, 0.5, 0.5
    while time_ms < until_ms:
        end_ms = time_ms + rng.uniform(200.0, 700.0)
        yield TrueFixation(time_ms, end_ms, x, y)
        time_ms = end_ms + SACCADE_MS
        old = (x, y)
        while math.hypot(x - old[0], y - old[1]) < least_step:
            x, y = rng.uniform(0.05, 0.95), rng.uniform(0.05, 0.95)
