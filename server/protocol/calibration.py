"""The answers about targets: calibration, validation, drift check, clicks, looks. PROTOCOL.md explains the members.

Each state of a message has other members, so each state is a separate type here.
"""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import UNSET, Meta, UnsetType, field

from calibration.quality.grades import Grade
from server.protocol.types import Answer, CalibrationId, Count, FollowedAnswer, Number, Part, Positive, Unit

AgainReason = Literal["few", "unstable", "doubtful", "extra"]
Knots = Annotated[tuple[tuple[float, float, float], ...], Meta(min_length=2)]


class TargetPlace(Part, frozen=True):
    id: Count
    x: float
    y: float
    reason: AgainReason | UnsetType = UNSET


Targets = Annotated[tuple[TargetPlace, ...], Meta(min_length=1)]


class PursuitPlan(Part, frozen=True):
    """path: knots [ms, x, y]."""

    id: Count
    path: Knots


class HeadRoundPlan(Part, frozen=True):
    id: Count
    x: float
    y: float
    duration_ms: Positive


class TargetError(Part, frozen=True):
    """The error of a fit without this target. relative_error: its ratio to the error expected at this place."""

    target_id: int
    x: float
    y: float
    predicted_x: float
    predicted_y: float
    error_px: Positive
    error_deg: float | None
    n_used: Count
    n_total: Count
    relative_error: float


class Expected(Part, frozen=True):
    median_px: float
    radius_px: float
    sigma_px: float
    noise_px: float
    typical: float
    quantile: float = 0.0
    dot_px: float = 0.0


class TargetAccuracy(Part, frozen=True):
    """gaze_x, gaze_y: the gaze expected for this target; error_px: its distance from the target."""

    target_id: int
    x: float
    y: float
    gaze_x: float
    gaze_y: float
    error_px: Positive
    error_deg: float | None
    grade: Grade


class Summary(Part, frozen=True):
    """The accuracy to show, all of one kind, see `calibration.quality.summary`."""

    error_px: Positive
    radius_px: Positive
    error_deg: float | None
    grade: Grade | Literal["blind"]
    targets: tuple[TargetAccuracy, ...]
    methods_px: dict[str, float]
    best: str


class Report(Part, frozen=True):
    """The accuracy of a calibration, see `calibration.quality.report`."""

    method: str
    weights: dict[str, float]
    targets: tuple[TargetError, ...]
    lost_target_ids: tuple[int, ...]
    doubtful_target_ids: tuple[int, ...]
    mean_error_px: Positive
    median_error_px: Positive
    mean_error_deg: float | None
    median_error_deg: float | None
    baselines_px: dict[str, float]
    n_frames: Count
    n_unsettled: Count
    n_blinks: Count
    n_outliers: Count
    expected: Expected
    summary: Summary
    members: dict[str, float]
    n_earlier: Count
    n_added: Count
    lam: float = field(name="lambda")


class Collecting(Answer, frozen=True):
    """The state of a target after one of its frames."""

    state: Literal["collecting"]
    target_id: Count
    n_valid: Count
    enough: bool


class CalibrationStarted(FollowedAnswer, frozen=True, kw_only=True, tag="calibration"):
    state: Literal["started"]
    targets: Targets
    pursuit: PursuitPlan | UnsetType = UNSET
    head_round: HeadRoundPlan | UnsetType = UNSET
    settle_ms: Positive
    window_ms: Positive
    min_samples: Number


class CalibrationCollecting(Collecting, FollowedAnswer, frozen=True, tag="calibration"):
    pass


class CalibrationAgain(FollowedAnswer, frozen=True, tag="calibration"):
    state: Literal["again"]
    targets: Targets


class CalibrationActive(FollowedAnswer, frozen=True, tag="calibration"):
    """lag_ms: only after a pursuit; null when the eyes did not follow the moving target. glare: only after a round of
    targets; the share of its frames in which a reflection in glasses hid an iris."""

    state: Literal["done", "loaded"]
    calibration: CalibrationId
    report: Report
    lag_ms: float | UnsetType | None = UNSET
    glare: Unit | UnsetType = UNSET


class CalibrationSaved(FollowedAnswer, frozen=True, tag="calibration"):
    state: Literal["saved"]
    user: str
    screen: str


class CalibrationFailed(FollowedAnswer, frozen=True, tag="calibration"):
    state: Literal["failed"]
    reason: str


class CalibrationStep(FollowedAnswer, frozen=True, tag="calibration"):
    state: Literal["fitting", "cancelled"]


class CalibrationRequested(FollowedAnswer, frozen=True, tag="calibration"):
    """To the camera's page: another program requests it to start its calibration."""

    state: Literal["requested"]
    by: str


class ValidationRequested(FollowedAnswer, frozen=True, tag="validation"):
    """To the camera's page: another program requests it to start its validation."""

    state: Literal["requested"]
    by: str


class CalibrationRefused(FollowedAnswer, frozen=True, tag="calibration"):
    """The page does not begin the calibration that was requested."""

    state: Literal["refused"]
    reason: str


class ValidationRefused(FollowedAnswer, frozen=True, tag="validation"):
    """The page does not begin the validation that was requested."""

    state: Literal["refused"]
    reason: str


class Offset(Part, frozen=True):
    dx: float
    dy: float


class CommonShift(Part, frozen=True):
    dx: float
    dy: float
    remaining_px: Positive
    grade: Grade


class MeasuredError(Part, frozen=True):
    """The median error of single frames. low_px, high_px: where it would probably lie with other targets."""

    px: Positive
    cm: float | None
    deg: float | None
    percent_width: Positive
    low_px: float | None
    high_px: float | None


class Accuracy(Part, frozen=True):
    px: Positive
    cm: float | None
    deg: float | None
    percent_width: Positive


class Precision(Part, frozen=True):
    rms_s2s_px: float | None
    sd_px: float | None
    deg: float | None


class ValidationPoint(Part, frozen=True):
    target: TargetPlace
    n_valid: Count
    n_total: Count
    error_px: float | None
    offset_px: Offset | None
    accuracy_px: float | None
    rms_s2s_px: float | None
    sd_px: float | None
    grade: Grade


class SizeMm(Part, frozen=True):
    width: float
    height: float


class ValidationResult(Part, frozen=True):
    grade: Grade
    error: MeasuredError | None
    accuracy: Accuracy | None
    precision: Precision
    sample_rate_hz: float | None
    data_loss: Unit
    points: tuple[ValidationPoint, ...]
    failed_points: tuple[int, ...]
    distance_mm: float | None
    screen_mm: SizeMm | None
    held_out: Annotated[bool, Meta(extra_json_schema={"const": True})]
    calibration: CalibrationId


class ValidationStarted(FollowedAnswer, frozen=True, tag="validation"):
    state: Literal["started"]
    targets: Targets
    settle_ms: Positive
    window_ms: Positive
    min_samples: Number


class ValidationCollecting(Collecting, FollowedAnswer, frozen=True, tag="validation"):
    pass


class ValidationDone(FollowedAnswer, frozen=True, tag="validation"):
    """shift: only after a check. glare: the share of the frames in which a reflection in glasses hid an iris."""

    state: Literal["done"]
    result: ValidationResult
    brightness: float | None
    shift: CommonShift | UnsetType | None = UNSET
    glare: Unit | UnsetType = UNSET


class ValidationCancelled(FollowedAnswer, frozen=True, tag="validation"):
    state: Literal["cancelled"]


class DriftStarted(Answer, frozen=True, tag="drift"):
    state: Literal["started"]
    settle_ms: Positive
    window_ms: Positive
    min_samples: Number


class DriftCollecting(Collecting, frozen=True, tag="drift"):
    pass


class DriftDone(Answer, frozen=True, tag="drift"):
    state: Literal["done"]
    offset_px: Offset


class DriftFailed(Answer, frozen=True, tag="drift"):
    state: Literal["failed"]
    reason: str


class DriftStep(Answer, frozen=True, tag="drift"):
    state: Literal["cancelled", "undone"]


class ClickUsed(Answer, frozen=True, tag="click"):
    state: Literal["used"]
    n: Count


class ClickIgnored(Answer, frozen=True, tag="click"):
    state: Literal["ignored"]
    reason: str
    n: Count


class Looked(Answer, frozen=True, tag="look"):
    n_places: Count
    n_frames: Count
