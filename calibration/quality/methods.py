"""The default method and its baselines by name, and the left-out error of any of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from types import MappingProxyType
from typing import Protocol

from calibration.mapping.features import DEFAULT_WEIGHTS, NETWORK_BLOCKS, without
from calibration.mapping.two_stage import TwoStageModel, fit_two_stage
from calibration.quality.baselines import fit_affine, fit_centre, fit_head_pose, fit_offset
from calibration.samples.sample import Blocks
from calibration.samples.selection import TargetMean
from calibration.screen import Point, ScreenGeometry

DEFAULT_METHOD = "ridge"


class FittedMethod(Protocol):
    """A map from one frame's feature blocks to the screen. Points are finite, at most half a screen outside."""

    def predict(self, blocks: Blocks) -> tuple[float, float]: ...


class Fit(Protocol):
    """Fits a method to one mean for each target (at least one). Raises ValueError without the blocks it needs."""

    def __call__(self, means: Sequence[TargetMean], screen: ScreenGeometry) -> FittedMethod: ...


def fit_ridge_iris(means: Sequence[TargetMean], screen: ScreenGeometry) -> TwoStageModel:
    """The default calibration without a network's features: pixels, iris, eyelids and head rotation remain."""
    return fit_two_stage(means, screen, without(DEFAULT_WEIGHTS, NETWORK_BLOCKS))


METHODS: Mapping[str, Fit] = MappingProxyType(
    {
        "centre": fit_centre,
        "head_pose": fit_head_pose,
        "offset": fit_offset,
        "affine": fit_affine,
        "ridge_iris": fit_ridge_iris,
        "ridge": fit_two_stage,
    }
)


def left_out_predictions(fit: Fit, means: Sequence[TargetMean], screen: ScreenGeometry) -> list[Point]:
    """The prediction for each target by a fit without it. Lambda and weights are also chosen without it.

    Choosing them on the reported targets would make the error too small. Needs at least two targets.
    """
    return [fit([*means[:i], *means[i + 1 :]], screen).predict(mean.blocks) for i, mean in enumerate(means)]


def quick_left_out(fit: Fit, means: Sequence[TargetMean], screen: ScreenGeometry) -> list[Point]:
    """The same in a hundredth of the time, in closed form for the two-stage ridges. Their lambda and weights depend on
    the target, so the error is slightly too small. `calibration.quality.error_model` corrects for it."""
    if fit in (fit_two_stage, fit_ridge_iris):
        fitted = fit(means, screen)
        assert isinstance(fitted, TwoStageModel)
        return fitted.left_out_points(means)
    return left_out_predictions(fit, means, screen)


def baseline_predictions(means: Sequence[TargetMean], screen: ScreenGeometry) -> dict[str, list[Point]]:
    """`quick_left_out` of all methods except the default. Methods without their blocks (no network) are left out."""
    found = {}
    for name, fit in METHODS.items():
        if name != DEFAULT_METHOD:
            with suppress(ValueError):
                found[name] = quick_left_out(fit, means, screen)
    return found
