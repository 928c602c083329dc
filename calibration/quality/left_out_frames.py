"""The frames of one target under a fit without it: how their points scatter, and the variance of their prediction."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from calibration.arrays import Array
from calibration.mapping.mixture import Mixture
from calibration.samples.sample import Blocks
from calibration.samples.selection import TargetMean
from calibration.screen import Point

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
    frames, outliers = some_frames(mean) or [(mean.blocks, (0.0, 0.0))], some_outliers(mean)
    n, n_used, n_outliers = len(frames), max(len(mean.frames), 1), len(mean.outliers)
    shown = [blocks for blocks, _ in (*frames, *outliers)]
    points = np.array([model.predict(blocks) for blocks in shown]) * size_px  # (F, 2)
    points -= np.array([away for _, away in (*frames, *outliers)]) * size_px
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


def some_frames(mean: TargetMean) -> list[tuple[Blocks, Point]]:
    """At most ENOUGH_FRAMES frames of a target, spread from its beginning to its end, and how far the eyes are from
    the target, which may move."""
    n = len(mean.frames)
    chosen = range(n) if n <= ENOUGH_FRAMES else [i * n // ENOUGH_FRAMES for i in range(ENOUGH_FRAMES)]
    return [(mean.frames[i], mean.away[i] if mean.away else (0.0, 0.0)) for i in chosen]


def some_outliers(mean: TargetMean) -> list[tuple[Blocks, Point]]:
    """The first ENOUGH_FRAMES outliers, as `some_frames`."""
    away = mean.away[len(mean.frames) :] or ((0.0, 0.0),) * len(mean.outliers)
    return list(zip(mean.outliers, away, strict=True))[:ENOUGH_FRAMES]
