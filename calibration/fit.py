"""Fits a calibration: the collected samples in, a `Calibration` with its error report out.

`fit` is the whole method, one call for each step:

1. `follow`          moving target: the lag of the eyes is estimated, the followed path becomes targets
2. `by_direction`    turned head: the frames become one target for each direction of the head
3. `select`          settle time, blinks and outliers are dropped; one mean for each target, all of equal weight
4. `fit_mixture`     several maps, mixed by their errors at left-out targets: ridge regressions on features, after a
                     geometric stage for the head's movement, and a corrected line of sight
5. `method_predictions`  the prediction for each target by a fit without it, of the mixture, its members and baselines
6. `expected_error`  the error model: the error of single frames, from left-out errors and the frames' noise
7. `make_report`     errors of the targets, baselines, expected error and counts of frames
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from calibration.calibration import Calibration, calibration_id_of
from calibration.errors import CalibrationError
from calibration.mapping.mixture import Mixture, fit_mixture
from calibration.quality.error_model import expected_error
from calibration.quality.methods import DEFAULT_METHOD, method_predictions
from calibration.quality.report import make_report
from calibration.samples.head_poses import head_poses
from calibration.samples.past import PastSession, newest
from calibration.samples.sample import CalibrationSample
from calibration.samples.selection import SETTLE_MS, SelectedSamples, TargetMean, select, usual_openness
from calibration.screen import Point, ScreenGeometry
from calibration.targets.head_round import by_direction
from calibration.targets.patterns import MIN_TARGETS
from calibration.targets.pursuit import NOT_FOLLOWED, PursuitRound, follow

MIN_BREADTH = 0.03  # screen units; with a smaller one, the fit cannot learn both directions


@dataclass(frozen=True, slots=True)
class CollectedSamples:
    """The samples of a calibration's rounds, each in the order in which the frames were taken.

    They include every frame with a face since the arrival of its target, even with shut eyes.
    dots: of fixed targets; head: of the round with the turned head; pursuit: of the moving target.
    """

    dots: tuple[CalibrationSample, ...]
    head: tuple[CalibrationSample, ...] = ()
    pursuit: PursuitRound | None = None


@dataclass(frozen=True, slots=True)
class FitResult:
    """A calibration and results of its rounds.

    lag_ms: the lag of the eyes behind the moving target; None without such a round, or if the eyes did not follow.
    head_directions: the number of head directions that became targets.
    """

    calibration: Calibration
    lag_ms: float | None = None
    head_directions: int = 0


def fit(
    collected: CollectedSamples,
    screen: ScreenGeometry,
    *,
    settle_ms: float = SETTLE_MS,
    earlier: Sequence[PastSession] = (),
) -> FitResult:
    """The default calibration. A caller that has already dropped the settle time passes settle_ms=0.

    earlier: sessions of the same person at this screen. Frames are skipped if they lack a feature block that most
    frames have. Baselines without their blocks are not reported. Raises CalibrationError, with advice, if fewer than
    three targets are usable or all are on a line.
    """
    moving = follow(collected.pursuit) if collected.pursuit is not None else NOT_FOLLOWED
    turned = by_direction(collected.head)
    selected = select((*collected.dots, *turned, *moving.samples), settle_ms)
    _refuse_too_little(selected)
    earlier = [session for session in newest(earlier) if session.means]
    model = _mixture(selected.means, screen, [session.means for session in earlier])
    points = method_predictions(model, selected.means, screen)
    expected = expected_error(model, selected.means, screen, [session.places for session in earlier])
    report = make_report(
        selected, points, screen, method=DEFAULT_METHOD, model=model, expected=expected, n_earlier=len(earlier)
    )
    poses = head_poses(collected.dots, turned)
    openness = usual_openness(selected.means)
    today = PastSession(selected.first_ms, screen, ()).with_means(
        [mean for i, mean in enumerate(selected.means) if i not in model.staged.ridge.doubtful]
    )
    calibration = Calibration(
        calibration_id_of(model), screen, model, report, poses, openness=openness, sessions=newest([*earlier, today])
    )
    return FitResult(calibration, moving.lag_ms, head_directions=len({sample.target_id for sample in turned}))


def fit_calibration(
    samples: Sequence[CalibrationSample],
    screen: ScreenGeometry,
    *,
    settle_ms: float = SETTLE_MS,
    earlier: Sequence[PastSession] = (),
) -> Calibration:
    """`fit` for fixed targets only."""
    return fit(CollectedSamples(tuple(samples)), screen, settle_ms=settle_ms, earlier=earlier).calibration


def _mixture(means: Sequence[TargetMean], screen: ScreenGeometry, earlier: Sequence[Sequence[TargetMean]]) -> Mixture:
    try:
        return fit_mixture(means, screen, earlier)
    except ValueError as error:
        raise CalibrationError(
            f"The pictures of your eyes are not usable ({error}): calibrate again, with your face well lit."
        ) from error


def _refuse_too_little(selected: SelectedSamples) -> None:
    """Raise CalibrationError unless there are enough targets that spread in both directions."""
    if len(selected.means) < MIN_TARGETS:
        raise CalibrationError(_too_little(selected))
    if _breadth([mean.target for mean in selected.means]) < MIN_BREADTH:
        raise CalibrationError(
            "All dots were in one place or on one line, so nothing is known about the rest of the screen: "
            "calibrate with dots that spread in both directions."
        )


def _too_little(selected: SelectedSamples) -> str:
    """The reason why there is no fit, and what the person can do."""
    found = f"Only {len(selected.means)} dots gave a usable picture of your eyes; at least {MIN_TARGETS} are needed."
    if selected.n_total == 0:
        return f"{found} No face was found: sit in front of the camera, with light on your face, and calibrate again."
    if selected.n_blinks > (selected.n_total - selected.n_unsettled) / 2:
        return f"{found} The eyes were shut most of the time: keep them open on each dot and calibrate again."
    return f"{found} Keep your face in view, look at each dot until it disappears, and calibrate again."


def _breadth(points: Sequence[Point]) -> float:
    """Standard deviation of the points in the direction in which they spread least, screen units."""
    centred = np.asarray(points, np.float64) - np.mean(points, axis=0)  # (T, 2)
    return float(np.sqrt(max(np.linalg.eigvalsh(centred.T @ centred / len(points))[0], 0.0)))
