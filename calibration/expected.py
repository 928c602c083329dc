"""How large an error to announce: for a calibration as a whole, and for one frame at one place.

All in units of the screen's diagonal, with T targets:

1. What the left-out targets say. The ridge knows how sure it is: sigma sqrt(v(x)) at features x (`ridge.Spread`), sigma
   from the left-out targets, v_l the typical v at one of them. Left-out targets of few are mostly corners, which the
   others must extrapolate to; the fewer targets, the more that overstates the error elsewhere. And where a target's
   mean is of more frames than the two of which the constants were measured, the noise s of single frames comes on top:

    m = sqrt(factor(T)^2 sigma^2 v_l + (0.83 s)^2 max(1/2 - 1/n, 0)),    factor(T) = a (1 - b / T)

2. What people with such noise usually get. T errors are a poor sample: with 13 targets their mean is off by 15 %, with
   5 by 25 %. But people whose single frames of one dot differ more err more, and of that there are many frames:

    p = sqrt(p_0^2 + (c s)^2)

3. The announced median lies between the two in logarithms, nearer to the targets the more of them there are. What is
   usual never moves it by more than a factor e^LIMIT: of somebody unlike all others the targets know better.

    median = m exp(clip((1 - k) log(p / m), +-LIMIT)),    k = T / (T + PRIOR_TARGETS)

4. A frame's radius, in which 68 % of frames are expected, follows the ridge's variance, which grows with the distance
   from what was calibrated (a turned or moved head, another light, a corner). v_c is the median v of the calibration's
   own frames, where the ridge is surer than elsewhere:

    radius(x) = RADIUS median sqrt(v(x) / (v_c^0.75 v_l^0.25))

5. A place near targets that were missed by more than the rest gets more, near better ones less (`place_factor`).

The constants come from `python -m calibration.honesty`, see README.md; what they hold on people whom the fit of the
constants never saw stands there too.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from calibration.gating import TargetMean
from calibration.samples import Blocks
from calibration.screen import ScreenGeometry
from calibration.staged import StagedModel


@dataclass(frozen=True, slots=True)
class Constants:
    """a, b, p_0, c and RADIUS above."""

    a: float
    b: float
    usual: float
    noise_times: float
    radius: float


MEASURED = Constants(a=1.17, b=2.65, usual=0.0099, noise_times=1.155, radius=1.056)
SMALLEST_FACTOR = 0.25  # with three or four targets; there the population decides anyway
PRIOR_TARGETS = 8.0
LIMIT = 0.4
MEASURED_FRAMES = 2.0  # a target, of the rendered people
# Where no noise can be seen (one frame for each dot): the median error of rendered and, by others' reports, of real
# people, over the diagonal. It tells less of a person than their noise does.
USUAL_DIAGONALS, USUAL_TARGETS = 0.05, 2.0
NOISE_MEDIAN = math.sqrt(math.log(2.0))  # of normal noise with total variance s^2 in two dimensions, half is below
CALIBRATED_SHARE = 0.75  # of v_c, in logarithms; between 0.5 and 1, few and many targets come out alike here
SMOOTHING_DIAGONALS = 0.2  # errors are smoothed over about a third of the screen; nine targets say nothing finer
ENOUGH_FRAMES = 12  # of a target, for its noise; more cost the fit a third of its time and tell no more
PLACE_PRIOR = 2.0  # the average counts like two targets at the very place
MAX_GROWTH = 6.0  # of the radius over the typical one; beyond, the status says that the calibration is stale


@dataclass(frozen=True, slots=True)
class Evidence:
    """What a fit tells about its own error. left_out: sigma sqrt(v_l); frame_noise: s, None where no target has two
    frames; both over the screen's diagonal. frames: of a target, on average."""

    n_targets: int
    left_out: float
    frame_noise: float | None
    frames: float


@dataclass(frozen=True, slots=True)
class ExpectedError:
    """median_px: half of all frames are expected to be nearer. radius_px: 68 %, with the head as it was.

    The rest is for `at`:  radius = sqrt(sigma_px^2 v + noise_px^2)  (profiles of before have a noise_px).
    """

    median_px: float
    radius_px: float
    sigma_px: float
    noise_px: float
    typical: float

    def at(self, variance: float) -> float:
        """The radius for a frame whose prediction has that variance (`RidgeModel.variance`); nan: the typical one, inf:
        the largest."""
        if math.isnan(variance):
            return self.radius_px
        if math.isinf(variance):
            return MAX_GROWTH * self.radius_px
        return min(math.hypot(self.sigma_px * math.sqrt(variance), self.noise_px), MAX_GROWTH * self.radius_px)


def expected_error(
    model: StagedModel, means: Sequence[TargetMean], screen: ScreenGeometry, constants: Constants = MEASURED
) -> ExpectedError:
    """The error to announce for a fit on these targets. With fewer than three targets, the population's."""
    evidence = evidence_of(model, means, screen)
    spread = model.ridge.spread
    if evidence is None or spread is None:
        usual_px = USUAL_DIAGONALS * screen.diagonal_px
        return ExpectedError(usual_px, 1.5 * usual_px, 0.0, 1.5 * usual_px, 0.0)
    median_px = median_error(evidence, constants) * screen.diagonal_px
    variances = [model.ridge.variance(blocks) for mean in means for blocks in some_frames(mean) or (mean.blocks,)]
    typical = float(np.median(variances)) ** CALIBRATED_SHARE * spread.typical ** (1.0 - CALIBRATED_SHARE)
    radius_px = constants.radius * median_px
    return ExpectedError(median_px, radius_px, radius_px / math.sqrt(typical), 0.0, typical)


def evidence_of(model: StagedModel, means: Sequence[TargetMean], screen: ScreenGeometry) -> Evidence | None:
    """None with fewer than three targets, or where they were all met exactly."""
    spread = model.ridge.spread
    if spread is None or len(means) < 3 or not spread.sigma_px > 0.0:
        return None
    noise_px = frame_noise_px(model, means, screen)
    return Evidence(
        n_targets=len(means),
        left_out=spread.sigma_px * math.sqrt(spread.typical) / screen.diagonal_px,
        frame_noise=None if noise_px is None else noise_px / screen.diagonal_px,
        frames=float(np.mean([max(len(mean.frames), 1) for mean in means])),
    )


def median_error(evidence: Evidence, constants: Constants = MEASURED) -> float:
    """Steps 1 to 3 above, over the diagonal."""
    n, noise = evidence.n_targets, evidence.frame_noise
    hidden = NOISE_MEDIAN * (noise or 0.0) * math.sqrt(max(1.0 / MEASURED_FRAMES - 1.0 / evidence.frames, 0.0))
    from_targets = math.hypot(factor(constants, n) * evidence.left_out, hidden)
    if noise is None:
        usual, prior_targets = USUAL_DIAGONALS, USUAL_TARGETS
    else:
        usual, prior_targets = math.hypot(constants.usual, constants.noise_times * noise), PRIOR_TARGETS
    drawn = prior_targets / (n + prior_targets) * math.log(usual / from_targets)
    return from_targets * math.exp(min(max(drawn, -LIMIT), LIMIT))


def factor(constants: Constants, n: int) -> float:
    """a (1 - b / n), never below SMALLEST_FACTOR."""
    return max(constants.a * (1.0 - constants.b / n), SMALLEST_FACTOR)


def frame_noise_px(model: StagedModel, means: Sequence[TargetMean], screen: ScreenGeometry) -> float | None:
    """s, the root of what a single frame's answer varies by around its target's mean answer; None with single frames.

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
    """At most ENOUGH_FRAMES of a target, from its beginning to its end."""
    n = len(mean.frames)
    return mean.frames if n <= ENOUGH_FRAMES else [mean.frames[i * n // ENOUGH_FRAMES] for i in range(ENOUGH_FRAMES)]


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
