"""The default method and its baselines by name, and the left-out error of any of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from types import MappingProxyType
from typing import Protocol

import numpy as np

from calibration.arrays import Array
from calibration.mapping.features import DEFAULT_WEIGHTS, NETWORK_BLOCKS, without
from calibration.mapping.mixture import Mixture, fit_mixture
from calibration.mapping.ray_affine import MIN_TARGETS, RayAffine, fit_ray_affine
from calibration.mapping.two_stage import TwoStageModel, fit_two_stage
from calibration.quality.baselines import RayOffset, fit_affine, fit_centre, fit_head_pose, fit_offset
from calibration.samples.sample import Blocks
from calibration.samples.selection import TargetMean
from calibration.screen import Point, ScreenGeometry

DEFAULT_METHOD = "mixture"


class FittedMethod(Protocol):
    """A map from one frame's feature blocks to the screen. Points are finite, at most half a screen outside."""

    def predict(self, blocks: Blocks) -> tuple[float, float]: ...


class Fit(Protocol):
    """Fits a method to one mean for each target (at least one). Raises ValueError without the blocks it needs."""

    def __call__(self, means: Sequence[TargetMean], screen: ScreenGeometry) -> FittedMethod: ...


def fit_ray(means: Sequence[TargetMean], screen: ScreenGeometry) -> RayAffine | RayOffset:
    """The corrected line of sight. With fewer than three targets: the offset."""
    return fit_ray_affine(means, screen) if len(means) >= MIN_TARGETS else fit_offset(means, screen)


def fit_ridge_iris(means: Sequence[TargetMean], screen: ScreenGeometry) -> TwoStageModel:
    """The staged ridge without a network's features: pixels, iris, eyelids and head rotation remain."""
    return fit_two_stage(means, screen, without(DEFAULT_WEIGHTS, NETWORK_BLOCKS))


METHODS: Mapping[str, Fit] = MappingProxyType(
    {
        "centre": fit_centre,
        "head_pose": fit_head_pose,
        "offset": fit_offset,
        "affine": fit_affine,
        "ray_affine": fit_ray,
        "ridge_iris": fit_ridge_iris,
        "ridge": fit_two_stage,
        DEFAULT_METHOD: fit_mixture,
    }
)


def left_out_predictions(fit: Fit, means: Sequence[TargetMean], screen: ScreenGeometry) -> list[Point]:
    """The prediction for each target by a fit without it. Lambda and weights are also chosen without it.

    Choosing them on the reported targets would make the error too small. Needs at least two targets.
    """
    return [fit([*means[:i], *means[i + 1 :]], screen).predict(mean.blocks) for i, mean in enumerate(means)]


def quick_left_out(fit: Fit, means: Sequence[TargetMean], screen: ScreenGeometry) -> list[Point]:
    """The same in a hundredth of the time, in closed form where the method has one. Each fit keeps its lambda and
    weights, chosen by the errors of the other targets."""
    fitted = fit(means, screen)
    if isinstance(fitted, Mixture | TwoStageModel | RayAffine):
        return points_of(means, fitted.left_out)
    return left_out_predictions(fit, means, screen)


def points_of(means: Sequence[TargetMean], left_out: Array) -> list[Point]:
    """The left-out prediction for each target, from its error (T, 2)."""
    if len(left_out) != len(means):
        raise ValueError("this model was loaded, not fitted, so its left-out errors are unknown")
    points = np.array([mean.target for mean in means], np.float64) - left_out  # (T, 2)
    return [(x, y) for x, y in points.tolist()]


def method_predictions(fitted: Mixture, means: Sequence[TargetMean], screen: ScreenGeometry) -> dict[str, list[Point]]:
    """Method -> the prediction for each target by a fit without it, for the mixture, its members and the baselines.

    Methods without their blocks (no network) are left out.
    """
    found = {}
    for name, fit in METHODS.items():
        if name == DEFAULT_METHOD or name in fitted.weights:
            continue
        with suppress(ValueError):
            found[name] = quick_left_out(fit, means, screen)
    of_members = {member.name: points_of(means, member.left_out) for member in fitted.members}
    return {**found, **of_members, DEFAULT_METHOD: points_of(means, fitted.left_out)}
