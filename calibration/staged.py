"""The default calibration: the geometric stage, then the ridge on what it leaves."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from calibration.blocks import DEFAULT_WEIGHTS, NETWORK_BLOCKS
from calibration.gating import TargetMean
from calibration.geometry import EYE_GAIN, GeometricStage, geometric_stage
from calibration.ridge import RidgeModel, fit_ridge, within_reach
from calibration.samples import Blocks
from calibration.screen import ScreenGeometry

# The stage stays unless the left-out targets are this much better without it: with a mirrored picture, or a camera
# that is not at the screen, its physics does not hold.
DROPPED_BELOW = 0.85


@dataclass(frozen=True, slots=True)
class StagedModel:
    """`stage` is None where the geometry is not known or did not earn its place."""

    stage: GeometricStage | None
    ridge: RidgeModel

    def predict(self, blocks: Blocks) -> tuple[float, float]:
        """Screen units, always finite, at most half a screen outside.

        Raises ValueError when a block is missing or has another length than in the fit (other networks).
        """
        point = self.ridge.answer(blocks)
        return within_reach(*(self.stage.to_point(point, blocks) if self.stage is not None else point))


def fit_staged(
    means: Sequence[TargetMean], screen: ScreenGeometry, weights: Mapping[str, float] = DEFAULT_WEIGHTS
) -> StagedModel:
    """Raises ValueError without targets or without a known block."""
    plain = fit_ridge(means, screen, weights)
    learned = not NETWORK_BLOCKS.isdisjoint(weights)
    stage = geometric_stage(means, screen, EYE_GAIN if learned else 0.0)
    if stage is None:
        return StagedModel(None, plain)
    residuals = [replace(mean, target=stage.to_residual(mean.target, mean.blocks)) for mean in means]
    ridge = fit_ridge(residuals, screen, weights)
    if not np.isfinite(ridge.left_out_px) or plain.left_out_px < DROPPED_BELOW * ridge.left_out_px:
        return StagedModel(None, plain)
    return StagedModel(stage, ridge)
