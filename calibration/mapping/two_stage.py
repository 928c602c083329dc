"""The default map: a geometric stage, then a ridge regression on its residuals.

A stage is used only if it lowers the left-out error. Three variants are fitted and compared by their mean left-out
error, e:
- population: the geometric stage with the population's values; used unless another variant is clearly better;
- fitted: kappa, gains and the screen's pose fitted to the person; used if e_fitted < 0.7 e_population;
- none: the ridge alone; used if e_none < 0.8 times the better of the others. With a mirrored picture, or a camera that
  is not at the screen, the physics does not hold.
The margins have two reasons. The best of three variants looks better than it is by chance. And the stage helps when
the head moves later, which a calibration with a still head cannot show.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from calibration.mapping.features import DEFAULT_WEIGHTS, NETWORK_BLOCKS
from calibration.mapping.geometry import HEAD_ONLY, POPULATION, Gains, GeometricStage, geometric_stage, poses_of
from calibration.mapping.geometry_fit import fit_geometry
from calibration.mapping.ridge import RidgeModel, fit_features, usable_features, within_reach
from calibration.samples.sample import Blocks
from calibration.samples.selection import TargetMean
from calibration.screen import Point, ScreenGeometry

FITTED_MUST_REACH = 0.7
NONE_MUST_REACH = 0.8
MIN_TARGETS_TO_FIT = 12  # with 9, mostly at the edges, the best extrapolation won but was worse elsewhere


@dataclass(frozen=True, slots=True)
class TwoStageModel:
    """`stage` is None if the geometry is unknown or does not lower the left-out error."""

    stage: GeometricStage | None
    ridge: RidgeModel

    def predict(self, blocks: Blocks) -> tuple[float, float]:
        """The point in screen units, always finite, at most half a screen outside.

        Raises ValueError if a block is missing or has another length than in the fit (other networks).
        """
        point = self.ridge.answer(blocks)
        return within_reach(*(self.stage.to_point(point, blocks) if self.stage is not None else point))

    def left_out_points(self, means: Sequence[TargetMean]) -> list[Point]:
        """The prediction for each target of the fit from the other targets, in closed form. Weights, lambda and the
        stage do not change. `methods.left_out_predictions` chooses them again for each target and takes much longer."""
        errors = self.ridge.left_out
        if errors is None:
            raise ValueError("this model was loaded, not fitted, so its left-out errors are unknown")
        targets = np.array([mean.target for mean in means], np.float64)  # (T, 2)
        points = targets - errors
        if self.stage is not None and (poses := poses_of(means)) is not None:
            points = self.stage.points(self.stage.residuals(targets, poses) - errors, poses)
        return [within_reach(x, y) for x, y in points.tolist()]


def fit_two_stage(
    means: Sequence[TargetMean],
    screen: ScreenGeometry,
    weights: Mapping[str, float] = DEFAULT_WEIGHTS,
    gains: Gains = POPULATION,
) -> TwoStageModel:
    """gains: of the population's geometric stage. Raises ValueError without targets or without a known block."""
    features, weights = usable_features(means, weights)
    targets, poses = np.array([mean.target for mean in means], np.float64), poses_of(means)

    def with_stage(stage: GeometricStage | None) -> TwoStageModel:
        learned = targets if stage is None or poses is None else stage.residuals(targets, poses)
        return TwoStageModel(stage, fit_features(features, learned, screen, weights))

    none = with_stage(None)
    networks = not NETWORK_BLOCKS.isdisjoint(weights)
    population = geometric_stage(means, screen, gains if networks else HEAD_ONLY)
    if population is None:
        return none
    best = with_stage(population)
    fit = fit_geometry(means, screen, gains) if networks and len(means) >= MIN_TARGETS_TO_FIT else None
    if fit is not None:
        fitted = with_stage(fit.stage)
        if fitted.ridge.left_out_px < FITTED_MUST_REACH * best.ridge.left_out_px:
            best = fitted
    if not math.isfinite(best.ridge.left_out_px) or none.ridge.left_out_px < NONE_MUST_REACH * best.ridge.left_out_px:
        return none
    return best
