"""Simulated people with known gaze: whole calibrations with a moving target and a turned head, frame by frame.
Rendering them would take hours.

The eye is geometry (kappa, a head that sways and turns, a screen and a camera above it). Networks and landmarks measure
it with noise from frame to frame, and with constant errors: smooth functions of the eyes and the head, different for
each person. Pixels are smooth functions of the eyes, the head's rotation and its distance. The noise is chosen to give
the errors of rendered people: a fifth of the centre's with nine targets.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np

from calibration.arrays import Array, FloatArray
from calibration.bench.feature_file import FeatureSession
from calibration.mapping.geometry import GeometricStage, rotations
from calibration.samples.sample import CalibrationSample
from calibration.samples.selection import SETTLE_MS
from calibration.screen import Point, ScreenGeometry
from calibration.targets.ids import HEAD_ID, PURSUIT_ID
from calibration.targets.patterns import PATTERNS
from calibration.targets.pursuit import lissajous, place_at

TEST, MOVED = 2000, 3000  # first numbers of the test targets, before and after the head has moved
SCREEN = ScreenGeometry(1920, 1080, width_mm=420.0, distance_mm=600.0)
FRAMES_PER_S = 15.0
PURSUIT_MS, HEAD_MS = 11_000.0, 8_000.0
N_TEST = 40
_DAY_MS = 24 * 3600 * 1000.0
_WAVES = 6
_NOISE_RAD, _STAYS_RAD = 0.02, 0.12  # of a network's angles: from frame to frame, and constant
_OUTPUTS = {"eyes": 2, "face": 2, "head": 3, "iris": 4}
_N_PIXELS = 60
_OF_A_DAY = 0.3  # share of the constant errors' variance that another day changes
_SLIPPED_RAD, _LIGHT = 0.025, 0.7
_SWAY_RAD, _SWAY_MM, _KEEP = 0.035, 10.0, 0.98


class _Smooth:
    """A random smooth function of (pitch, yaw of the eyes; pitch, yaw, roll of the head), about unit variance."""

    def __init__(self, rng: np.random.Generator, outputs: int, scale_rad: float) -> None:
        self._waves = rng.normal(0.0, 1.0 / scale_rad, (5, _WAVES, outputs))
        self._phases = rng.uniform(0.0, 2.0 * math.pi, (_WAVES, outputs))

    def __call__(self, pose: Array) -> Array:
        values: Array = np.sin(np.einsum("i,ijk->jk", pose, self._waves) + self._phases).sum(axis=0)
        return values * math.sqrt(2.0 / _WAVES)


@dataclass(slots=True)
class _Head:
    """The head, swaying around its place: a mean-reverting random walk."""

    rng: np.random.Generator
    place_mm: Array
    turn_rad: Array
    sway: Array

    def step(self, turned: Array) -> tuple[Array, Array]:
        self.sway = _KEEP * self.sway + math.sqrt(1.0 - _KEEP**2) * self.rng.normal(size=6)
        return self.place_mm + _SWAY_MM * self.sway[:3], self.turn_rad + _SWAY_RAD * self.sway[3:] + turned


class SimulatedPerson:
    """A person. `frame` returns the features of a frame while the person looks at a place."""

    def __init__(self, seed: int) -> None:
        self._rng = rng = np.random.default_rng(seed)
        width, height = SCREEN.size_mm or (0.0, 0.0)
        self.truth = GeometricStage(
            (width, height),
            (0.0, 60.0, 600.0),
            head_gain=1.0,
            eye_gain=1.0,
            face_share=0.0,
            kappa_rad=(float(rng.normal(0.0, 0.02)), float(rng.normal(0.0, 0.06))),
            tilt_rad=(float(rng.normal(0.0, 0.1)), 0.0),
        )
        self.lag_ms = float(np.clip(rng.normal(150.0, 40.0), 40.0, 300.0))
        self._head = _Head(rng, np.array([0.0, 60.0, 600.0]), np.zeros(3), rng.normal(size=6))
        self._stays = {name: _Smooth(rng, size, 0.4) for name, size in _OUTPUTS.items()}
        self._pixels = _Smooth(rng, _N_PIXELS, 0.5)
        self._today: dict[str, _Smooth] = {}
        self._pixels_today: _Smooth | None = None
        self._light = np.zeros(_N_PIXELS)

    def drift(self, rad: float) -> None:
        """Shift all later measurements of the eyes by this much in a random direction, as by slipped glasses."""
        way = float(self._rng.uniform(0.0, 2.0 * math.pi))
        pitch, yaw = self.truth.kappa_rad
        self.truth = replace(self.truth, kappa_rad=(pitch + rad * math.sin(way), yaw + rad * math.cos(way)))

    def move(self) -> None:
        """Move the head by 4 to 6 cm and turn it by 6 to 8 degrees, as in the rendered sessions."""
        for name, low, high in (("place_mm", 40.0, 60.0), ("turn_rad", 0.105, 0.14)):
            way = self._rng.normal(size=3) * (1.0, 0.8, 0.7)
            way *= self._rng.uniform(low, high) / np.linalg.norm(way)
            setattr(self._head, name, getattr(self._head, name) + way)

    def come_back(self) -> None:
        """The person on another day: another seat, slipped or other glasses, other light on face and background."""
        rng = self._rng
        self._head.place_mm = np.array([0.0, 60.0, 600.0]) + rng.normal(size=3) * (40.0, 30.0, 60.0)
        self._head.turn_rad = 0.05 * rng.normal(size=3)
        self.drift(abs(float(rng.normal(0.0, _SLIPPED_RAD))))
        self._today = {name: _Smooth(rng, size, 0.4) for name, size in _OUTPUTS.items()}
        self._pixels_today, self._light = _Smooth(rng, _N_PIXELS, 0.5), rng.normal(0.0, _LIGHT, _N_PIXELS)

    def frame(self, place: Point, turned: tuple[float, float] = (0.0, 0.0)) -> dict[str, FloatArray]:
        rng = self._rng
        eye, turn = self._head.step(np.array([*turned, 0.0]))
        slope = self.truth.slope_to(eye[None], np.array([place]))[0]
        sight = np.array([*slope, -1.0]) / math.hypot(*slope, 1.0)
        in_head = rotations(turn[None])[0].T @ sight
        eyes = _angles(in_head) - np.asarray(self.truth.kappa_rad)
        pose = np.concatenate([eyes, turn])

        def noisy(values: Array, name: str, stays: float, noise: float) -> FloatArray:
            constant = self._stays[name](pose)
            if name in self._today:
                constant = math.sqrt(1.0 - _OF_A_DAY) * constant + math.sqrt(_OF_A_DAY) * self._today[name](pose)
            return np.asarray(values + stays * constant + rng.normal(0.0, noise, len(values)), np.float32)

        iris = 0.35 * np.array([eyes[1], -eyes[0], eyes[1], -eyes[0]])
        pixels = self._pixels(pose) + self._light + 1.0 * rng.normal(size=_N_PIXELS)
        if self._pixels_today is not None:
            pixels += math.sqrt(_OF_A_DAY) * self._pixels_today(pose)
        return {
            "eye_angles": noisy(eyes, "eyes", _STAYS_RAD, _NOISE_RAD),
            "gaze_angles": noisy(_angles(sight) - self.truth.kappa_rad, "face", 1.4 * _STAYS_RAD, _NOISE_RAD),
            "head_rotation": noisy(turn, "head", 0.03, 0.01),
            "head_translation": (eye + rng.normal(0.0, 2.0, 3)).astype(np.float32),
            "iris": noisy(iris, "iris", 0.04, 0.01),
            "openness": np.full(2, 0.3, np.float32),
            "eye_patches": pixels.astype(np.float32),
        }


def simulated_visits(seed: int, visits: int, n_targets: int = 9) -> list[FeatureSession]:
    """Sessions of one person on several days, a day apart: targets, then tests with the head as it was."""
    person, rng = SimulatedPerson(seed), np.random.default_rng([seed, 2])
    pattern, step_ms = PATTERNS[str(n_targets)], 1000.0 / FRAMES_PER_S
    sessions = []
    for day in range(visits):
        now_ms = day * _DAY_MS
        if day:
            person.come_back()
        frames, tests = [], []
        for number in rng.permutation(len(pattern)).tolist():
            for t in np.arange(SETTLE_MS, SETTLE_MS + 1000.0, step_ms).tolist():
                blocks = person.frame(pattern[number])
                frames.append(CalibrationSample(now_ms + t, number, pattern[number], blocks, arrived_ms=now_ms))
            now_ms += 2450.0
        for number in range(N_TEST):
            place = (float(rng.uniform(0.03, 0.97)), float(rng.uniform(0.03, 0.97)))
            now_ms += 1500.0
            tests.append(CalibrationSample(now_ms, TEST + number, place, person.frame(place)))
        sessions.append(FeatureSession(f"sim{seed}d{day}", f"sim{seed}", SCREEN, tuple(frames), tuple(tests)))
    return sessions


def _angles(sight: Array) -> Array:
    return np.array([math.asin(-sight[1]), math.atan2(sight[0], -sight[2])])


def simulated_session(seed: int) -> FeatureSession:
    """A session: thirteen targets, a moving target, a turned head, and tests before and after the head moves."""
    person, rng, step_ms = SimulatedPerson(seed), np.random.default_rng([seed, 1]), 1000.0 / FRAMES_PER_S
    frames: list[CalibrationSample] = []
    now_ms = 0.0
    for number in rng.permutation(13).tolist():
        place = PATTERNS["13"][number]
        for t in np.arange(SETTLE_MS, SETTLE_MS + 1000.0, step_ms).tolist():
            frames.append(CalibrationSample(now_ms + t, number, place, person.frame(place), arrived_ms=now_ms))
        now_ms += 2450.0
    path = lissajous(PURSUIT_MS)
    for t in np.arange(0.0, PURSUIT_MS, step_ms).tolist():
        x, y = place_at(path, t - person.lag_ms)
        eyes = (x + float(rng.normal(0.0, 0.01)), y + float(rng.normal(0.0, 0.01)))
        dot = place_at(path, t)
        frames.append(CalibrationSample(now_ms + t, PURSUIT_ID, dot, person.frame(eyes), arrived_ms=now_ms))
    now_ms += PURSUIT_MS + 1000.0
    for t in np.arange(SETTLE_MS, HEAD_MS, step_ms).tolist():
        way = 4.0 * math.pi * (t - SETTLE_MS) / (HEAD_MS - SETTLE_MS)
        turned = (0.0, 0.35 * math.sin(way)) if way < 2.0 * math.pi else (0.25 * math.sin(way), 0.0)
        blocks = person.frame((0.5, 0.5), turned)
        frames.append(CalibrationSample(now_ms + t, HEAD_ID, (0.5, 0.5), blocks, arrived_ms=now_ms))
    now_ms += HEAD_MS
    tests = []
    for first in (TEST, MOVED):
        if first == MOVED:
            person.move()
        for number in range(N_TEST):
            place = (float(rng.uniform(0.03, 0.97)), float(rng.uniform(0.03, 0.97)))
            now_ms += 1500.0
            tests.append(CalibrationSample(now_ms, first + number, place, person.frame(place)))
    return FeatureSession(f"sim{seed}", f"sim{seed}", SCREEN, tuple(frames), tuple(tests))
