"""How far each method's answers lie from the targets of a recording: fitted on one phase, measured on the other.

observations of phase ``calibrate`` --gate--> one mean per target --fit--> each method
observations of phase ``test``, settled, eyes open --predict--> errors --> median, mean, 95th percentile
"""

from __future__ import annotations

import statistics
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from calibration.calibration import MIN_TARGETS
from calibration.feature_sets import FeatureSession
from calibration.gating import gate, settled_mask, visits_of
from calibration.methods import METHODS, Fit, FittedMethod
from calibration.samples import Blocks, CalibrationSample
from calibration.screen import Point, ScreenGeometry, ScreenPoint
from server.errors import ServerError
from server.filters import OneEuroPointFilter
from server.recordings import Phase, RecordedFrame, Recording

FilterName = Literal["none", "one_euro"]
_PLAUSIBLE_DISTANCE_MM = (150.0, 3000.0)  # outside, the head's distance is a fault of the pose, not a place to sit


class EvaluationError(ServerError):
    """A session that was read but has too little to fit or to measure."""


@dataclass(frozen=True, slots=True)
class Observation:
    """What became of one recorded frame. `blocks` is None exactly for ``no_face`` and ``broken`` (no image)."""

    frame: RecordedFrame
    status: Literal["ok", "no_face", "eyes_closed", "broken"]
    blocks: Blocks | None = None


@dataclass(frozen=True, slots=True)
class MethodErrors:
    """Errors of one method over the test frames. `diag` is percent of the screen's diagonal; degrees where known.

    median_of_centre: the median over the median of always answering the screen's centre, on the same frames.
    """

    median_px: float
    mean_px: float
    p95_px: float
    median_diag: float
    mean_diag: float
    p95_diag: float
    median_deg: float | None
    mean_deg: float | None
    p95_deg: float | None
    median_of_centre: float | None = None


@dataclass(frozen=True, slots=True)
class SessionResult:
    """One session's errors by method, and what was left out of them. `distance_mm` is the viewing distance in use."""

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

    def to_json(self) -> dict[str, Any]:
        return asdict(self)


def evaluate_observations(
    recording: Recording,
    observations: Sequence[Observation],
    methods: Mapping[str, Fit] = METHODS,
    filter_name: FilterName = "none",
) -> SessionResult:
    """Every method on one session. Observations of all the recording's frames, in their order.

    Raises EvaluationError with fewer than three usable targets, or without a usable test frame.
    """
    screen = with_distance(recording.screen, observations)
    gated = gate(calibration_samples(observations))
    if len(gated.means) < MIN_TARGETS:
        raise EvaluationError(
            f"{recording.folder}: only {len(gated.means)} calibration targets have a usable frame; "
            f"{MIN_TARGETS} are needed"
        )
    tested = settled_test_observations(observations)
    if not tested:
        raise EvaluationError(f"{recording.folder}: no test frame shows a face with open eyes")
    errors = {
        name: method_errors(predict_all(fit(gated.means, screen), tested, filter_name), tested, screen)
        for name, fit in methods.items()
    }
    centre_px = errors["centre"].median_px if "centre" in errors else 0.0
    if centre_px > 0.0:
        errors = {name: replace(e, median_of_centre=e.median_px / centre_px) for name, e in errors.items()}
    statuses = [observation.status for observation in observations]
    return SessionResult(
        session=recording.name,
        folder=str(recording.folder),
        person=recording.person,
        methods=errors,
        distance_mm=screen.distance_mm,
        targets_calibrate=len(gated.means) + len(gated.lost_target_ids),
        targets_lost=len(gated.lost_target_ids),
        frames_total=len(observations),
        frames_without_face=statuses.count("no_face"),
        frames_eyes_closed=statuses.count("eyes_closed"),
        frames_broken=statuses.count("broken"),
        frames_calibrate=len(recording.in_phase("calibrate")),
        frames_calibrate_used=sum(mean.n_used for mean in gated.means),
        frames_test=len(recording.in_phase("test")),
        frames_test_used=len(tested),
    )


def features_of(recording: Recording, observations: Sequence[Observation]) -> FeatureSession:
    """What `calibration.bench` needs of a session: the calibration's frames, and the frames that are measured."""
    return FeatureSession(
        name=recording.name,
        person=recording.person or recording.name,
        screen=with_distance(recording.screen, observations),
        calibrate=tuple(calibration_samples(observations)),
        test=tuple(_sample(observation, None) for observation in settled_test_observations(observations)),
    )


def calibration_samples(observations: Sequence[Observation]) -> list[CalibrationSample]:
    """The frames with a face of phase ``calibrate``, shut eyes included: the gate drops their neighbours, too."""
    samples = []
    for observation, arrived_ms in zip(observations, arrivals_ms(observations), strict=True):
        if observation.frame.phase == "calibrate" and observation.blocks is not None:
            samples.append(_sample(observation, arrived_ms))
    return samples


def _sample(observation: Observation, arrived_ms: float | None) -> CalibrationSample:
    """A frame with a face and a target as the calibration takes it."""
    frame = observation.frame
    assert frame.target is not None  # server.recordings checks both
    assert frame.target_id is not None
    assert observation.blocks is not None
    return CalibrationSample(
        captured_ms=frame.captured_ms,
        target_id=frame.target_id,
        target=frame.target,
        blocks=observation.blocks,
        eyes_open=observation.status == "ok",
        arrived_ms=arrived_ms,
    )


def arrivals_ms(observations: Sequence[Observation]) -> list[float]:
    """When each frame's target arrived: its visit's first frame, with or without a face, whatever the phase."""
    frames = [observation.frame for observation in observations]
    times = [frame.captured_ms for frame in frames]
    arrivals = list(times)
    for start, end in visits_of([(frame.target_id, frame.target) for frame in frames], times):
        arrivals[start:end] = [times[start]] * (end - start)
    return arrivals


def settled_test_observations(observations: Sequence[Observation]) -> list[Observation]:
    """Test frames with open eyes, after the settle time of the calibration; single frames of a target stay."""
    phase: Phase = "test"
    pairs = [
        (observation, arrived)
        for observation, arrived in zip(observations, arrivals_ms(observations), strict=True)
        if observation.frame.phase == phase
    ]
    frames = [observation.frame for observation, _ in pairs]
    settled = settled_mask(
        [(frame.target_id, frame.target) for frame in frames],
        [frame.captured_ms for frame in frames],
        [arrived for _, arrived in pairs],
    )
    return [pair[0] for pair, keep in zip(pairs, settled, strict=True) if keep and pair[0].status == "ok"]


def predict_all(
    fitted: FittedMethod, observations: Sequence[Observation], filter_name: FilterName = "none"
) -> list[Point]:
    """The answer for each observation, optionally smoothed the way that the live dot is."""
    smoother = OneEuroPointFilter() if filter_name == "one_euro" else None
    points = []
    for observation in observations:
        assert observation.blocks is not None  # status "ok"
        point = ScreenPoint(*fitted.predict(observation.blocks))
        if smoother is not None:
            point = smoother.apply(point, observation.frame.captured_ms)
        points.append((point.x, point.y))
    return points


def method_errors(points: Sequence[Point], observations: Sequence[Observation], screen: ScreenGeometry) -> MethodErrors:
    """points: one for each observation, screen units; at least one."""
    targets = [observation.frame.target for observation in observations]
    pairs = [(point, target) for point, target in zip(points, targets, strict=True) if target is not None]
    px = np.array([screen.distance_px(point, target) for point, target in pairs])
    deg = [angle for point, target in pairs if (angle := screen.angle_deg(point, target)) is not None]
    median_px, mean_px, p95_px = _summary(px)
    median_deg, mean_deg, p95_deg = _summary(np.array(deg)) if deg else (None, None, None)
    percent = 100.0 / screen.diagonal_px
    return MethodErrors(
        median_px=median_px,
        mean_px=mean_px,
        p95_px=p95_px,
        median_diag=median_px * percent,
        mean_diag=mean_px * percent,
        p95_diag=p95_px * percent,
        median_deg=median_deg,
        mean_deg=mean_deg,
        p95_deg=p95_deg,
    )


def _summary(errors: npt.NDArray[np.float64]) -> tuple[float, float, float]:
    """Median, mean and 95th percentile."""
    return float(np.median(errors)), float(errors.mean()), float(np.percentile(errors, 95))


def with_distance(screen: ScreenGeometry, observations: Sequence[Observation]) -> ScreenGeometry:
    """The screen with the viewing distance: the recording's own, else the median distance of the head from the camera.

    The head's distance is as good as the camera's field of view is known; without the screen's size it isn't needed.
    """
    if screen.distance_mm is not None:
        return screen
    found = [
        o.blocks["head_translation"] for o in observations if o.blocks is not None and "head_translation" in o.blocks
    ]
    if not found:
        return screen
    distance_mm = statistics.median(float(translation[2]) for translation in found)
    low, high = _PLAUSIBLE_DISTANCE_MM
    return replace(screen, distance_mm=distance_mm) if low < distance_mm < high else screen
