"""The default map: a geometric stage, then a ridge regression on its residuals.

A stage is used only if it lowers the left-out error. Three variants are fitted and compared by their mean left-out
error, e, in the units of the ridge:
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
from dataclasses import dataclass, field, replace

import numpy as np

from calibration.arrays import Array, no_errors
from calibration.mapping.features import DEFAULT_WEIGHTS, NETWORK_BLOCKS
from calibration.mapping.geometry import HEAD_ONLY, POPULATION, Gains, GeometricStage, geometric_stage, poses_of
from calibration.mapping.geometry_fit import fit_geometry
from calibration.mapping.ridge import RidgeModel, within_reach
from calibration.mapping.ridge_fit import fit_features, usable_features
from calibration.samples.sample import Blocks
from calibration.samples.selection import TargetMean
from calibration.screen import ScreenGeometry

FITTED_MUST_REACH = 0.7
NONE_MUST_REACH = 0.8
MIN_TARGETS_TO_FIT = 12  # with 9, mostly at the edges, the best extrapolation won but was worse elsewhere


@dataclass(frozen=True, slots=True)
class TwoStageModel:
    """`stage` is None if the geometry is unknown or does not lower the left-out error.

    left_out: (T, 2) screen units, each target minus its prediction from the others in closed form. Weights, lambda and
    the variant are chosen without its error (`methods.left_out_predictions` also fits each choice without the target
    and takes much longer). Empty after loading.
    """

    stage: GeometricStage | None
    ridge: RidgeModel
    left_out: Array = field(default_factory=no_errors)

    def predict(self, blocks: Blocks) -> tuple[float, float]:
        """The point in screen units, always finite, at most half a screen outside.

        Raises ValueError if a block is missing or has another length than in the fit (other networks).
        """
        point = self.ridge.answer(blocks)
        return within_reach(*(self.stage.to_point(point, blocks) if self.stage is not None else point))


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
        if stage is None or poses is None:
            ridge = fit_features(features, targets, screen, weights)
            return TwoStageModel(None, ridge, missed(targets, targets - ridge.left_out))
        learned = stage.residuals(targets, poses)
        ridge = fit_features(features, learned, screen, weights)
        return TwoStageModel(stage, ridge, missed(targets, stage.points(learned - ridge.left_out, poses)))

    none = with_stage(None)
    networks = not NETWORK_BLOCKS.isdisjoint(weights)
    population = geometric_stage(means, screen, gains if networks else HEAD_ONLY)
    if population is None:
        return none
    variants = [with_stage(population), none]
    if networks and len(means) >= MIN_TARGETS_TO_FIT and (fit := fit_geometry(means, screen, gains)) is not None:
        variants.append(with_stage(fit.stage))
    chosen = _choice(variants, screen)
    left_out = [variants[_choice(variants, screen, without=i)].left_out[i] for i in range(len(means))]
    return replace(variants[chosen], left_out=np.stack(left_out))


def _choice(variants: Sequence[TwoStageModel], screen: ScreenGeometry, without: int | None = None) -> int:
    """The index of the variant to use: of population, none and, if it was tried, fitted.

    without: a target whose error has no say.
    """
    population, none, *fitted = [_mean_px(variant.ridge, screen, without) for variant in variants]
    best, index = population, 0
    if fitted and fitted[0] < FITTED_MUST_REACH * best:
        best, index = fitted[0], 2
    return 1 if not math.isfinite(best) or none < NONE_MUST_REACH * best else index


def _mean_px(ridge: RidgeModel, screen: ScreenGeometry, without: int | None) -> float:
    """Mean length of the left-out errors of the targets in the fit."""
    used = np.array([i not in ridge.doubtful and i != without for i in range(len(ridge.left_out))])
    lengths = np.linalg.norm(ridge.left_out[used] * (screen.width_px, screen.height_px), axis=1)
    return float(lengths.sum() / max(len(lengths), 1))


def missed(targets: Array, points: Array) -> Array:
    """(T, 2) targets minus predictions, whose points are at most half a screen outside."""
    return targets - [within_reach(x, y) for x, y in points.tolist()]
