"""How a calibration is fitted: the collected samples in, a `Calibration` with its error report out.

`fit` is the whole method, one call for each step:

1. `follow`          moving target: the lag of the eyes is estimated, the followed path becomes targets
2. `by_direction`    turned head: the frames become one target for each direction of the head
3. `select`          settle time, blinks and outliers are dropped; one mean for each target, all of equal weight
4. `fit_two_stage`   a geometric stage for the head's movement, then a ridge regression on what it leaves
5. `predictions`     the prediction for each target by a fit without it, of this method and of the baselines
6. `expected_error`  the error model: the error of single frames, from left-out errors and the frames' noise
7. `make_report`     errors of the targets, baselines, expected error and counts of frames
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from calibration.arrays import one_blas_thread
from calibration.calibration import Calibration, calibration_id_of
from calibration.errors import CalibrationError
from calibration.mapping.two_stage import TwoStageModel, fit_two_stage
from calibration.quality.error_model import expected_error
from calibration.quality.methods import DEFAULT_METHOD, baseline_predictions
from calibration.quality.report import make_report
from calibration.samples.head_poses import head_poses
from calibration.samples.sample import CalibrationSample
from calibration.samples.selection import SETTLE_MS, SelectedSamples, TargetMean, select
from calibration.screen import Point, ScreenGeometry
from calibration.targets.head_round import by_direction
from calibration.targets.patterns import MIN_TARGETS
from calibration.targets.pursuit import NOT_FOLLOWED, PursuitRound, follow

MIN_BREADTH = 0.03  # screen units; the flattest triangle from which up and down, left and right can be learned


@dataclass(frozen=True, slots=True)
class CollectedSamples:
    """What the rounds of a calibration collected, each in the order in which the frames were taken.

    Every frame with a face since the arrival of its target belongs here, with open eyes or not.
    dots: of targets that stood still; head: of the round with the turned head; pursuit: of the moving target.
    """

    dots: tuple[CalibrationSample, ...]
    head: tuple[CalibrationSample, ...] = ()
    pursuit: PursuitRound | None = None


@dataclass(frozen=True, slots=True)
class FitResult:
    """A calibration and what its rounds gave.

    lag_ms: by how much the eyes followed the moving target; None without such a round, or when it was not followed.
    head_directions: number of directions of the head that became targets.
    """

    calibration: Calibration
    lag_ms: float | None = None
    head_directions: int = 0


def fit(collected: CollectedSamples, screen: ScreenGeometry, *, settle_ms: float = SETTLE_MS) -> FitResult:
    """The default calibration. A caller that has already dropped the settle time passes settle_ms=0.

    Frames that lack a feature block which most have are passed over; baselines that lack theirs are not reported.
    Raises CalibrationError, with what to do, when fewer than three targets have a usable frame, or lie on one line.
    """
    moving = follow(collected.pursuit) if collected.pursuit is not None else NOT_FOLLOWED
    turned = by_direction(collected.head)
    selected = select((*collected.dots, *turned, *moving.samples), settle_ms)
    _refuse_too_little(selected)
    with one_blas_thread():
        model = _two_stage(selected.means, screen)
        points = _left_out_predictions(model, selected.means, screen)
        expected = expected_error(model, selected.means, screen)
    report = make_report(selected, points, screen, method=DEFAULT_METHOD, model=model.ridge, expected=expected)
    poses = head_poses(collected.dots, turned)
    calibration = Calibration(calibration_id_of(model), screen, model, report, poses)
    return FitResult(calibration, moving.lag_ms, head_directions=len({sample.target_id for sample in turned}))


def fit_calibration(
    samples: Sequence[CalibrationSample], screen: ScreenGeometry, *, settle_ms: float = SETTLE_MS
) -> Calibration:
    """`fit` for targets that stood still, without further rounds."""
    return fit(CollectedSamples(tuple(samples)), screen, settle_ms=settle_ms).calibration


def _two_stage(means: Sequence[TargetMean], screen: ScreenGeometry) -> TwoStageModel:
    try:
        return fit_two_stage(means, screen)
    except ValueError as error:
        raise CalibrationError(
            f"The pictures of your eyes cannot be used ({error}): calibrate again, with your face well lit."
        ) from error


def _left_out_predictions(
    model: TwoStageModel, means: Sequence[TargetMean], screen: ScreenGeometry
) -> dict[str, list[Point]]:
    """Method -> the prediction for each target by a fit without it, in the order of the means."""
    return {**baseline_predictions(means, screen), DEFAULT_METHOD: model.left_out_points(means)}


def _refuse_too_little(selected: SelectedSamples) -> None:
    """Raises CalibrationError unless there are enough targets, spread in both directions."""
    if len(selected.means) < MIN_TARGETS:
        raise CalibrationError(_too_little(selected))
    if _breadth([mean.target for mean in selected.means]) < MIN_BREADTH:
        raise CalibrationError(
            "All dots lay in one place or on one line, which says nothing about the rest of the screen: "
            "calibrate with dots that spread in both directions."
        )


def _too_little(selected: SelectedSamples) -> str:
    """Why there is no fit, and what the person can do about it."""
    found = f"Only {len(selected.means)} dots gave a usable picture of your eyes; at least {MIN_TARGETS} are needed."
    if selected.n_total == 0:
        return f"{found} No face was found: sit in front of the camera, with light on your face, and calibrate again."
    if selected.n_blinks > (selected.n_total - selected.n_unsettled) / 2:
        return f"{found} The eyes were shut most of the time: keep them open on each dot and calibrate again."
    return f"{found} Keep your face in view, look at each dot until it goes away, and calibrate again."


def _breadth(points: Sequence[Point]) -> float:
    """Standard deviation of the points in the direction in which they spread least, screen units."""
    centred = np.asarray(points, np.float64) - np.mean(points, axis=0)  # (T, 2)
    return float(np.sqrt(max(np.linalg.eigvalsh(centred.T @ centred / len(points))[0], 0.0)))
