"""Validation: the error of the gaze, measured on held-out targets, with its parts accuracy and precision.

For each target at place t with valid frames at r_i = (x_i, y_i) in px, and g_i the same after the filter, in order of
time (terms of Holmqvist et al., "Eye tracking: empirical foundations for a minimal reporting guideline", 2022):

    error     = median |r_i - t|                       of single frames
    offset    = median(g_i) - t                        accuracy = |offset|
    rms_s2s   = sqrt(mean |g_(i+1) - g_i|^2)           over successive frames; a gap has no pair
    sd        = sqrt(var x + var y)
    data loss = share of frames without a valid point, blinks included

The error of the whole is the median over all frames, each target with the same weight (`quality.measured_error`). The
report of a calibration expects the same quantity (`quality.error_model`), so the two can be compared. An offset is
smaller than the error: it has less of the frames' noise.

Accuracy and precision of the whole are means over targets. All figures are None if one target has too few points,
because an average without the targets at which tracking failed would be too good.
"""

from __future__ import annotations

import itertools
import math
import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np

from calibration.arrays import Array
from calibration.quality.grades import Grade, grade_of, grade_of_all
from calibration.quality.measured_error import likely_range, median_of_targets
from calibration.screen import Point, ScreenGeometry

MIN_POINTS = 5
MIN_TARGETS_FOR_SHIFT = 3
SHIFT_SHARE = 0.75  # of the accuracy that may remain: a shift must remove at least a quarter


@dataclass(frozen=True, slots=True)
class GazePoint:
    """One frame while a target was shown. `point` in screen units, after the filter; None if it is not valid.

    raw: the point of this frame alone; None if there is no filter.
    """

    captured_ms: float
    point: Point | None
    distance_mm: float | None = None
    brightness: float | None = None
    raw: Point | None = None


@dataclass(frozen=True, slots=True, eq=False)
class TargetQuality:
    """The quality at one target. The px fields are None with fewer than MIN_POINTS valid points.

    frames_px: (N, 2) of single frames, minus the target; frames_deg: their N angles, empty if degrees are unknown.
    """

    target_id: int
    target: Point
    n_valid: int
    n_total: int
    frames_px: Array = field(default_factory=lambda: np.zeros((0, 2)))
    frames_deg: tuple[float, ...] = ()
    error_px: float | None = None
    offset_px: tuple[float, float] | None = None
    accuracy_px: float | None = None
    accuracy_deg: float | None = None
    rms_s2s_px: float | None = None
    sd_px: float | None = None
    sd_deg: float | None = None

    @property
    def failed(self) -> bool:
        return self.offset_px is None


@dataclass(frozen=True, slots=True)
class Validation:
    screen: ScreenGeometry  # with the measured viewing distance
    targets: tuple[TargetQuality, ...]
    sample_rate_hz: float | None
    data_loss: float
    brightness: float | None
    calibration_id: str

    @property
    def failed(self) -> tuple[TargetQuality, ...]:
        return tuple(target for target in self.targets if target.failed)

    @property
    def error_px(self) -> float | None:
        """The median over all frames, each target with the same weight."""
        known = self.targets and not self.failed
        return median_of_targets([_lengths(target.frames_px) for target in self.targets]) if known else None

    @property
    def accuracy_px(self) -> float | None:
        return self._mean("accuracy_px")

    @property
    def grade(self) -> Grade:
        return grade_of_all([target.error_px for target in self.targets], self.screen)

    def to_json(self) -> dict[str, Any]:
        """The validation result of PROTOCOL.md."""
        size, error = self.screen.size_mm, self._figures(self.error_px, self._error_deg())
        if error is not None:
            low, high = likely_range([target.error_px or 0.0 for target in self.targets]) or (None, None)
            error |= {"low_px": _round(low, 1), "high_px": _round(high, 1)}
        precision = {
            "rms_s2s_px": _round(self._mean("rms_s2s_px"), 1),
            "sd_px": _round(self._mean("sd_px"), 1),
            "deg": _round(self._mean("sd_deg"), 2),
        }
        return {
            "grade": self.grade,
            "error": error,
            "accuracy": self._figures(self.accuracy_px, self._mean("accuracy_deg")),
            "precision": precision,
            "sample_rate_hz": _round(self.sample_rate_hz, 1),
            "data_loss": round(self.data_loss, 4),
            "points": [_target_json(target, self.screen) for target in self.targets],
            "failed_points": [target.target_id for target in self.failed],
            "distance_mm": _round(self.screen.distance_mm, 0),
            "screen_mm": None if size is None else {"width": round(size[0], 1), "height": round(size[1], 1)},
            "held_out": True,
            "calibration": self.calibration_id,
        }

    def _figures(self, px: float | None, deg: float | None) -> dict[str, float | None] | None:
        if px is None:
            return None
        size = self.screen.size_mm
        return {
            "px": round(px, 1),
            "cm": None if size is None else round(px * size[0] / self.screen.width_px / 10.0, 2),
            "deg": _round(deg, 2),
            "percent_width": round(100.0 * px / self.screen.width_px, 2),
        }

    def _error_deg(self) -> float | None:
        of_targets = [np.array(target.frames_deg) for target in self.targets]
        known = self.error_px is not None and all(map(len, of_targets))
        return median_of_targets(of_targets) if known else None

    def _mean(self, name: str) -> float | None:
        """The mean over all targets; None if one of them has no value."""
        values = [getattr(target, name) for target in self.targets]
        if not values or any(value is None for value in values):
            return None
        return statistics.fmean(values)


def validate(
    seen: Mapping[tuple[int, Point], Sequence[GazePoint]], screen: ScreenGeometry, calibration_id: str
) -> Validation:
    """The quality at each target. seen: (target id, place) -> all frames after the settle time, in order."""
    points = [point for mine in seen.values() for point in mine]
    distances = [point.distance_mm for point in points if point.distance_mm is not None]
    screen = screen.seen_from(distances)
    lights = [point.brightness for point in points if point.brightness is not None]
    n_valid = sum(point.point is not None for point in points)
    return Validation(
        screen=screen,
        targets=tuple(_quality(*key, mine, screen) for key, mine in seen.items()),
        sample_rate_hz=_rate_hz(seen.values()),
        data_loss=1.0 - n_valid / len(points) if points else 1.0,
        brightness=statistics.median(lights) if lights else None,
        calibration_id=calibration_id,
    )


class Shift(NamedTuple):
    """The shift of every point, and the remaining error: of each target, after the shift of the other targets."""

    dx_px: float
    dy_px: float
    remaining_px: float


def common_shift(result: Validation) -> Shift | None:
    """The translation common to all targets; None if it does not lower the error of left-out targets."""
    measured = [target for target in result.targets if target.offset_px is not None]
    n = len(measured)
    if n < MIN_TARGETS_FOR_SHIFT or result.accuracy_px is None:
        return None
    offsets = np.array([target.offset_px for target in measured])  # (n, 2)
    of_others = (offsets.sum(axis=0) - offsets) / (n - 1)
    if _lengths(offsets - of_others).mean() > SHIFT_SHARE * result.accuracy_px:
        return None
    remaining_px = median_of_targets(
        [_lengths(target.frames_px - shift) for target, shift in zip(measured, of_others, strict=True)]
    )
    dx, dy = -offsets.mean(axis=0)
    return Shift(float(dx), float(dy), remaining_px)


def _quality(target_id: int, target: Point, seen: Sequence[GazePoint], screen: ScreenGeometry) -> TargetQuality:
    size = np.array([screen.width_px, screen.height_px])
    valid = np.array([point.point for point in seen if point.point is not None]).reshape(-1, 2)  # (N, 2)
    if len(valid) < MIN_POINTS:
        return TargetQuality(target_id, target, len(valid), len(seen))
    single = [point.raw or point.point for point in seen if point.point is not None]
    frames_px = (np.array(single) - target) * size  # (N, 2)
    frames_deg = [angle for point in single if point and (angle := screen.angle_deg(target, point)) is not None]
    middle = np.median(valid, axis=0)
    dx, dy = (float(value) for value in (middle - target) * size)
    steps = [
        math.hypot(*((np.asarray(b.point) - np.asarray(a.point)) * size))
        for a, b in itertools.pairwise(seen)
        if a.point is not None and b.point is not None
    ]
    sd_px = float(np.sqrt((valid * size).var(axis=0).sum()))
    # The angle of one standard deviation at the target's place.
    beside = (float(middle[0] + sd_px / screen.width_px), float(middle[1]))
    return TargetQuality(
        target_id=target_id,
        target=target,
        n_valid=len(valid),
        n_total=len(seen),
        frames_px=frames_px,
        frames_deg=tuple(frames_deg),
        error_px=float(np.median(_lengths(frames_px))),
        offset_px=(dx, dy),
        accuracy_px=math.hypot(dx, dy),
        accuracy_deg=screen.angle_deg(target, (float(middle[0]), float(middle[1]))),
        rms_s2s_px=math.sqrt(statistics.fmean(step * step for step in steps)) if steps else None,
        sd_px=sd_px,
        sd_deg=screen.angle_deg((float(middle[0]), float(middle[1])), beside),
    )


def _lengths(vectors_px: Array) -> Array:
    """(N, 2) -> (N,)"""
    lengths: Array = np.linalg.norm(vectors_px, axis=1)
    return lengths


def _rate_hz(visits: Any) -> float | None:
    """Frames per second while targets were shown."""
    gaps = [b.captured_ms - a.captured_ms for seen in visits for a, b in itertools.pairwise(seen)]
    mean = statistics.fmean(gaps) if gaps else 0.0
    return 1000.0 / mean if mean > 0 else None


def _target_json(target: TargetQuality, screen: ScreenGeometry) -> dict[str, Any]:
    offset = None
    if target.offset_px is not None:
        offset = {"dx": round(target.offset_px[0], 1), "dy": round(target.offset_px[1], 1)}
    return {
        "target": {"id": target.target_id, "x": target.target[0], "y": target.target[1]},
        "n_valid": target.n_valid,
        "n_total": target.n_total,
        "error_px": _round(target.error_px, 1),
        "offset_px": offset,
        "accuracy_px": _round(target.accuracy_px, 1),
        "rms_s2s_px": _round(target.rms_s2s_px, 1),
        "sd_px": _round(target.sd_px, 1),
        "grade": grade_of(target.error_px, screen),
    }


def _round(value: float | None, digits: int) -> float | None:
    return None if value is None else round(value, digits)
