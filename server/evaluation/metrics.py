"""The error of a fitted method over recorded frames."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from calibration.quality.methods import FittedMethod
from calibration.screen import Point, ScreenGeometry, ScreenPoint
from server.evaluation.observations import Observation
from server.gaze.filters import FILTERS


@dataclass(frozen=True, slots=True)
class MethodErrors:
    """Errors of one method over the test frames. diag: percent of the screen's diagonal. deg: None if unknown.

    median_of_centre: the median divided by that of the baseline "always the screen's centre" on the same frames.
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


def predict_all(fitted: FittedMethod, observations: Sequence[Observation], filter_name: str = "none") -> list[Point]:
    """The predicted point of each observation, in screen units. filter_name: a name in server.gaze.filters.FILTERS."""
    point_filter = FILTERS[filter_name]()
    points = []
    for observation in observations:
        assert observation.blocks is not None  # status "ok"
        predicted = ScreenPoint(*fitted.predict(observation.blocks))
        point = point_filter.apply(predicted, observation.frame.captured_ms)
        points.append((point.x, point.y))
    return points


def method_errors(points: Sequence[Point], observations: Sequence[Observation], screen: ScreenGeometry) -> MethodErrors:
    """The errors of the points. points: one for each observation, in screen units; at least one."""
    targets = [observation.frame.target for observation in observations]
    return errors_of([(point, to) for point, to in zip(points, targets, strict=True) if to is not None], screen)


def errors_of(pairs: Sequence[tuple[Point, Point]], screen: ScreenGeometry) -> MethodErrors:
    """The errors of the pairs. pairs: (prediction, target) in screen units; at least one."""
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


def with_centre(errors: Mapping[str, MethodErrors]) -> dict[str, MethodErrors]:
    """The errors with `median_of_centre`, if the method "centre" is among them."""
    centre_px = errors["centre"].median_px if "centre" in errors else 0.0
    if centre_px <= 0.0:
        return dict(errors)
    return {name: replace(e, median_of_centre=e.median_px / centre_px) for name, e in errors.items()}
