"""How good a calibration is, told by targets that were left out of the fit."""

from __future__ import annotations

import math
import statistics
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from calibration.gating import GateResult
from calibration.ridge import RidgeModel
from calibration.screen import Point, ScreenGeometry

# Errors are smoothed over about a third of the screen; nine targets say nothing finer.
SMOOTHING_DIAGONALS = 0.2
PRIOR_TARGETS = 1.0  # the mean error counts like one target at the very place


@dataclass(frozen=True, slots=True)
class TargetResult:
    """One target, predicted by a fit that never saw it. Places in screen units."""

    target_id: int
    x: float
    y: float
    predicted_x: float
    predicted_y: float
    error_px: float
    error_deg: float | None  # None unless the screen's size and the viewing distance are known
    n_used: int
    n_total: int


@dataclass(frozen=True, slots=True)
class CalibrationReport:
    """What a calibration must remember about its own quality. Errors are left-out errors in px and degrees.

    baselines_px: mean left-out error of every other method, by name.
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
        report = cls(**fields)
        if not all(math.isfinite(value) for value in (report.mean_error_px, report.median_error_px, report.lam)):
            raise ValueError("an error figure is not a finite number")
        return report

    def error_px_at(self, x: float, y: float, screen: ScreenGeometry) -> float:
        """The expected error at a place: left-out errors e_i, weighted by distance d_i.

        e(x, y) = (sum w_i e_i + mean(e)) / (sum w_i + 1), w_i = exp(-d_i^2 / 2 s^2), s a fifth of the diagonal.
        """
        spread = SMOOTHING_DIAGONALS * screen.diagonal_px
        total, weights = PRIOR_TARGETS * self.mean_error_px, PRIOR_TARGETS
        for target in self.targets:
            weight = math.exp(-0.5 * (screen.distance_px((x, y), (target.x, target.y)) / spread) ** 2)
            total, weights = total + weight * target.error_px, weights + weight
        return total / weights


def make_report(
    gated: GateResult,
    predictions: Mapping[str, Sequence[Point]],
    screen: ScreenGeometry,
    *,
    method: str,
    model: RidgeModel,
) -> CalibrationReport:
    """predictions: method name -> the left-out prediction for each mean of `gated`; must contain `method`."""
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
        )
        for mean, point in zip(gated.means, predictions[method], strict=True)
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
        median_error_px=statistics.median(errors_px),
        mean_error_deg=statistics.fmean(errors_deg) if errors_deg else None,
        median_error_deg=statistics.median(errors_deg) if errors_deg else None,
        baselines_px=baselines_px,
        n_frames=gated.n_total,
        n_unsettled=gated.n_unsettled,
        n_blinks=gated.n_blinks,
        n_outliers=gated.n_outliers,
    )
