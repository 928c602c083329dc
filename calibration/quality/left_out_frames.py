"""The frames of one target under a fit without it: how their points scatter, and the variance of their prediction."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from calibration.arrays import Array
from calibration.mapping.mixture import Mixture
from calibration.samples.sample import Blocks
from calibration.samples.selection import TargetMean

ENOUGH_FRAMES = 6  # of a target, for its noise; more would take a third of the fit's time without benefit
LEAST_VARIANCE = 0.2  # of a frame, over that of its target's mean


@dataclass(frozen=True, slots=True, eq=False)
class LeftOutFrames:
    """The frames of one target, F of them and as many of its outliers.

    deviations_px: (F, 2) of their points from the mean point of those that are no outliers; variances: (F,) v without
    the target; weights: (F,), sum 1. n_used: frames in the target's mean. scatter_sq: sum of the square deviations of
    those that are no outliers, with this many degrees of freedom.
    """

    deviations_px: Array
    variances: Array
    weights: Array
    n_used: int
    scatter_sq: float
    degrees: int


def left_out_frames(model: Mixture, mean: TargetMean, left_out_variance: float, size_px: Array) -> LeftOutFrames:
    """left_out_variance: of the target's mean. With and without the target, a frame exceeds it by the same."""
    frames, outliers = some_frames(mean) or [mean.blocks], mean.outliers[:ENOUGH_FRAMES]
    n, n_used, n_outliers = len(frames), max(len(mean.frames), 1), len(mean.outliers)
    shown = [*frames, *outliers]
    points = np.array([model.predict(blocks) for blocks in shown]) * size_px  # (F, 2)
    points -= points[:n].mean(axis=0)
    ridge, share = model.staged.ridge, n_used / (n_used + n_outliers)
    variances = left_out_variance - ridge.variance(mean.blocks) + np.array([ridge.variance(one) for one in shown])
    return LeftOutFrames(
        deviations_px=points,
        variances=np.maximum(variances, LEAST_VARIANCE * left_out_variance),
        weights=np.array([share / n] * n + [(1.0 - share) / max(len(outliers), 1)] * len(outliers)),
        n_used=n_used,
        scatter_sq=float((points[:n] ** 2).sum()),
        degrees=n - 1,
    )


def with_fixated_frames(targets: Sequence[LeftOutFrames], moving: Sequence[bool]) -> list[LeftOutFrames]:
    """The targets, with those that moved as if the eyes had rested on them: their frames scatter as those of all the
    others, and v is their median.

    Within a cell of the screen, the gaze follows the target, and it jumps where it has fallen behind: later frames of
    eyes that rest have no such scatter. Without a target that rested, all stay as they are.
    """
    rested = [target for target, moved in zip(targets, moving, strict=True) if not moved]
    if not rested:
        return list(targets)
    deviations_px = np.concatenate([target.deviations_px for target in rested])
    weights = np.concatenate([target.weights for target in rested]) / len(rested)
    return [
        replace(
            target,
            deviations_px=deviations_px,
            variances=np.full(len(weights), np.median(target.variances)),
            weights=weights,
            scatter_sq=0.0,
            degrees=0,
        )
        if moved
        else target
        for target, moved in zip(targets, moving, strict=True)
    ]


def some_frames(mean: TargetMean) -> Sequence[Blocks]:
    """At most ENOUGH_FRAMES frames of a target, spread from its beginning to its end."""
    n = len(mean.frames)
    return mean.frames if n <= ENOUGH_FRAMES else [mean.frames[i * n // ENOUGH_FRAMES] for i in range(ENOUGH_FRAMES)]
