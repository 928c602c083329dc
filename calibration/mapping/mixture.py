"""The default map: the mean of several maps that were fitted to the same targets, weighted by their left-out errors.

The members differ in what they know, so their errors differ, too. Each has the head's geometry:
- `ridge`       the staged ridge on all features (`calibration.mapping.two_stage`)
- `ray_affine`  the line of sight of the full-face network, corrected by six numbers (`calibration.mapping.ray_affine`)
- `ridge_iris`  the staged ridge without networks: pixels, irises, eyelids and head

    point(x) = sum_k w_k point_k(x),    w by `calibration.mapping.mixing`

With earlier sessions of the person, there are two more:
- `ridge_pooled`       the staged ridge on all sessions (`calibration.mapping.pooled`)
- `ray_affine_pooled`  the corrected line of sight of all sessions

The left-out error of a target is that of the same sum: the members' predictions from the other targets, with the
weights that the other targets' errors give. So report, radius and comparisons use one set of numbers.
Targets that the staged ridge doubts are left out of all members and of the weights.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field

import numpy as np

from calibration.arrays import Array, no_errors
from calibration.mapping.features import DEFAULT_WEIGHTS, NETWORK_BLOCKS, without
from calibration.mapping.mixing import mixing_weights, nested_weights
from calibration.mapping.pooled import fit_pooled
from calibration.mapping.ray_affine import RayAffine, fit_ray_affine
from calibration.mapping.ridge_fit import DOUBTFUL
from calibration.mapping.two_stage import TwoStageModel, fit_two_stage
from calibration.samples.sample import Blocks
from calibration.samples.selection import TargetMean
from calibration.screen import ScreenGeometry

AFFINE_TARGETS = 3.0
LEAST_LEFT = 0.25  # of 1 - 3/T: its value for four targets; with three, it would be 0
MIN_TARGETS = 3  # with fewer, all errors are unknown
POOLED = "_pooled"
# What the maps of several sessions need.
POOLED_BLOCKS = frozenset({*DEFAULT_WEIGHTS, "head_translation"})

# The usual square error of a member over that of the staged ridge, with the same targets.
VARIANCES = {"ridge": 1.0, "ray_affine": 1.4, "ridge_iris": 1.4, "ridge_pooled": 1.3, "ray_affine_pooled": 1.8}
# A fit to n targets has about 1 + NUMBERS / n times the square error of a fit to many. A target of an earlier session
# is worth less than one of today. (Simulated people who come back: halves and doubles of both change it by 2 %.)
NUMBERS, EARLIER_SHARE = 10.0, 1.0 / 3.0


@dataclass(frozen=True, slots=True)
class Member:
    """One map of the mixture. left_out: (T, 2) screen units, each target minus its prediction from the others."""

    name: str
    weight: float
    model: TwoStageModel | RayAffine
    left_out: Array = field(default_factory=no_errors)


@dataclass(frozen=True, slots=True)
class Mixture:
    """The members, the staged ridge first. left_out: (T, 2) screen units, of the mixture; empty after loading."""

    members: tuple[Member, ...]
    left_out: Array = field(default_factory=no_errors)

    def predict(self, blocks: Blocks) -> tuple[float, float]:
        """The point in screen units, always finite, at most half a screen outside.

        Raises ValueError if a block is missing or has another length than in the fit (other networks).
        """
        x = y = 0.0
        for member in self.members:
            if member.weight > 0.0:
                member_x, member_y = member.model.predict(blocks)
                x, y = x + member.weight * member_x, y + member.weight * member_y
        return x, y

    @property
    def staged(self) -> TwoStageModel:
        """The staged ridge, whose variance shows how far a frame is from the calibration."""
        model = self.members[0].model
        assert isinstance(model, TwoStageModel)
        return model

    def standardised_px(self, screen: ScreenGeometry) -> Array:
        """(T,) length of each left-out error over the root of its variance in the staged ridge: a corner, which is far
        from the other targets, counts less. Doubtful targets have DOUBTFUL times the mean. Empty after loading."""
        variance = self.staged.ridge.left_out_variance
        lengths = np.linalg.norm(self.left_out * (screen.width_px, screen.height_px), axis=1)
        known = np.isfinite(variance)
        errors = np.zeros(len(lengths))
        errors[known] = lengths[known] / np.sqrt(variance[known])
        errors[~known] = DOUBTFUL * errors[known].mean() if known.any() else 0.0
        return errors

    @property
    def pooled_share(self) -> float:
        """The weight of the maps of all sessions."""
        return sum(member.weight for member in self.members if member.name.endswith(POOLED))

    @property
    def weights(self) -> dict[str, float]:
        """Member -> weight."""
        return {member.name: member.weight for member in self.members}


def fit_mixture(
    means: Sequence[TargetMean], screen: ScreenGeometry, earlier: Sequence[Sequence[TargetMean]] = ()
) -> Mixture:
    """earlier: the targets of the person's earlier sessions, a sequence for each session.

    Raises ValueError without targets or without a known block. Members that lack their blocks are left out.
    """
    staged = fit_two_stage(means, screen)
    kept = [i for i in range(len(means)) if i not in staged.ridge.doubtful]
    used = [means[i] for i in kept]
    models: dict[str, TwoStageModel | RayAffine] = {"ridge": staged}
    if len(used) >= MIN_TARGETS:
        with suppress(ValueError):
            models["ray_affine"] = fit_ray_affine(used, screen)
        if not NETWORK_BLOCKS.isdisjoint(staged.ridge.weights):
            with suppress(ValueError):
                models["ridge_iris"] = fit_two_stage(used, screen, without(DEFAULT_WEIGHTS, NETWORK_BLOCKS))
        if alike := _alike(used, earlier):
            with suppress(ValueError):
                models["ridge_pooled"] = fit_pooled(used, alike, screen, staged=staged.stage is not None)
            with suppress(ValueError):
                models["ray_affine_pooled"] = fit_ray_affine(used, screen, alike)
    left_out = {
        name: model.left_out if model is staged else _of_all(model, means, kept) for name, model in models.items()
    }
    return _mixed(models, left_out, kept, screen, n_earlier=sum(map(len, earlier)))


def _mixed(
    models: Mapping[str, TwoStageModel | RayAffine],
    left_out: Mapping[str, Array],
    kept: Sequence[int],
    screen: ScreenGeometry,
    *,
    n_earlier: int,
) -> Mixture:
    """The mixture of fitted models. left_out: (T, 2) of each; kept: the targets that decide on the weights."""
    errors = np.stack(list(left_out.values()))  # (K, T, 2)
    errors_px = errors[:, kept] * (screen.width_px, screen.height_px)
    variances = []
    for k, name in enumerate(models):
        others = n_earlier if name.endswith(POOLED) else 0
        errors_px[k] *= 1.0 if others else _elsewhere(len(kept))
        variances.append(VARIANCES[name] * (1.0 + NUMBERS / (len(kept) + EARLIER_SHARE * others)))
    weights = mixing_weights(errors_px, variances)
    of_targets = np.tile(weights, (errors.shape[1], 1))  # (T, K)
    if len(kept) > 1:
        of_targets[kept] = nested_weights(errors_px, variances)
    members = [
        Member(name, float(weight), model, left_out[name])
        for (name, model), weight in zip(models.items(), weights, strict=True)
    ]
    return Mixture(tuple(members), np.einsum("tk,kti->ti", of_targets, errors))


def _elsewhere(n_targets: int) -> float:
    """The error of a map of one session elsewhere on the screen over that of left-out targets. Those are mostly at its
    edges, to which a fit to few others extrapolates (`quality.error_model`, step 1). Maps of several sessions do so
    less."""
    return math.sqrt(max(1.0 - AFFINE_TARGETS / n_targets, LEAST_LEFT))


def _alike(used: Sequence[TargetMean], earlier: Sequence[Sequence[TargetMean]]) -> list[Sequence[TargetMean]]:
    """The sessions whose features have the blocks of today's: other networks have others."""
    shapes = {name: values.shape for name, values in used[0].blocks.items() if name in POOLED_BLOCKS}
    return [
        session
        for session in earlier
        if session
        and all(
            name in mean.blocks and mean.blocks[name].shape == shape and np.isfinite(mean.blocks[name]).all()
            for mean in session
            for name, shape in shapes.items()
        )
    ]


def _of_all(model: TwoStageModel | RayAffine, means: Sequence[TargetMean], kept: Sequence[int]) -> Array:
    """(T, 2) the left-out errors of a model that was fitted to the kept targets; the others are left out anyway."""
    errors = np.empty((len(means), 2))
    errors[list(kept)] = model.left_out
    for i in set(range(len(means))) - set(kept):
        errors[i] = np.subtract(means[i].target, model.predict(means[i].blocks))
    return errors
