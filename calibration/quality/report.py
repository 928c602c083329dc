"""The quality report of a calibration: measured errors of left-out targets, and the expected error of frames.

The errors of the targets, their mean and the baselines' are measured in the same way and can be compared.
`median_error_px` and the radius at a place are predictions for further frames (`calibration.quality.error_model`).
"""

from __future__ import annotations

import math
import statistics
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from calibration.arrays import Array
from calibration.mapping.mixture import Mixture
from calibration.quality.error_model import ExpectedError
from calibration.samples.selection import SelectedSamples
from calibration.screen import Point, ScreenGeometry


@dataclass(frozen=True, slots=True)
class TargetResult:
    """One target, and its prediction by a fit without it."""

    target_id: int
    x: float  # screen units
    y: float  # screen units
    predicted_x: float  # screen units
    predicted_y: float  # screen units
    error_px: float
    error_deg: float | None  # None unless the screen's size and the viewing distance are known
    n_used: int  # frames in the mean
    n_total: int  # frames with a face
    relative_error: float = 1.0  # over the error expected at this place, which is larger in a corner


@dataclass(frozen=True, slots=True, repr=False)
class CalibrationReport:
    """The quality of one calibration. Errors in degrees are None without the screen's size and the viewing distance.

    Two kinds of targets are rejected: `lost` ones by the selection, `doubtful` ones by the fit.
    """

    method: str  # name in `calibration.quality.methods.METHODS`
    weights: Mapping[str, float]  # of the staged ridge: feature block -> weight, adapted to the person; no unit
    lam: float  # strength of the ridge; no unit
    targets: tuple[TargetResult, ...]  # all with a usable frame, including doubtful ones
    lost_target_ids: tuple[int, ...]  # rejected: no usable frame
    doubtful_target_ids: tuple[int, ...]  # rejected: they disagree with all the others
    mean_error_px: float  # of the left-out targets, pixels
    median_error_px: float  # expected of single frames anywhere on the screen, pixels
    mean_error_deg: float | None  # of the left-out targets, degrees
    median_error_deg: float | None  # expected of single frames anywhere on the screen, degrees
    baselines_px: Mapping[str, float]  # method -> mean error of the left-out targets, pixels
    n_frames: int  # all frames with a face
    n_unsettled: int  # frames dropped: the eyes had not yet reached the target
    n_blinks: int  # frames dropped: eyes shut, or next to a blink
    n_outliers: int  # frames dropped: far from the others of their target
    expected: ExpectedError  # the error model, pixels
    members: Mapping[str, float]  # of the mixture: map -> its weight; they sum to 1
    n_earlier: int = 0  # earlier sessions of the person that the fit knew
    n_added: int = 0  # targets of validations and clicks that joined the session for later fits, after its errors

    @property
    def dots(self) -> tuple[Point, ...]:
        """The places of the targets that the map was fitted to."""
        return tuple(
            (target.x, target.y) for target in self.targets if target.target_id not in self.doubtful_target_ids
        )

    @property
    def max_error_px(self) -> float:
        """The largest error of the left-out targets, pixels."""
        return max((target.error_px for target in self.targets), default=math.nan)

    def __repr__(self) -> str:
        degrees = "" if self.mean_error_deg is None else f" ({self.mean_error_deg:.2f}°)"
        rejected = len(self.lost_target_ids) + len(self.doubtful_target_ids)
        return (
            f"<CalibrationReport {self.method}: {len(self.targets)} targets, {rejected} rejected; left out: mean "
            f"{self.mean_error_px:.1f} px{degrees}, max {self.max_error_px:.1f} px; expected: median "
            f"{self.median_error_px:.1f} px, 68 % within {self.expected.radius_px:.1f} px>"
        )

    def to_json(self) -> dict[str, Any]:
        """Plain JSON values, the form on the wire and in profiles; `lam` is written "lambda"."""
        values = asdict(self)
        values["lambda"] = values.pop("lam")
        return values

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> CalibrationReport:
        """The inverse of `to_json`. Raises KeyError, TypeError or ValueError for other values."""
        fields = dict(values)
        fields["lam"] = float(fields.pop("lambda"))
        fields["targets"] = tuple(TargetResult(**target) for target in fields["targets"])
        for name in ("lost_target_ids", "doubtful_target_ids"):
            fields[name] = tuple(int(number) for number in fields[name])
        fields.setdefault("members", {fields["method"]: 1.0})  # of one map in profiles older than version 5
        for name in ("baselines_px", "weights", "members"):
            fields[name] = {str(key): float(value) for key, value in fields[name].items()}
        if "expected" in fields:
            fields["expected"] = ExpectedError(**{name: float(value) for name, value in fields["expected"].items()})
        else:  # profiles older than version 3 have one error for all frames
            mean_px = float(fields["mean_error_px"])
            fields["expected"] = ExpectedError(float(fields["median_error_px"]), mean_px, 0.0, mean_px, 0.0)
        report = cls(**fields)
        figures = (report.mean_error_px, report.median_error_px, report.lam, *asdict(report.expected).values())
        if not all(math.isfinite(value) for value in figures):
            raise ValueError("an error figure is not a finite number")
        return report


def make_report(
    selected: SelectedSamples,
    predictions: Mapping[str, Sequence[Point]],
    screen: ScreenGeometry,
    *,
    method: str,
    model: Mixture,
    expected: ExpectedError,
    n_earlier: int = 0,
) -> CalibrationReport:
    """The report of a fit. predictions: method name -> left-out prediction for each mean; must contain `method`."""
    relative = relative_errors(model.standardised_px(screen))
    ridge = model.staged.ridge
    results = tuple(
        TargetResult(
            target_id=mean.target_id,
            x=mean.target[0],
            y=mean.target[1],
            predicted_x=point[0],
            predicted_y=point[1],
            error_px=screen.distance_px(mean.target, point),
            error_deg=screen.angle_deg(mean.target, point),
            n_used=mean.n_used,
            n_total=mean.n_total,
            relative_error=value,
        )
        for mean, point, value in zip(selected.means, predictions[method], relative, strict=True)
    )
    errors_px = [result.error_px for result in results]
    errors_deg = [result.error_deg for result in results if result.error_deg is not None]
    baselines_px = {
        name: statistics.fmean(
            screen.distance_px(mean.target, point) for mean, point in zip(selected.means, points, strict=True)
        )
        for name, points in predictions.items()
        if name != method
    }
    return CalibrationReport(
        method=method,
        weights=dict(ridge.weights),
        lam=ridge.lam,
        members=model.weights,
        targets=results,
        lost_target_ids=selected.lost_target_ids,
        doubtful_target_ids=tuple(selected.means[i].target_id for i in ridge.doubtful),
        mean_error_px=statistics.fmean(errors_px),
        median_error_px=expected.median_px,
        mean_error_deg=statistics.fmean(errors_deg) if errors_deg else None,
        # Degrees per pixel are the average over the targets.
        median_error_deg=expected.median_px * sum(errors_deg) / max(sum(errors_px), 1e-9) if errors_deg else None,
        baselines_px=baselines_px,
        n_frames=selected.n_total,
        n_unsettled=selected.n_unsettled,
        n_blinks=selected.n_blinks,
        n_outliers=selected.n_outliers,
        expected=expected,
        n_earlier=n_earlier,
    )


def relative_errors(standardised_px: Array) -> list[float]:
    """Standardised left-out errors over their mean; 1 if all are zero or one is unknown."""
    mean_px = standardised_px.mean()
    values: list[float] = (standardised_px / mean_px if mean_px > 0.0 else np.ones(len(standardised_px))).tolist()
    return values
