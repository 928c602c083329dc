"""The error model: the expected error of a calibration, and of one frame at one place.

With T targets of n frames each:

1. The map. Its error at features x is sigma sqrt(v(x)), with v of the staged ridge (`ridge.Spread`); sigma is the mean
   standardised error of left-out targets (`Mixture.standardised_px`), v_l the typical v at one of them. For normal
   errors in two dimensions, the median is 0.94 of the mean. Left-out targets are mostly corners, to which the other
   targets must extrapolate. This effect grows with fewer targets, and three targets only determine an affine map:

    map = f sigma sqrt(v_l),    f = 0.94 (1 - 3/T)

2. The noise. Single frames of a target vary by s around their mean (root of the variance in x and y). A single frame
   elsewhere has all of this noise. The error of a left-out mean has s^2 / n, of which step 1 has kept f^2. Half of
   normal noise is below 0.83 s:

    noise = 0.83 s sqrt(1 - f^2 / n),    median = hypot(map, noise)

   An error that all frames of a target share is part of step 1, because left-out targets show it. With one frame for
   each target, s is unknown. In rendered people s is 0.75 to 1.05 of the median, so 0.9 is assumed.
3. A frame's radius, which is expected to hold 68 % of the frames, is 1.28 times the median of normal errors. The map's
   part follows the ridge's variance, which grows with the distance from the calibration's features (a turned or moved
   head, another light, a corner). `typical` is the variance on the screen with the head as in the calibration:

    radius(x) = 1.28 hypot(map sqrt(v(x) / typical), noise),    typical = TYPICAL (1 - 3/T) v_l

4. The radius is larger near targets with large errors, and smaller near targets with small errors (`place_factor`).

Only TYPICAL was fitted to sessions (`python -m calibration.bench coverage`). bench/RESULTS.md has the predicted and the
true errors.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from calibration.mapping.mixture import Mixture
from calibration.samples.sample import Blocks
from calibration.samples.selection import TargetMean
from calibration.screen import ScreenGeometry

TYPICAL = 1.09
MEDIAN_OF_MEAN = math.sqrt(2.0 * math.log(2.0)) / math.sqrt(math.pi / 2.0)  # 0.94, of a Rayleigh distribution
NOISE_MEDIAN = math.sqrt(math.log(2.0))  # 0.83, of normal noise with a total variance of 1 in two dimensions
COVERED = 0.68
RADIUS_OF_MEDIAN = math.sqrt(math.log(1.0 - COVERED) / math.log(0.5))  # 1.28, of a Rayleigh distribution
AFFINE_TARGETS = 3.0
LEAST_LEFT = 0.25  # of 1 - 3/T: its value for four targets; with three, it would be 0
UNSEEN_NOISE = 0.9  # of the median, if no target has two frames
UNKNOWN_DIAGONALS = 0.05  # median error of rendered and, by others' reports, of real people, over the diagonal
SMOOTHING_DIAGONALS = 0.2  # smooths errors over about a third of the screen; nine targets have no finer detail
ENOUGH_FRAMES = 6  # of a target, for its noise; more would take a third of the fit's time without benefit
PLACE_PRIOR = 2.0  # the average counts like two targets at the same place
MAX_GROWTH = 6.0  # of the radius over the typical one; beyond that, the status reports a stale calibration


@dataclass(frozen=True, slots=True)
class ExpectedError:
    """median_px: half of all frames are expected to be nearer. radius_px: 68 %, with the head as in the calibration.

    The other fields are for `at`:  radius = sqrt(sigma_px^2 v + noise_px^2), which is radius_px for a typical v.
    """

    median_px: float
    radius_px: float
    sigma_px: float
    noise_px: float
    typical: float

    def at(self, variance: float) -> float:
        """The radius for a frame whose prediction has this variance (`RidgeModel.variance`). nan: the typical radius;
        inf: the largest."""
        if math.isnan(variance):
            return self.radius_px
        if math.isinf(variance):
            return MAX_GROWTH * self.radius_px
        return min(math.hypot(self.sigma_px * math.sqrt(variance), self.noise_px), MAX_GROWTH * self.radius_px)


def expected_error(model: Mixture, means: Sequence[TargetMean], screen: ScreenGeometry) -> ExpectedError:
    """The expected error of a fit on these targets. With fewer than three targets, or without left-out errors, it is
    the usual error of people."""
    spread, standardised_px = model.staged.ridge.spread, model.standardised_px(screen)
    doubtful = model.staged.ridge.doubtful
    sigma_px = float(np.mean([px for i, px in enumerate(standardised_px) if i not in doubtful] or [0.0]))
    if spread is None or len(means) < AFFINE_TARGETS or not sigma_px > 0.0:
        usual_px = UNKNOWN_DIAGONALS * screen.diagonal_px
        return ExpectedError(usual_px, 1.5 * usual_px, 0.0, 1.5 * usual_px, 0.0)
    left = max(1.0 - AFFINE_TARGETS / len(means), LEAST_LEFT)
    f = MEDIAN_OF_MEAN * left
    map_px = f * sigma_px * math.sqrt(spread.typical)
    frame_noise = frame_noise_px(model, means, screen)
    if frame_noise is not None:
        n_frames = float(np.mean([max(len(mean.frames), 1) for mean in means]))
        noise_px = NOISE_MEDIAN * frame_noise * math.sqrt(1.0 - f**2 / n_frames)
    else:  # a share of median^2 = map^2 + noise^2
        share = (NOISE_MEDIAN * UNSEEN_NOISE) ** 2 * (1.0 - f**2)
        noise_px = map_px * math.sqrt(share / (1.0 - share))
    median_px, typical = math.hypot(map_px, noise_px), TYPICAL * left * spread.typical
    return ExpectedError(
        median_px=median_px,
        radius_px=RADIUS_OF_MEDIAN * median_px,
        sigma_px=RADIUS_OF_MEDIAN * map_px / math.sqrt(typical),
        noise_px=RADIUS_OF_MEDIAN * noise_px,
        typical=typical,
    )


def frame_noise_px(model: Mixture, means: Sequence[TargetMean], screen: ScreenGeometry) -> float | None:
    """s, the standard deviation of single frames' predictions around the mean of their target; None with single frames.

    s^2 = sum_t sum_f |p_tf - mean_f p_tf|^2 / sum_t (n_t - 1).
    """
    squares, degrees = 0.0, 0
    size_px = np.array([screen.width_px, screen.height_px])
    for mean in means:
        if len(mean.frames) < 2:
            continue
        points = np.array([model.predict(blocks) for blocks in some_frames(mean)]) * size_px  # (F, 2)
        squares += float(((points - points.mean(axis=0)) ** 2).sum())
        degrees += len(points) - 1
    return math.sqrt(squares / degrees) if degrees else None


def some_frames(mean: TargetMean) -> Sequence[Blocks]:
    """At most ENOUGH_FRAMES frames of a target, spread from its beginning to its end."""
    n = len(mean.frames)
    return mean.frames if n <= ENOUGH_FRAMES else [mean.frames[i * n // ENOUGH_FRAMES] for i in range(ENOUGH_FRAMES)]


class MeasuredTarget(Protocol):
    """A target in screen units, and its left-out error over the error expected there."""

    @property
    def x(self) -> float: ...
    @property
    def y(self) -> float: ...
    @property
    def relative_error(self) -> float: ...


def error_radius_px(
    x: float,
    y: float,
    targets: Sequence[MeasuredTarget],
    expected: ExpectedError,
    screen: ScreenGeometry,
    variance: float = math.nan,
) -> float:
    """The radius around a place (screen units) that is expected to hold 68 % of the frames, pixels.

    variance: `RidgeModel.variance` of the frame. It grows with the distance of the head from the calibrated poses.
    """
    return place_factor(x, y, targets, screen) * expected.at(variance)


def place_factor(x: float, y: float, targets: Sequence[MeasuredTarget], screen: ScreenGeometry) -> float:
    """The expected error at a place (screen units) over its average, from the targets' relative errors r_i.

    (sum w_i r_i + PLACE_PRIOR) / (sum w_i + PLACE_PRIOR), w_i = exp(-d_i^2 / 2 s^2), s a fifth of the diagonal.
    """
    spread = SMOOTHING_DIAGONALS * screen.diagonal_px
    total, weights = PLACE_PRIOR, PLACE_PRIOR
    for target in targets:
        weight = math.exp(-0.5 * (screen.distance_px((x, y), (target.x, target.y)) / spread) ** 2)
        total, weights = total + weight * target.relative_error, weights + weight
    return total / weights
