"""What goes wrong in real calibrations, done to recorded features or to simulated people.

- `middle`    only targets in the middle of the screen are used
- `unlooked`  the person looks elsewhere at one target in twenty, at least at one: its frames are another target's
- `tails`     frames have noise with heavy tails, in the calibration and the test: differences of successive frames,
              times Student's t with two degrees of freedom
- `line`      simulated people calibrate with five dots nearly on one line

Pictures can be disturbed, too: mirror the test frames of session folders, change their shape, or draw reflections over
the eyes, and take their features with `python -m server evaluate --features`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

import numpy as np

from calibration.bench.feature_file import FeatureSession
from calibration.bench.noise import differences
from calibration.bench.simulated import FRAMES_PER_S, N_TEST, SCREEN, SimulatedPerson
from calibration.samples.sample import CalibrationSample

MIDDLE = 0.3  # screen units from the centre
UNLOOKED_SHARE = 0.05
TAIL = 0.7  # of a usual difference
LINE = ((0.1, 0.14), (0.3, 0.24), (0.5, 0.55), (0.7, 0.66), (0.9, 0.92))
LINE_FRAMES = 15


def middle(session: FeatureSession, rng: np.random.Generator) -> FeatureSession:
    del rng
    kept = [s for s in session.calibrate if max(abs(s.target[0] - 0.5), abs(s.target[1] - 0.5)) < MIDDLE]
    return replace(session, calibrate=tuple(kept))


def unlooked(session: FeatureSession, rng: np.random.Generator) -> FeatureSession:
    """Frames of the missed targets have the features of other targets' frames."""
    ids = sorted({sample.target_id for sample in session.calibrate})
    n = max(round(UNLOOKED_SHARE * len(ids)), 1)
    missed = dict(zip(rng.choice(ids, n, replace=False).tolist(), rng.choice(ids, n).tolist(), strict=True))
    frames = {i: [sample.blocks for sample in session.calibrate if sample.target_id == i] for i in ids}

    def shown(sample: CalibrationSample) -> CalibrationSample:
        if sample.target_id not in missed:
            return sample
        seen = frames[missed[sample.target_id]]
        return replace(sample, blocks=seen[int(rng.integers(len(seen)))])

    return replace(session, calibrate=tuple(map(shown, session.calibrate)))


def tails(session: FeatureSession, rng: np.random.Generator) -> FeatureSession:
    """A session with single frames of each target stays as it is."""
    pool = [difference for _, difference in differences([session])]
    if not pool:
        return session

    def noisy(sample: CalibrationSample) -> CalibrationSample:
        drawn, scale = pool[int(rng.integers(len(pool)))], np.float32(TAIL * rng.standard_t(2.0))
        return replace(sample, blocks={name: values + scale * drawn[name] for name, values in sample.blocks.items()})

    return replace(session, calibrate=tuple(map(noisy, session.calibrate)), test=tuple(map(noisy, session.test)))


def line(seed: int) -> FeatureSession:
    """A simulated person with dots nearly on a line, and test targets all over the screen."""
    person, rng = SimulatedPerson(seed), np.random.default_rng([seed, 2])
    frames, now_ms = [], 0.0
    for number, place in enumerate(LINE):
        for _ in range(LINE_FRAMES):
            frames.append(CalibrationSample(now_ms, number, place, person.frame(place), arrived_ms=now_ms - 900.0))
            now_ms += 1000.0 / FRAMES_PER_S
        now_ms += 1000.0
    tests = []
    for number in range(N_TEST):
        place = (float(rng.uniform(0.03, 0.97)), float(rng.uniform(0.03, 0.97)))
        tests.append(CalibrationSample(now_ms + 1500.0 * number, 2000 + number, place, person.frame(place)))
    return FeatureSession(f"line{seed}", f"line{seed}", SCREEN, tuple(frames), tuple(tests))


DISTURBANCES: Mapping[str, Callable[[FeatureSession, np.random.Generator], FeatureSession]] = {
    "middle": middle,
    "unlooked": unlooked,
    "tails": tails,
}
