"""Recorded features with more noise, as from a worse camera, light or landmark model.

The noise is drawn from the recordings: the difference of two frames of one target of another person, over the root of
two. One draw holds all features of a frame, so that errors of pixels, irises, networks and head pose are correlated as
in recordings. `level` 2 means twice the noise: sqrt(level^2 - 1) draws are added to the recorded noise. A share `slow`
of the added variance is the same for all frames of a target (light, glasses, a misplaced landmark), and no mean removes
it. The rest differs from frame to frame.
"""

from __future__ import annotations

import itertools
import math
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from calibration.arrays import FloatArray
from calibration.bench.feature_file import FeatureFileError, FeatureSession, load_features
from calibration.samples.sample import Blocks, CalibrationSample

SLOW = 0.5
Draw = tuple[str, Blocks]  # the person, and the difference


def noisy_sessions(
    path: Path, levels: Sequence[float], *, slow: float = SLOW
) -> Iterator[tuple[float, list[FeatureSession]]]:
    """The sessions of a file with each level of noise. Raises FeatureFileError for a file that is not usable."""
    recorded = load_features(path)
    for level in levels:
        try:
            yield level, with_noise(recorded, level, slow=slow)
        except ValueError as error:
            raise FeatureFileError(f"{path}: {error}") from error


def with_noise(
    sessions: Sequence[FeatureSession], level: float, *, slow: float = SLOW, seed: int = 0
) -> list[FeatureSession]:
    """The same sessions with `level` times their noise. Raises ValueError if there is no noise to draw from: with
    single frames for each target, or with one person."""
    if level < 1.0:
        raise ValueError(f"noise can only be added: a level of at least 1, got {level:g}")
    if level == 1.0:
        return list(sessions)
    pool = differences(sessions)
    rng = np.random.default_rng(seed)
    more = math.sqrt(level**2 - 1.0)
    return [
        _noisier(session, [draw for person, draw in pool if person != session.person], more, slow, rng)
        for session in sessions
    ]


def differences(sessions: Sequence[FeatureSession]) -> list[Draw]:
    """The differences of successive open-eyed frames of a target, over sqrt(2)."""
    found: list[Draw] = []
    for session in sessions:
        dots: dict[tuple[int, tuple[float, float]], list[CalibrationSample]] = defaultdict(list)
        for sample in session.calibrate:
            if sample.eyes_open:
                dots[sample.target_id, sample.target].append(sample)
        for frames in dots.values():
            for a, b in itertools.pairwise(frames):
                delta = {name: (a.blocks[name] - b.blocks[name]) / np.float32(math.sqrt(2.0)) for name in a.blocks}
                if all(np.isfinite(values).all() for values in delta.values()):
                    found.append((session.person, delta))
    return found


def _noisier(
    session: FeatureSession, pool: Sequence[Blocks], more: float, slow: float, rng: np.random.Generator
) -> FeatureSession:
    if not pool:
        raise ValueError("there is no noise to draw from: it takes two frames of a target, and another person")

    def draw(scale: float) -> dict[str, FloatArray]:
        signed = np.float32(scale * rng.choice((-1.0, 1.0)))
        return {name: signed * values for name, values in pool[int(rng.integers(len(pool)))].items()}

    of_dot: dict[tuple[int, tuple[float, float]], dict[str, FloatArray]] = {}

    def noisy(sample: CalibrationSample) -> CalibrationSample:
        dot = sample.target_id, sample.target
        if dot not in of_dot:
            of_dot[dot] = draw(more * math.sqrt(slow))
        frame = draw(more * math.sqrt(1.0 - slow))
        blocks = {name: values + of_dot[dot][name] + frame[name] for name, values in sample.blocks.items()}
        return replace(sample, blocks=blocks)

    return replace(session, calibrate=tuple(map(noisy, session.calibrate)), test=tuple(map(noisy, session.test)))
