"""Corrections of an active calibration: a one-target drift offset, and an affine correction from clicks.

A correction moves a predicted point:  p' = p + a + B (p - c),  c the screen's middle. It applies to one calibration and
is never saved with it: drift changes within minutes.

Drift check: a is the offset at one target, B = 0. (Drift during a session is mostly a translation.) A gaze too far from
the target is refused. So is an unsteady one: half of its points must lie within STEADY_DIAGONALS of their median.

Clicks: with residuals r_i at predicted points p_i,

    min over a, B   sum w_i |a + B (p_i - c) - r_i|^2 + K_A |a - drift|^2 + K_B |B|^2
    w_i = WEIGHT 2^(-age_i / HALF_LIFE) min(1, PLACE_CLICKS / n_i) min(1, HUBER / |a + B (p_i - c) - r_i|)

A single click has a small effect, twenty recent clicks a large one, and the effect of old clicks fades. n_i clicks
within PLACE of each other count as PLACE_CLICKS at most: clicks on one button have no information about the rest of the
screen, and the gaze may miss the button each time. Clicks that disagree with the others count less (Huber's weights,
solved PASSES times). The newest MAX_CLICKS are kept, for at most EXPIRES_MS. Measured with correct and wrong clicks:
`python -m server.bench.corrections`, bench/RESULTS.md.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from calibration.screen import Point, ScreenGeometry

MAX_DRIFT_DIAGONALS = 0.12  # at a larger offset, the eyes were elsewhere or the calibration is unusable
STEADY_DIAGONALS = 0.05  # with the eyes on one target, half of the points are nearer to their median even in bad light
MIN_DRIFT_POINTS = 5
MAX_CLICK_DIAGONALS = 0.1  # people look at what they click, but not always
CLICK_WEIGHT = 0.3  # of a calibrated target's weight: a click has only a few frames, and the eyes may be a word ahead
K_A, K_B = 1.0, 1.5
HALF_LIFE_MS = 5 * 60_000.0
EXPIRES_MS = 20 * 60_000.0
MAX_CLICKS = 40
PLACE, PLACE_CLICKS = 0.05, 4.0  # screen units
HUBER, PASSES = 0.04, 4  # screen units: the error of a good calibration
MAX_SHIFT = 0.15  # of the screen, in total; a larger error needs a new calibration


@dataclass(frozen=True, slots=True)
class Correction:
    """`shift` is a, `gain` is B row by row; screen units."""

    shift: Point = (0.0, 0.0)
    gain: tuple[Point, Point] = ((0.0, 0.0), (0.0, 0.0))

    def apply(self, point: Point) -> Point:
        dx, dy = point[0] - 0.5, point[1] - 0.5
        moved = (
            self.shift[0] + self.gain[0][0] * dx + self.gain[0][1] * dy,
            self.shift[1] + self.gain[1][0] * dx + self.gain[1][1] * dy,
        )
        return point[0] + _held(moved[0]), point[1] + _held(moved[1])


@dataclass(frozen=True, slots=True)
class ClickSample:
    """A click at `target`, and the uncorrected prediction of the calibration at that time; screen units."""

    at_ms: float
    target: Point
    predicted: Point


def drift_correction(
    predicted: Sequence[Point], target: Point, screen: ScreenGeometry, before: Correction
) -> Correction | None:
    """predicted: points of the uncorrected calibration while the target was shown.

    None if the gaze was too far from the target, or unsteady: the person did not look at the target, or a new
    calibration is needed.
    """
    if len(predicted) < MIN_DRIFT_POINTS:
        return None
    x, y = (float(value) for value in np.median(np.asarray(predicted), axis=0))
    spread_px = float(np.median([screen.distance_px(point, (x, y)) for point in predicted]))
    if spread_px > STEADY_DIAGONALS * screen.diagonal_px:
        return None
    if screen.distance_px(before.apply((x, y)), target) > MAX_DRIFT_DIAGONALS * screen.diagonal_px:
        return None
    return Correction(shift=(_held(target[0] - x), _held(target[1] - y)))


def agrees(click: ClickSample, screen: ScreenGeometry, correction: Correction) -> bool:
    """Whether the gaze was near enough to the click to use it."""
    here = correction.apply(click.predicted)
    return screen.distance_px(here, click.target) <= MAX_CLICK_DIAGONALS * screen.diagonal_px


def still_valid(clicks: Sequence[ClickSample], now_ms: float) -> tuple[ClickSample, ...]:
    """The newest MAX_CLICKS clicks that have not expired."""
    return tuple(click for click in clicks if now_ms - click.at_ms <= EXPIRES_MS)[-MAX_CLICKS:]


def click_correction(clicks: Sequence[ClickSample], drift: Correction, now_ms: float) -> Correction:
    """The minimum above; `drift` itself without clicks."""
    if not clicks:
        return drift
    ages = np.array([max(now_ms - click.at_ms, 0.0) for click in clicks])  # (N,)
    predicted = np.array([click.predicted for click in clicks])  # (N, 2)
    targets = np.array([click.target for click in clicks])  # (N, 2)
    residuals = targets - predicted  # (N, 2)
    near = np.linalg.norm(targets[:, None] - targets, axis=2) < PLACE  # (N, N)
    before = CLICK_WEIGHT * np.exp2(-ages / HALF_LIFE_MS) * np.minimum(1.0, PLACE_CLICKS / near.sum(axis=1))  # (N,)
    design = np.column_stack([np.ones(len(clicks)), predicted - 0.5])  # (N, 3)
    prior = np.array([drift.shift, (0.0, 0.0), (0.0, 0.0)])  # (3, 2)
    strength = np.diag([K_A, K_B, K_B])
    solved = prior
    for _ in range(PASSES):
        off = np.linalg.norm(design @ solved - residuals, axis=1)  # (N,)
        weighted = design * (before * np.minimum(1.0, HUBER / np.maximum(off, 1e-9)))[:, None]
        solved = np.linalg.solve(design.T @ weighted + strength, weighted.T @ residuals + strength @ prior)  # (3, 2)
    (ax, ay), (xx, xy), (yx, yy) = solved.tolist()
    return Correction(shift=(ax, ay), gain=((xx, yx), (xy, yy)))


def _held(value: float) -> float:
    return min(max(value, -MAX_SHIFT), MAX_SHIFT) if math.isfinite(value) else 0.0
