"""The baselines of a calibration, each as a function from target means to a fitted method."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from calibration.arrays import Array
from calibration.mapping.ray_affine import ray_on_screen
from calibration.mapping.ridge import within_reach
from calibration.samples.sample import Blocks
from calibration.samples.selection import TargetMean
from calibration.screen import ScreenGeometry

TINY_RIDGE = 1e-3  # of the standardised columns' sum of squares; it only keeps the solution finite


@dataclass(frozen=True, slots=True)
class Constant:
    """Always the same point."""

    point: tuple[float, float] = (0.5, 0.5)

    def predict(self, blocks: Blocks) -> tuple[float, float]:
        del blocks  # by definition
        return self.point


@dataclass(frozen=True, slots=True)
class Linear:
    """A linear map of a few concatenated blocks. centre, spread: (D,); coefficients: (D, 2); origin: (2,)."""

    names: tuple[str, ...]
    centre: Array
    spread: Array
    coefficients: Array
    origin: Array

    def predict(self, blocks: Blocks) -> tuple[float, float]:
        features = (concatenated(blocks, self.names) - self.centre) / self.spread
        point = self.origin + features @ self.coefficients
        return within_reach(float(point[0]), float(point[1]))


@dataclass(frozen=True, slots=True)
class RayOffset:
    """The line of sight on an assumed screen, with a constant offset that corrects the assumption."""

    screen: ScreenGeometry
    offset: tuple[float, float]

    def predict(self, blocks: Blocks) -> tuple[float, float]:
        x, y = ray_on_screen(blocks, self.screen)
        return within_reach(x + self.offset[0], y + self.offset[1])


def fit_centre(means: Sequence[TargetMean], screen: ScreenGeometry) -> Constant:
    """Always the middle of the screen."""
    del means, screen
    return Constant()


def fit_head_pose(means: Sequence[TargetMean], screen: ScreenGeometry) -> Linear | Constant:
    """Linear regression on head rotation and translation. With fewer than three targets: the centre."""
    if len(means) < 3:
        return fit_centre(means, screen)
    return fit_linear(means, ("head_rotation", "head_translation"))


def fit_offset(means: Sequence[TargetMean], screen: ScreenGeometry) -> RayOffset:
    """The network's gaze ray on the screen plane, plus the mean offset over targets (0 without targets)."""
    if not means:
        return RayOffset(screen, (0.0, 0.0))
    errors = [np.subtract(mean.target, ray_on_screen(mean.blocks, screen)) for mean in means]
    dx, dy = np.mean(errors, axis=0)
    return RayOffset(screen, (float(dx), float(dy)))


def fit_affine(means: Sequence[TargetMean], screen: ScreenGeometry) -> Linear | RayOffset:
    """An affine map of the network's gaze angles, six numbers. With fewer than three targets: the offset."""
    if len(means) < 3:
        return fit_offset(means, screen)
    return fit_linear(means, ("gaze_angles",))


def fit_linear(means: Sequence[TargetMean], names: tuple[str, ...]) -> Linear:
    """Least squares on standardised columns with a tiny ridge, (X^T X + lambda I)^-1 X^T Y."""
    features = np.stack([concatenated(mean.blocks, names) for mean in means])  # (T, D)
    targets = np.array([mean.target for mean in means], np.float64)  # (T, 2)
    centre, spread = features.mean(axis=0), np.maximum(features.std(axis=0), 1e-6)
    x = (features - centre) / spread
    gram = x.T @ x + TINY_RIDGE * len(x) * np.eye(x.shape[1])
    coefficients = np.linalg.solve(gram, x.T @ (targets - targets.mean(axis=0)))  # (D, 2)
    return Linear(names, centre, spread, coefficients, targets.mean(axis=0))


def concatenated(blocks: Blocks, names: tuple[str, ...]) -> Array:
    """(D,) the named blocks, concatenated. Numbers that are not finite count as 0.

    Raises ValueError if a block is missing.
    """
    missing = [name for name in names if name not in blocks]
    if missing:
        raise ValueError(f"the feature blocks {missing} are missing")
    return np.nan_to_num(np.concatenate([blocks[name] for name in names]).astype(np.float64), posinf=0.0, neginf=0.0)
