"""How good a calibration is, told by targets that were left out of the fit.

The errors of the targets and their mean are as measured, comparable with the baselines'. What is announced for frames
to come, `median_error_px` and the radius at a place, is `expected`, see `calibration.quality.error_model`.
"""

from __future__ import annotations

import math
import statistics
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from calibration.mapping.ridge import RidgeModel
from calibration.quality.error_model import ExpectedError, place_factor
from calibration.samples.selection import SelectedSamples
from calibration.screen import Point, ScreenGeometry


@dataclass(frozen=True, slots=True)
class TargetResult:
    """One target, predicted by a fit that never saw it. Places in screen units.

    relative_error: 1 is what was to be expected at this place from the others; corners are missed by more.
    """

    target_id: int
    x: float
    y: float
    predicted_x: float
    predicted_y: float
    error_px: float
    error_deg: float | None  # None unless the screen's size and the viewing distance are known
    n_used: int
    n_total: int
    relative_error: float = 1.0


@dataclass(frozen=True, slots=True)
class CalibrationReport:
    """What a calibration must remember about its own quality. Errors are in px and degrees.

    mean_error: of the left-out targets; baselines_px: the same of every other method, by name.
    median_error: what is expected of single frames anywhere on the screen.
    """

    method: str
    weights: Mapping[str, float]  # block -> weight, as adapted to the person
    lam: float
    targets: tuple[TargetResult, ...]
    lost_target_ids: tuple[int, ...]  # shown, but without a usable frame
    doubtful_target_ids: tuple[int, ...]  # in the report but not in the fit: they disagree with all the others
    mean_error_px: float
    median_error_px: float
    mean_error_deg: float | None
    median_error_deg: float | None
    baselines_px: Mapping[str, float]
    n_frames: int
    n_unsettled: int
    n_blinks: int
    n_outliers: int
    expected: ExpectedError

    def to_json(self) -> dict[str, Any]:
        """Plain JSON values, the form on the wire and in profiles; `lam` is written "lambda"."""
        values = asdict(self)
        values["lambda"] = values.pop("lam")
        return values

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> CalibrationReport:
        """The inverse of `to_json`. Raises KeyError, TypeError or ValueError on anything else."""
        fields = dict(values)
        fields["lam"] = float(fields.pop("lambda"))
        fields["targets"] = tuple(TargetResult(**target) for target in fields["targets"])
        for name in ("lost_target_ids", "doubtful_target_ids"):
            fields[name] = tuple(int(number) for number in fields[name])
        for name in ("baselines_px", "weights"):
            fields[name] = {str(key): float(value) for key, value in fields[name].items()}
        if "expected" in fields:
            fields["expected"] = ExpectedError(**{name: float(value) for name, value in fields["expected"].items()})
        else:  # profiles of before knew one error for all frames
            mean_px = float(fields["mean_error_px"])
            fields["expected"] = ExpectedError(float(fields["median_error_px"]), mean_px, 0.0, mean_px, 0.0)
        report = cls(**fields)
        figures = (report.mean_error_px, report.median_error_px, report.lam, *asdict(report.expected).values())
        if not all(math.isfinite(value) for value in figures):
            raise ValueError("an error figure is not a finite number")
        return report

    def error_px_at(self, x: float, y: float, screen: ScreenGeometry, variance: float = math.nan) -> float:
        """The radius that is expected to hold 68 % of the frames that look at a place.

        variance: `RidgeModel.variance` of a frame, which tells how far its head is from the calibrated poses.
        """
        return self.place_factor_at(x, y, screen) * self.expected.at(variance)

    def place_factor_at(self, x: float, y: float, screen: ScreenGeometry) -> float:
        """By how much more than the average is expected at a place."""
        places = [(target.x, target.y) for target in self.targets]
        relative = [target.relative_error for target in self.targets]
        return place_factor(x, y, places, relative, screen)


def make_report(
    gated: SelectedSamples,
    predictions: Mapping[str, Sequence[Point]],
    screen: ScreenGeometry,
    *,
    method: str,
    model: RidgeModel,
    expected: ExpectedError,
) -> CalibrationReport:
    """predictions: method name -> the left-out prediction for each mean of `gated`; must contain `method`."""
    relative = relative_errors(model)
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
        for mean, point, value in zip(gated.means, predictions[method], relative, strict=True)
    )
    errors_px = [result.error_px for result in results]
    errors_deg = [result.error_deg for result in results if result.error_deg is not None]
    baselines_px = {
        name: statistics.fmean(
            screen.distance_px(mean.target, point) for mean, point in zip(gated.means, points, strict=True)
        )
        for name, points in predictions.items()
        if name != method
    }
    return CalibrationReport(
        method=method,
        weights=dict(model.weights),
        lam=model.lam,
        targets=results,
        lost_target_ids=gated.lost_target_ids,
        doubtful_target_ids=tuple(gated.means[i].target_id for i in model.doubtful),
        mean_error_px=statistics.fmean(errors_px),
        median_error_px=expected.median_px,
        mean_error_deg=statistics.fmean(errors_deg) if errors_deg else None,
        # A pixel is as many degrees as it is on average over the targets.
        median_error_deg=expected.median_px * sum(errors_deg) / max(sum(errors_px), 1e-9) if errors_deg else None,
        baselines_px=baselines_px,
        n_frames=gated.n_total,
        n_unsettled=gated.n_unsettled,
        n_blinks=gated.n_blinks,
        n_outliers=gated.n_outliers,
        expected=expected,
    )


def relative_errors(model: RidgeModel) -> list[float]:
    """Standardised left-out errors over their mean; 1 where there are none or all are zero."""
    if model.standardised is None or not np.nanmean(model.standardised) > 0.0:
        return [1.0] * (len(model.standardised) if model.standardised is not None else 0)
    values: list[float] = (model.standardised / np.nanmean(model.standardised)).tolist()
    return values
