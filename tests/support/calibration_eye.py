"""A simulated person for the calibration tests: features that depend linearly on the gaze point, plus noise."""

from __future__ import annotations

import math
from collections.abc import Iterable

import numpy as np

from calibration.arrays import FloatArray
from calibration.bench.feature_file import FeatureSession
from calibration.samples.sample import CalibrationSample
from calibration.samples.selection import TargetMean
from calibration.screen import ScreenGeometry
from calibration.targets.pursuit import PursuitRound, lissajous, place_at

SCREEN = ScreenGeometry(1920, 1080)
PHYSICAL = ScreenGeometry(1920, 1080, width_mm=480.0, height_mm=270.0)
PLACES = [(x, y) for x in (0.2, 0.4, 0.6, 0.8) for y in (0.3, 0.7)]  # to test at
GRID = [(x, y) for y in (0.08, 0.5, 0.95) for x in (0.08, 0.5, 0.92)]


class LinearEye:
    """Every block is a fixed random linear function of the gaze point; `noise` is relative to its range."""

    def __init__(self, seed: int = 0, noise: float = 0.0) -> None:
        rng = np.random.default_rng(seed)
        self._rng, self._noise = rng, noise
        pixels = rng.normal(size=(400, 2))
        self._gains = {
            "gaze_angles": np.array([[0.0, -0.5], [-0.6, 0.0]]),
            "eye_angles": np.array([[0.02, -0.45], [-0.55, 0.01]]),
            "embedding": rng.normal(size=(8, 2)),
            "eye_embedding": rng.normal(size=(6, 2)),
            "eye_patches": pixels,
            "iris": 0.1 * rng.normal(size=(4, 2)),
            "openness": np.array([[0.0, -0.05], [0.0, -0.05]]),
            "head_rotation": np.zeros((3, 2)),
            "head_translation": np.zeros((3, 2)),
        }
        self._base = {name: np.zeros(len(gain)) for name, gain in self._gains.items()}
        self._base["openness"] = np.array([0.3, 0.3])
        self._base["head_translation"] = np.array([0.0, 60.0, 600.0])

    def blocks(self, x: float, y: float) -> dict[str, FloatArray]:
        result = {}
        for name, gain in self._gains.items():
            spread = np.linalg.norm(gain, axis=1) + 1e-3
            noise = self._noise * spread * self._rng.normal(size=len(gain))
            result[name] = (self._base[name] + gain @ (x - 0.5, y - 0.5) + noise).astype(np.float32)
        return result


def looking_at(x: float, y: float, face: tuple[float, float, float] = (30.0, 80.0, 550.0)) -> dict[str, FloatArray]:
    """True angles of a face at `face` (camera frame, mm) that looks at a place on PHYSICAL."""
    place = np.array([(0.5 - x) * 480.0, y * 270.0 + 8.0, 0.0])
    d = place - np.array(face)
    d /= np.linalg.norm(d)
    angles = [math.asin(-d[1]), math.atan2(d[0], -d[2])]
    return {"gaze_angles": np.array(angles, np.float32), "head_translation": np.array(face, np.float32)}


def means(eye: LinearEye, places: Iterable[tuple[float, float]] = GRID) -> list[TargetMean]:
    return [TargetMean(i, place, eye.blocks(*place), 1, 1) for i, place in enumerate(places)]


def visit(
    eye: LinearEye, target_id: int, place: tuple[float, float], *, start_ms: float, n: int = 40, step_ms: float = 33.0
) -> list[CalibrationSample]:
    """One target shown for n frames, with the eyes on it all the time."""
    return [CalibrationSample(start_ms + i * step_ms, target_id, place, eye.blocks(*place)) for i in range(n)]


def game(eye: LinearEye, places: Iterable[tuple[float, float]] = GRID) -> list[CalibrationSample]:
    """The samples of a whole calibration: each place is shown for 1.3 s."""
    return [s for i, place in enumerate(places) for s in visit(eye, i, place, start_ms=2000.0 * i, n=20, step_ms=65.0)]


def session(seed: int, screen: ScreenGeometry = SCREEN, person: str = "", n_frames: int = 1) -> FeatureSession:
    """A recorded session: each place of GRID is shown for n frames, then each of PLACES once."""
    eye = LinearEye(seed=seed, noise=0.3)
    calibrate = [
        CalibrationSample(2000.0 * i + k, i, place, eye.blocks(*place))
        for i, place in enumerate(GRID)
        for k in range(n_frames)
    ]
    test = [CalibrationSample(9e4 + 2000.0 * i, 100 + i, place, eye.blocks(*place)) for i, place in enumerate(PLACES)]
    return FeatureSession(f"s{seed}", person or f"p{seed}", screen, tuple(calibrate), tuple(test))


PURSUIT_PATH = lissajous(11_000.0)


def pursue(
    lag_ms: float, *, noise: float = 0.05, step_ms: float = 33.0, away: tuple[float, float] = (0.0, 0.0)
) -> PursuitRound:
    """A person whose eyes follow `lag_ms` late, and look into a corner between the two times of `away`."""
    eye = LinearEye(seed=3, noise=noise)
    samples = []
    for since_ms in np.arange(0.0, PURSUIT_PATH[-1][0], step_ms).tolist():
        looked = (0.95, 0.05) if away[0] <= since_ms < away[1] else place_at(PURSUIT_PATH, since_ms - lag_ms)
        shown = place_at(PURSUIT_PATH, since_ms)
        samples.append(CalibrationSample(5_000.0 + since_ms, 1000, shown, eye.blocks(*looked), arrived_ms=5_000.0))
    return PursuitRound(PURSUIT_PATH, 5_000.0, tuple(samples))
