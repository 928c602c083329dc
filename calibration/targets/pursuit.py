"""The moving target (smooth pursuit): the lag of the eyes is estimated, then every frame gets its place.

1. The path is a list of knots (t, x, y) with straight lines between them. The server computes it (`lissajous`), and the
   page only plays it, so there is one implementation of the formula.
2. A frame taken at t shows the eyes where the target was at t - lag. The lag is the sum of person, screen and
   camera (pursuit lags 0 to 200 ms, a browser's camera adds 30 to 150), so it must be measured.
3. For each candidate lag L, the path p(t - L) is regressed on a few features of the frames,
       p(t_i - L) = W f_i + b + e_i,     r(L) = sum |e_i|^2 / sum |p - mean p|^2      (1 - R^2)
   and the lag is the minimum of r, refined by a parabola through its neighbours. This needs no calibration.
4. If even the best r is above UNEXPLAINED, the person did not follow the target, and the round is not used.
5. Frames with outlying residuals (catch-up saccades, glances away) are dropped. The others are grouped by cells of the
   screen, and each cell becomes one target at the mean of its frames' places. The mean of a feature that is linear in
   the gaze belongs to this place.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from calibration.arrays import Array, Mask, robust_sd
from calibration.samples.sample import CalibrationSample, whole_samples
from calibration.screen import Point
from calibration.targets.ids import FIRST_PURSUIT_CELL_ID

Knot = tuple[float, float, float]  # ms since the target came to rest, x, y in screen units

HOLD_MS = 800.0  # the target rests at its start, so that the eyes are on it when it moves
KNOT_MS = 100.0
EASE = 0.1  # of the time: eyes cannot start at full speed
MAX_LAG_MS = 600.0  # 200 ms for the eyes, the rest for a slow camera
LAG_STEP_MS = 10.0
UNEXPLAINED = 0.5
OUTLIER_SDS = 3.5
PASSES = 3
MIN_FRAMES = 30
MIN_FRAMES_A_CELL = 4
CELLS = (4, 3)  # columns, rows: about the density of the 13-target pattern
_FOLLOWED = ("gaze_angles", "eye_angles", "head_rotation")  # a few numbers that follow the gaze are enough for the lag


@dataclass(frozen=True, slots=True)
class PursuitRound:
    """The samples of the moving target. They hold its place at their capture time, without a lag."""

    path: tuple[Knot, ...]
    shown_ms: float
    samples: tuple[CalibrationSample, ...]


@dataclass(frozen=True, slots=True)
class PursuitResult:
    """If the eyes did not follow the target, `lag_ms` is None and `samples` are empty. unexplained: r at the lag."""

    lag_ms: float | None
    unexplained: float
    samples: tuple[CalibrationSample, ...] = ()


NOT_FOLLOWED = PursuitResult(None, 1.0)


def lissajous(duration_ms: float, *, width: float = 0.84, height: float = 0.84) -> tuple[Knot, ...]:
    """x = 1/2 + w/2 sin(2 a), y = 1/2 + h/2 sin(3 a), a from 0 to 2 pi, at a constant speed with a slow start and end.

    3:2 crosses the whole screen in both directions. Eyes can follow up to about 30 degrees per second.
    """
    a = np.linspace(0.0, 2.0 * math.pi, 721)
    x, y = 0.5 + width / 2 * np.sin(2 * a), 0.5 + height / 2 * np.sin(3 * a)
    gone = np.concatenate([[0.0], np.cumsum(np.hypot(np.diff(x), np.diff(y)))])  # length of the path to each point
    n = round((duration_ms - HOLD_MS) / KNOT_MS)
    way = np.array([_eased(i / n) for i in range(n + 1)]) * gone[-1]
    times = HOLD_MS + np.arange(n + 1) / n * (duration_ms - HOLD_MS)
    moving = zip(times.tolist(), np.interp(way, gone, x).tolist(), np.interp(way, gone, y).tolist(), strict=True)
    return (0.0, 0.5, 0.5), *((round(t, 1), round(px, 4), round(py, 4)) for t, px, py in moving)


def place_at(path: Sequence[Knot], since_ms: float) -> Point:
    """The target's place. It rests at the ends of its path."""
    times, xs, ys = zip(*path, strict=True)
    return float(np.interp(since_ms, times, xs)), float(np.interp(since_ms, times, ys))


def follow(pursuit: PursuitRound) -> PursuitResult:
    """One target for each cell of the screen in which the eyes followed the moving target, at the place of the gaze."""
    open_eyed = [sample for sample in whole_samples(pursuit.samples) if sample.eyes_open]
    if len(open_eyed) < MIN_FRAMES:
        return NOT_FOLLOWED
    times = np.array([sample.captured_ms - pursuit.shown_ms for sample in open_eyed])  # (N,)
    features = _features(open_eyed)  # (N, D)
    lag_ms, unexplained = estimate_lag(times, features, pursuit.path)
    for _ in range(PASSES):  # glances away distort the regression that finds them, less in each pass
        followed = _followed(features, _places(pursuit.path, times - lag_ms))
        lag_ms, unexplained = estimate_lag(times[followed], features[followed], pursuit.path)
    if unexplained > UNEXPLAINED:
        return PursuitResult(None, unexplained)
    places = _places(pursuit.path, times - lag_ms)  # (N, 2)
    moving = times - lag_ms >= HOLD_MS
    cells: dict[tuple[int, int], list[int]] = defaultdict(list)
    for i in np.flatnonzero(_followed(features, places) & moving):
        column, row = (min(int(np.clip(p, 0, 1) * n), n - 1) for p, n in zip(places[i], CELLS, strict=True))
        cells[column, row].append(int(i))
    taken: list[CalibrationSample] = []
    for number, (_, members) in enumerate(sorted(cells.items())):
        if len(members) < MIN_FRAMES_A_CELL:
            continue
        x, y = (float(value) for value in places[members].mean(axis=0))
        taken += [
            replace(
                open_eyed[i],
                target_id=FIRST_PURSUIT_CELL_ID + number,
                target=(x, y),
                arrived_ms=-math.inf,  # no settle time: the place of the gaze is known while the eyes move
            )
            for i in members
        ]
    return PursuitResult(lag_ms, unexplained, tuple(taken))


def estimate_lag(times_ms: Array, features: Array, path: Sequence[Knot]) -> tuple[float, float]:
    """(lag in ms, r at it). times_ms (N,) since the target came to rest; features (N, D), see step 3."""
    lags = np.arange(0.0, MAX_LAG_MS + LAG_STEP_MS / 2, LAG_STEP_MS)
    unexplained = np.array([_unexplained(features, _places(path, times_ms - lag)) for lag in lags])
    best = int(np.argmin(unexplained))
    shift = 0.0
    if 0 < best < len(lags) - 1:
        before, here, after = unexplained[best - 1 : best + 2]
        curvature = before - 2.0 * here + after
        shift = 0.5 * (before - after) / curvature if curvature > 0 else 0.0
    return float(lags[best] + shift * LAG_STEP_MS), float(unexplained[best])


def _followed(features: Array, places: Array) -> Mask:
    """(N,) bool: frames near the regression on the better half of them, in units of that half's spread."""
    distance = np.linalg.norm(_residuals(features, places), axis=1)  # (N,)
    better = distance <= np.median(distance)
    distance = np.linalg.norm(_residuals(features, places, better), axis=1)
    middle = np.median(distance)
    near: Mask = distance <= middle + OUTLIER_SDS * robust_sd(np.abs(distance - middle))
    return near


def _unexplained(features: Array, places: Array) -> float:
    total = float(((places - places.mean(axis=0)) ** 2).sum())
    return float((_residuals(features, places) ** 2).sum()) / total if total > 0 else 1.0


def _residuals(features: Array, places: Array, fit_on: Mask | None = None) -> Array:
    """(N, 2) residuals of the regression on all rows, or on some."""
    design = np.column_stack([features, np.ones(len(features))])  # (N, D + 1)
    rows = slice(None) if fit_on is None else fit_on
    residuals: Array = places - design @ np.linalg.lstsq(design[rows], places[rows], rcond=None)[0]
    return residuals


def _features(samples: Sequence[CalibrationSample]) -> Array:
    """(N, D) the numbers that follow the gaze; at least a column of zeros."""
    names = [name for name in _FOLLOWED if all(name in sample.blocks for sample in samples)]
    rows = [np.concatenate([np.zeros(1), *(sample.blocks[name] for name in names)]) for sample in samples]
    features: Array = np.nan_to_num(np.stack(rows).astype(np.float64))
    return features


def _places(path: Sequence[Knot], since_ms: Array) -> Array:
    """Places at times: (N,) -> (N, 2)."""
    times, xs, ys = (np.array(column) for column in zip(*path, strict=True))
    return np.column_stack([np.interp(since_ms, times, xs), np.interp(since_ms, times, ys)])


def _eased(u: float) -> float:
    """0 to 1 with a speed that rises and falls linearly over the first and the last EASE."""
    top = 1.0 / (1.0 - EASE)
    if u < EASE:
        return top * u * u / (2.0 * EASE)
    if u > 1.0 - EASE:
        return 1.0 - top * (1.0 - u) ** 2 / (2.0 * EASE)
    return top * (u - EASE / 2.0)
