"""Measures the error of each method on a recording: it is fitted on one phase and measured on the other.

observations of phase ``calibrate`` --select--> one mean per target --fit--> each method
observations of phase ``test``, settled, eyes open --predict--> errors --> median, mean, 95th percentile
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from typing import Any

import numpy as np

from calibration.bench.subsets import pattern_subset, spread_subset
from calibration.errors import CalibrationError
from calibration.fit import fit_calibration
from calibration.mapping.mixture import fit_mixture
from calibration.quality.methods import DEFAULT_METHOD, METHODS, Fit
from calibration.samples.past import PastSession, newest
from calibration.samples.selection import TargetMean, select
from calibration.screen import Point, ScreenGeometry
from calibration.targets.patterns import MIN_TARGETS
from server.errors import ServerError
from server.evaluation.error_trend import ErrorTrend, error_trend
from server.evaluation.metrics import MethodErrors, errors_of, method_errors, predict_all, with_centre
from server.evaluation.observations import (
    Observation,
    calibrated_camera_px,
    calibration_samples,
    settled_test_observations,
    with_distance,
)
from server.recordings.reader import Recording


class EvaluationError(ServerError):
    """A valid session with too few frames to fit or to measure."""


@dataclass(frozen=True, slots=True)
class Selection:
    """Selects the calibration targets to use; all of them by default.

    points: this many, spread over the screen. pattern: those nearest to these places. leave_out: also measure on the
    calibration's targets, with this many left out of the fit at a time.
    """

    points: int | None = None
    pattern: tuple[Point, ...] | None = None
    leave_out: int | None = None

    def of(self, places: Sequence[Point]) -> list[int]:
        """Indices of the targets to use."""
        if self.pattern is not None:
            return pattern_subset(places, self.pattern)
        return spread_subset(places, len(places) if self.points is None else self.points)


@dataclass(frozen=True, slots=True)
class ErrorPrediction:
    """The error that the default calibration predicts.

    frames_in_radius: its coverage, the share of the test frames whose true error is within their `error_px`. The aim is
    0.68. radius_px: the median `error_px`. true_over_predicted: the median error measured over `median_px`.
    """

    median_px: float
    frames_in_radius: float
    radius_px: float
    true_over_predicted: float


@dataclass(frozen=True, slots=True)
class PlotPoint:
    """The target of a test frame and the prediction of the default method, in screen units."""

    target: Point
    predicted: Point


@dataclass(frozen=True, slots=True)
class SessionResult:
    """One session's errors by method, and the numbers of frames. distance_mm: the viewing distance in use.

    earlier_sessions: of the same person that the default method knew.
    left_out: errors on calibration targets left out of the fit, None if `Selection.leave_out` is None.
    """

    session: str
    folder: str
    person: str
    methods: Mapping[str, MethodErrors]
    distance_mm: float | None
    targets_calibrate: int
    targets_lost: int  # shown, but without a usable frame
    frames_total: int
    frames_without_face: int
    frames_eyes_closed: int
    frames_broken: int
    frames_calibrate: int
    frames_calibrate_used: int
    frames_test: int
    frames_test_used: int
    frames_glare: int = 0  # a reflection in glasses hides an iris
    announced: ErrorPrediction | None = None
    drift: ErrorTrend | None = None
    left_out: Mapping[str, MethodErrors] | None = None
    earlier_sessions: int = 0
    points: tuple[PlotPoint, ...] = ()
    calibrated: tuple[Point, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """All values except the points and the calibrated places, which only the plot needs."""
        values = asdict(self)
        del values["points"], values["calibrated"]
        return values


def evaluate_observations(
    recording: Recording,
    observations: Sequence[Observation],
    methods: Mapping[str, Fit] = METHODS,
    filter_name: str = "none",
    selection: Selection = Selection(),
    earlier: Sequence[PastSession] = (),
) -> SessionResult:
    """Measures all methods on one session. observations: one for each frame of the recording, in order.

    earlier: sessions of the same person that the default method also learns from.

    Raises EvaluationError when there are fewer than three usable targets, or no usable test frame.
    """
    screen = with_distance(recording.screen, observations)
    samples = calibration_samples(observations)
    gated = select(samples)
    means = [gated.means[i] for i in selection.of([mean.target for mean in gated.means])]
    if len(means) < MIN_TARGETS:
        raise EvaluationError(
            f"{recording.folder}: only {len(means)} calibration targets have a usable frame; {MIN_TARGETS} are needed"
        )
    not_chosen = {(m.target_id, m.target) for m in gated.means} - {(m.target_id, m.target) for m in means}
    tested = settled_test_observations(observations)
    if not tested:
        raise EvaluationError(f"{recording.folder}: no test frame shows a face with open eyes")
    if earlier:
        of_earlier = [session.means for session in newest(earlier)]
        methods = {**methods, DEFAULT_METHOD: partial(fit_mixture, earlier=of_earlier)}
    predicted = {name: predict_all(fit(means, screen), tested, filter_name) for name, fit in methods.items()}
    left_out = left_out_errors(means, screen, methods, selection.leave_out) if selection.leave_out else None
    errors = {name: method_errors(points, tested, screen) for name, points in predicted.items()}
    default = predicted.get(DEFAULT_METHOD, [])
    targets = [target for o in tested if (target := o.frame.target) is not None]  # the reader checks it
    last_ms = max(sample.captured_ms for sample in samples)
    statuses = [observation.status for observation in observations]
    return SessionResult(
        session=recording.name,
        folder=str(recording.folder),
        person=recording.person,
        methods=with_centre(errors),
        distance_mm=screen.distance_mm,
        targets_calibrate=len(means) + len(gated.lost_target_ids),
        targets_lost=len(gated.lost_target_ids),
        frames_total=len(observations),
        frames_without_face=statuses.count("no_face"),
        frames_eyes_closed=statuses.count("eyes_closed"),
        frames_broken=statuses.count("broken"),
        frames_calibrate=sum((f.target_id, f.target) not in not_chosen for f in recording.in_phase("calibrate")),
        frames_calibrate_used=sum(mean.n_used for mean in means),
        frames_test=len(recording.in_phase("test")),
        frames_test_used=len(tested),
        frames_glare=sum(observation.glare for observation in observations),
        announced=expected_error(observations, means, tested, screen, filter_name, earlier),
        drift=error_trend(
            [(o.frame.captured_ms - last_ms) / 60_000.0 for o in tested],
            default,
            targets,
            screen,
        ),
        left_out=with_centre(left_out) if left_out is not None else None,
        earlier_sessions=len(newest(earlier)),
        points=tuple(PlotPoint(*pair) for pair in zip(targets, default, strict=True)) if default else (),
        calibrated=tuple(mean.target for mean in means),
    )


def expected_error(
    observations: Sequence[Observation],
    means: Sequence[TargetMean],
    tested: Sequence[Observation],
    screen: ScreenGeometry,
    filter_name: str = "none",
    earlier: Sequence[PastSession] = (),
) -> ErrorPrediction | None:
    """The error that the live calibration predicts with the same targets. None when the fit fails.

    observations: of the whole session.
    """
    samples, camera_px = calibration_samples(observations), calibrated_camera_px(observations)
    used = {(mean.target_id, mean.target) for mean in means}
    try:
        calibration = fit_calibration([s for s in samples if (s.target_id, s.target) in used], screen, earlier=earlier)
    except CalibrationError:
        return None
    radii_px, errors_px = [], []
    for observation, point in zip(tested, predict_all(calibration.model, tested, filter_name), strict=True):
        target, blocks = observation.frame.target, observation.blocks
        assert target is not None
        assert blocks is not None
        doubt = calibration.doubt(blocks, changed=observation.camera_px != camera_px)
        radii_px.append(calibration.radius_px(*point, doubt))
        errors_px.append(screen.distance_px(point, target))
    median_px = calibration.report.median_error_px
    return ErrorPrediction(
        median_px=median_px,
        frames_in_radius=float(np.mean(np.array(errors_px) <= radii_px)),
        radius_px=float(np.median(radii_px)),
        true_over_predicted=float(np.median(errors_px)) / median_px,
    )


def left_out_errors(
    means: Sequence[TargetMean], screen: ScreenGeometry, methods: Mapping[str, Fit], at_a_time: int
) -> dict[str, MethodErrors]:
    """Errors of all methods on frames of targets left out of the fit. Targets next in time are left out together."""
    n_folds = max(2, round(len(means) / at_a_time))
    pairs: dict[str, list[tuple[Point, Point]]] = {name: [] for name in methods}
    for fold in range(n_folds):
        left = [mean for i, mean in enumerate(means) if i * n_folds // len(means) == fold]
        rest = [mean for i, mean in enumerate(means) if i * n_folds // len(means) != fold]
        for name, fit in methods.items():
            fitted = fit(rest, screen)
            pairs[name] += [(fitted.predict(blocks), mean.target) for mean in left for blocks in mean.frames]
    return {name: errors_of(predictions, screen) for name, predictions in pairs.items()}
