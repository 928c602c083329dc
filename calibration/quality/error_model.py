"""The error model: the expected error of a calibration, and of one frame at one place.

The error of a left-out target shows what the map does at a place that it has not seen. It is measured with lambda,
weights and stage chosen without that target (nested), so the choices do not make it look smaller. With the head turned
on request, errors are larger than later ones, so those targets do not count if there are enough others. With T targets
of n frames each:

1. `Extrapolation` says how much of the error the place explains: it grows beside and beyond the dots. n^2 is the rest
   of a target's error, the median of |e_i|^2 / (1 + g_-i / n^2) over the median of normal errors, drawn to the
   population's USUAL with the weight of one target.
2. Single frames of a target that rests vary by s around their mean (`with_fixated_frames`). The error of a mean has
   s^2 / n of it; m^2 = n^2 - s^2 / n is that of the map. It follows the ridge's variance v(x) (`ridge.Spread`), which
   grows with the distance from the calibration's features (a turned head, another light). v_0 is that of a frame of a
   target that was left out.
3. So the error of a frame has the scale

    h(x, p)^2 = m^2 v(x) / v_0 + s^2 + g(p)

   The scores |error| / h of the frames of left-out targets, outliers included, give the quantiles of all later frames
   (`quality.conformal`): heavy tails, and noise that differs between targets, are in them. The radius holds 68 %:

    radius(x, p) = q_68 h(x, p)

4. What the dots cannot show is added, as a normal error of root mean square d: the head has moved from the calibrated
   poses (`moved_sq`), the eyes look unlike those of the calibration (`unlike_sq`, by v(x) / v_0), or the camera has
   changed (CHANGED).
5. The radius is larger near targets with large errors, for example those that the fit left out (`place_factor`).
6. The announced median is that of all frames at places all over the screen: of the products  h(p) score.

bench/RESULTS.md has the announced and the true errors.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import numpy.typing as npt

from calibration.arrays import Array
from calibration.mapping.kernel_ridge import same_place
from calibration.mapping.mixture import Mixture
from calibration.quality.conformal import Scores, scores_of
from calibration.quality.extrapolation import GRID, Extrapolation, KnownDots, extrapolation
from calibration.quality.left_out_frames import LeftOutFrames, left_out_frames, with_fixated_frames
from calibration.samples.selection import TargetMean
from calibration.screen import Point, ScreenGeometry
from calibration.targets.ids import is_pursuit_cell, is_turned_head

COVERED = 0.68
NORMAL_QUANTILE = math.sqrt(-math.log(1.0 - COVERED))  # 1.07, of normal errors in two dimensions with mean square 1
FEWEST_TARGETS = 4  # with three in all, each is left out of a map that knows two, and its error says little
UNKNOWN_DIAGONALS = 0.05  # median error of rendered and, by others' reports, of real people, over the diagonal
USUAL_DIAGONALS = 0.03  # root mean square error of a target where other targets are near
UNSEEN_NOISE = 0.8  # s^2 over n^2, if no target has two frames
LEAST_MAP = 0.1  # m^2 over n^2: the scatter of means is never noise of frames only
SMOOTHING_DIAGONALS = 0.2  # smooths errors over about a third of the screen; nine targets have no finer detail
PLACE_PRIOR = 2.0  # the average counts like two targets at the same place
MAX_GROWTH = 6.0  # of the radius by v(x); beyond that, the status reports a stale calibration
# Error, in diagonals, of a head that has moved by 100 mm, or turned by 10 degrees, beyond the usual sway (rendered and
# simulated people, synthetic: with 44 mm and 7 degrees, 51 and 61 % of the frames are in their radius without it).
MOVED_100_MM, TURNED_10_DEG = 0.05, 0.04
SWAY_MM, SWAY_RAD = 20.0, math.radians(4.0)
# v / v_0 up to which eyes are like those of the calibration, and from which nothing of it holds. Rendered people
# (synthetic), 90th percentile of each session: at most 1.7. Heads moved: up to 10, with errors that grow alike.
# Mirrored pictures: median 7. Reflections over both eyes: 60; the error is then that of a guess, LOST diagonals.
LIKE, UNLIKE, LOST = 1.8, 6.0, 0.4
CHANGED = 0.1  # diagonals: a camera with another picture size, or a distance that no head reaches in that time


@dataclass(frozen=True, slots=True)
class ExpectedError:
    """median_px: half of all frames are expected to be nearer. radius_px: 68 %, at a typical place, with the head as in
    the calibration.

    The other fields are for `at`:  radius^2 = sigma_px^2 v + noise_px^2 + (quantile diagonal)^2 g.
    dot_px: the noise n of `Extrapolation`. Without these (profiles older than version 5), the radius is the same at all
    places.
    """

    median_px: float
    radius_px: float
    sigma_px: float
    noise_px: float
    typical: float
    quantile: float = 0.0
    dot_px: float = 0.0

    def at(self, variance: float, elsewhere_px: float = 0.0) -> float:
        """The radius for a frame whose prediction has this variance (`RidgeModel.variance`). nan: the typical one; inf:
        the largest. elsewhere_px: diagonal * sqrt(g)."""
        elsewhere_px *= self.quantile
        if self.sigma_px == 0.0 or math.isnan(variance):
            near_px = MAX_GROWTH * self.radius_px if math.isinf(variance) else self.typical_px
        else:
            near_px = min(math.hypot(self.sigma_px * math.sqrt(variance), self.noise_px), MAX_GROWTH * self.radius_px)
        return math.hypot(near_px, elsewhere_px)

    def likeness(self, variance: float) -> float:
        """How much the eyes of a frame look like those of the calibration: 1 up to LIKE, linear in the logarithm to
        0 at UNLIKE. 1 if it is unknown."""
        if self.quantile == 0.0 or self.typical == 0.0 or math.isnan(variance):
            return 1.0
        far = math.log(max(variance / self.typical, LIKE) / LIKE) / math.log(UNLIKE / LIKE)
        return 1.0 - min(far, 1.0)

    @property
    def typical_px(self) -> float:
        """The radius of a frame of typical variance where dots are near."""
        if self.quantile == 0.0:
            return self.radius_px
        return math.hypot(self.sigma_px * math.sqrt(self.typical), self.noise_px)


def expected_error(
    model: Mixture, means: Sequence[TargetMean], screen: ScreenGeometry, earlier: Sequence[Sequence[Point]] = ()
) -> ExpectedError:
    """The expected error of a fit on these targets. earlier: the places of each earlier session that the fit knew.

    With fewer than four places in all, or without left-out errors, it is the usual error of people.
    """
    ridge = model.staged.ridge
    kept = [i for i in np.flatnonzero(np.isfinite(ridge.left_out_variance)).tolist() if i not in ridge.doubtful]
    size_px = np.array([screen.width_px, screen.height_px])
    errors_px = model.left_out[kept] * size_px if len(kept) else np.zeros((0, 2))
    dots = KnownDots.of((means[i].target for i in kept), earlier, model.pooled_share)
    if ridge.spread is None or len(dots.all) < FEWEST_TARGETS or not errors_px.any():
        return _usual(screen)
    near = same_place(np.array(dots.all), len(kept))
    usual = [k for k, i in enumerate(kept) if not is_turned_head(means[i].target_id)]
    if len(usual) < FEWEST_TARGETS:
        usual = list(range(len(kept)))
    errors_px, counted = errors_px[usual], [kept[k] for k in usual]
    targets = [left_out_frames(model, means[i], float(ridge.left_out_variance[i]), size_px) for i in counted]
    typical = float(np.median(np.concatenate([target.variances for target in targets])))
    targets = with_fixated_frames(targets, [is_pursuit_cell(means[i].target_id) for i in counted])
    unseen, dot_px = _unseen(errors_px, dots, near, usual, screen)
    n_frames = float(np.mean([target.n_used for target in targets]))
    noise_sq = _noise_sq(targets, UNSEEN_NOISE * dot_px**2)
    map_sq = max(dot_px**2 - noise_sq / n_frames, LEAST_MAP * dot_px**2)
    left_out_sq = unseen.left_out_variance(near)[usual] * screen.diagonal_px**2  # (T,)
    scores = scores_of(
        [
            (
                np.linalg.norm(target.deviations_px - error_px, axis=1)
                / np.sqrt(map_sq * target.variances / typical + noise_sq + elsewhere_sq),
                target.weights,
            )
            for target, error_px, elsewhere_sq in zip(targets, errors_px, left_out_sq, strict=True)
        ]
    )
    return _announced(scores, map_sq, noise_sq, typical, unseen, dot_px, screen)


def _usual(screen: ScreenGeometry) -> ExpectedError:
    """Of people in general, where dots are near."""
    median_px = UNKNOWN_DIAGONALS * screen.diagonal_px
    dot_px = median_px / math.sqrt(math.log(2.0))
    return ExpectedError(
        median_px, NORMAL_QUANTILE * dot_px, 0.0, NORMAL_QUANTILE * dot_px, 0.0, NORMAL_QUANTILE, dot_px
    )


def elsewhere_px(expected: ExpectedError, place: Point, dots: KnownDots, screen: ScreenGeometry) -> float:
    """diagonal * sqrt(g) of `ExpectedError.at`. place: in screen units; dots: of the fit."""
    if expected.quantile == 0.0 or not dots.today:
        return 0.0
    width, height = _size(screen)
    unseen = extrapolation(dots, expected.dot_px / screen.diagonal_px, (width, height))
    return screen.diagonal_px * math.sqrt(unseen.at_prediction((place[0] * width, place[1] * height)))


def moved_sq(mm: float, rad: float) -> float:
    """d^2 of a head so far from the calibrated poses, square diagonals."""
    shifted = (MOVED_100_MM / 100.0) ** 2 * max(mm**2 - SWAY_MM**2, 0.0)
    turned = (TURNED_10_DEG / math.radians(10.0)) ** 2 * max(rad**2 - SWAY_RAD**2, 0.0)
    return shifted + turned


def unlike_sq(likeness: float) -> float:
    """d^2 of eyes of this likeness, square diagonals."""
    return (LOST * (1.0 - likeness) ** 2) ** 2


def _noise_sq(targets: Sequence[LeftOutFrames], unseen_sq: float) -> float:
    """s^2 = sum_t sum_f |p_tf - mean_f p_tf|^2 / sum_t (n_t - 1); unseen_sq with single frames."""
    degrees = sum(target.degrees for target in targets)
    return sum(target.scatter_sq for target in targets) / degrees if degrees else unseen_sq


def _unseen(
    errors_px: Array, dots: KnownDots, near: npt.NDArray[np.bool_], usual: Sequence[int], screen: ScreenGeometry
) -> tuple[Extrapolation, float]:
    """Step 1: the extrapolation, and n in pixels. errors_px: (T, 2) of those of today's dots that count, `usual`; near:
    the dots that were left out with each of today's."""
    squares = (errors_px**2).sum(axis=1) / screen.diagonal_px**2  # (T,)
    n = len(squares)
    noise_sq = float(np.median(squares)) / math.log(2.0)  # the median of normal errors with mean square 1 is log 2
    for _ in range(3):  # the fourth step changes nothing that a radius shows
        noise_sq = max(noise_sq, 1e-8)
        left_out = extrapolation(dots, math.sqrt(noise_sq), _size(screen)).left_out_variance(near)[usual]
        rest = max(float(np.median(squares / (1.0 + left_out / noise_sq))) / math.log(2.0), 1e-8)
        noise_sq = math.exp(((n - 2) * math.log(rest) + math.log(USUAL_DIAGONALS**2)) / (n - 1))
    noise = math.sqrt(noise_sq)
    return extrapolation(dots, noise, _size(screen)), noise * screen.diagonal_px


def _announced(
    scores: Scores,
    map_sq: float,
    noise_sq: float,
    typical: float,
    unseen: Extrapolation,
    dot_px: float,
    screen: ScreenGeometry,
) -> ExpectedError:
    everywhere = unseen.variance(GRID * _size(screen)) * screen.diagonal_px**2  # (48,)
    scales = np.sqrt(map_sq + noise_sq + everywhere)
    quantile = scores.quantile(COVERED)
    return ExpectedError(
        median_px=scores.median_of(scales),
        radius_px=quantile * float(np.median(scales)),
        sigma_px=quantile * math.sqrt(map_sq / typical),
        noise_px=quantile * math.sqrt(noise_sq),
        typical=typical,
        quantile=quantile,
        dot_px=dot_px,
    )


class MeasuredTarget(Protocol):
    """A target in screen units, and its left-out error over the error expected there."""

    @property
    def x(self) -> float: ...
    @property
    def y(self) -> float: ...
    @property
    def relative_error(self) -> float: ...


def place_factor(x: float, y: float, targets: Sequence[MeasuredTarget], screen: ScreenGeometry) -> float:
    """The error at a place (screen units) over its average, from the targets' relative errors r_i.

    (sum w_i r_i + PLACE_PRIOR) / (sum w_i + PLACE_PRIOR), w_i = exp(-d_i^2 / 2 s^2), s a fifth of the diagonal.
    """
    spread = SMOOTHING_DIAGONALS * screen.diagonal_px
    total, weights = PLACE_PRIOR, PLACE_PRIOR
    for target in targets:
        weight = math.exp(-0.5 * (screen.distance_px((x, y), (target.x, target.y)) / spread) ** 2)
        total, weights = total + weight * target.relative_error, weights + weight
    return total / weights


def _size(screen: ScreenGeometry) -> tuple[float, float]:
    """Of the screen, in its diagonals."""
    return screen.width_px / screen.diagonal_px, screen.height_px / screen.diagonal_px
