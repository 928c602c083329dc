"""How large an error to announce: for a calibration as a whole, and for one frame at one place.

1. The ridge knows how sure it is: sigma sqrt(v(x)) at features x (`ridge.Spread`), sigma from the left-out targets. v
   grows with the distance from what was calibrated: a turned or moved head, another light, a corner.
2. A single frame is noisier than the mean of a target's n frames. s^2, the variance of single frames' answers around
   their target's mean answer, counts (1 - 1/n) times on top; and by half only, since the left-out errors hold a part
   of it already (rendered people, two frames a dot: all of it announces 9 % too much, none of it 5 % too little).
3. Left-out targets of few are mostly corners, which the others must extrapolate to. The fewer targets, the more that
   overstates the error elsewhere: factor(T) = a (1 - b / T), measured on rendered people (`calibration.bench`).
4. What is announced is drawn towards the population's error p by the weight of PRIOR_TARGETS targets, in logarithms:

    m = sqrt(factor_m(T)^2 sigma^2 v_typical + (0.83 s / 2)^2),   median = m^k p^(1 - k),   k = T / (T + PRIOR_TARGETS)
    radius(x) = median / m sqrt(factor_r(T)^2 sigma^2 v(x) + (1.07 s / 2)^2), within which 68 % of frames are expected

5. A place near targets that were missed by more than the rest gets more, near better ones less (`place_factor`).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from calibration.gating import TargetMean
from calibration.screen import ScreenGeometry
from calibration.staged import StagedModel

# a and b of the factors above: over sigma sqrt(typical) for the median, over sigma sqrt(v(x)) for the radius.
MEDIAN_FACTOR = (1.13, 3.1)
RADIUS_FACTOR = (1.33, 2.26)
SMALLEST_FACTOR = 0.3  # with three or four targets; there the population decides anyway
POPULATION_DIAGONALS = 0.05  # median error of rendered and, by others' reports, of real people, over the diagonal
PRIOR_TARGETS = 2.0
# Of normal noise with total variance s^2 in two dimensions: |e| < 0.83 s for half of it, < 1.07 s for 68 %.
NOISE_MEDIAN, NOISE_RADIUS = math.sqrt(math.log(2.0)), math.sqrt(-math.log(0.32))
SMOOTHING_DIAGONALS = 0.2  # errors are smoothed over about a third of the screen; nine targets say nothing finer
PLACE_PRIOR = 2.0  # the average counts like two targets at the very place
NOISE_SHARE = 0.5  # see step 2
MAX_GROWTH = 6.0  # of the radius over the typical one; beyond, the status says that the calibration is stale


@dataclass(frozen=True, slots=True)
class ExpectedError:
    """median_px: half of all frames are expected to be nearer. radius_px: 68 %, with the head as it was.

    The rest is for `at`: sigma_px already holds the factor and the draw to the population, noise_px the draw.
    """

    median_px: float
    radius_px: float
    sigma_px: float
    noise_px: float
    typical: float

    def at(self, variance: float) -> float:
        """The radius for a frame whose prediction has that variance (`RidgeModel.variance`); nan: the typical one."""
        if not math.isfinite(variance):
            return self.radius_px
        return min(math.hypot(self.sigma_px * math.sqrt(variance), self.noise_px), MAX_GROWTH * self.radius_px)


def expected_error(model: StagedModel, means: Sequence[TargetMean], screen: ScreenGeometry) -> ExpectedError:
    """The error to announce for a fit on these targets. With fewer than three targets, the population's."""
    n, population_px = len(means), POPULATION_DIAGONALS * screen.diagonal_px
    spread = model.ridge.spread
    if spread is None or n < 3 or not spread.sigma_px > 0.0:
        return ExpectedError(population_px, 1.5 * population_px, 0.0, 1.5 * population_px, 0.0)
    noise_px = NOISE_SHARE * frame_noise_px(model, means, screen)
    typical_px = spread.sigma_px * math.sqrt(spread.typical)
    median_raw = math.hypot(factor(MEDIAN_FACTOR, n) * typical_px, NOISE_MEDIAN * noise_px)
    share = n / (n + PRIOR_TARGETS)
    median_px = median_raw**share * population_px ** (1.0 - share)
    drawn = median_px / median_raw
    sigma_px = drawn * factor(RADIUS_FACTOR, n) * spread.sigma_px
    noise_px *= drawn * NOISE_RADIUS
    variances = [model.ridge.variance(blocks) for mean in means for blocks in (mean.frames or (mean.blocks,))]
    # At a target of the fit the ridge is surer than elsewhere, and at one that is left out less sure.
    typical = math.sqrt(float(np.median(variances)) * spread.typical)
    radius_px = math.hypot(sigma_px * math.sqrt(typical), noise_px)
    return ExpectedError(median_px, radius_px, sigma_px, noise_px, typical)


def factor(parameters: tuple[float, float], n: int) -> float:
    """a (1 - b / n), never below SMALLEST_FACTOR."""
    a, b = parameters
    return max(a * (1.0 - b / n), SMALLEST_FACTOR)


def frame_noise_px(model: StagedModel, means: Sequence[TargetMean], screen: ScreenGeometry) -> float:
    """Root of what a single frame's answer varies by beyond its target's mean answer, px; 0 with single frames.

    s^2 = sum_t sum_f |p_tf - mean_f p_tf|^2 / sum_t (n_t - 1), times 1 - 1 / mean(n_t).
    """
    squares, degrees, counts = 0.0, 0, []
    size_px = np.array([screen.width_px, screen.height_px])
    for mean in means:
        counts.append(max(len(mean.frames), 1))
        if len(mean.frames) < 2:
            continue
        points = np.array([model.predict(blocks) for blocks in mean.frames]) * size_px  # (F, 2)
        squares += float(((points - points.mean(axis=0)) ** 2).sum())
        degrees += len(points) - 1
    if degrees == 0:
        return 0.0
    return math.sqrt(squares / degrees * (1.0 - 1.0 / float(np.mean(counts))))


def place_factor(
    x: float, y: float, places: Sequence[tuple[float, float]], relative: Sequence[float], screen: ScreenGeometry
) -> float:
    """By how much the error at a place is above the average: targets' relative standardised errors r_i around it.

    (sum w_i r_i + PLACE_PRIOR) / (sum w_i + PLACE_PRIOR), w_i = exp(-d_i^2 / 2 s^2), s a fifth of the diagonal.
    """
    spread = SMOOTHING_DIAGONALS * screen.diagonal_px
    total, weights = PLACE_PRIOR, PLACE_PRIOR
    for place, value in zip(places, relative, strict=True):
        weight = math.exp(-0.5 * (screen.distance_px((x, y), place) / spread) ** 2)
        total, weights = total + weight * value, weights + weight
    return total / weights
