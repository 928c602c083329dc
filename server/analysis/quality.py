"""Data quality of a recording, in the field's figures: accuracy, RMS-S2S, STD, BCEA, data loss, effective frequency.

Precision is measured while the eye is still: on the targets of a validation, without the first SETTLE_MS, or without a
validation in the fixations (then it is a lower bound, because a fixation ends when the gaze strays). Each figure is the
mean over the targets or fixations. The points are the filtered ones, which people and programs use.

    RMS-S2S  root mean square of the distances between successive samples
    STD      root of the summed variances of x and y
    BCEA     area of the ellipse that holds P of the samples: 2 k pi sx sy sqrt(1 - r^2), k = -ln(1 - P)

Holmqvist et al. 2012 (doi:10.1145/2168556.2168563); Niehorster et al. 2020 (doi:10.3758/s13428-020-01400-9).
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from calibration.samples.selection import SETTLE_MS
from calibration.screen import ScreenGeometry
from server.recordings.sample_line import SampleColumns

Message = Mapping[str, Any]
Floats = npt.NDArray[np.float64]
Kind = Literal["measured", "announced", "predicted"]
BCEA_SHARE = 0.68
MIN_SAMPLES = 3  # of a target or fixation, for a scatter
# What one figure says about the standard deviation of each axis, if the errors of x and y are normal and alike: the
# mean, the median and the 68 % quantile of a Rayleigh distribution of scale 1.
SIGMAS: Mapping[Kind, float] = {
    "measured": math.sqrt(math.pi / 2.0),
    "announced": math.sqrt(2.0 * math.log(2.0)),
    "predicted": math.sqrt(-2.0 * math.log(1.0 - 0.68)),
}


@dataclass(frozen=True, slots=True)
class Accuracy:
    """The error of a recording's gaze.

    kind: measured (accuracy of a validation, the mean offset, because fixations are means of frames), announced (median
    error of the calibration on targets left out of the fit), or predicted (median of the samples' radius, which holds
    68 %).
    """

    px: float
    deg: float | None
    kind: Kind

    @property
    def sigma_px(self) -> float:
        """The standard deviation of each axis, for errors that are normal."""
        return self.px / SIGMAS[self.kind]


@dataclass(frozen=True, slots=True)
class Quality:
    """None: unknown. of: where the precision was measured."""

    accuracy_px: float | None
    accuracy_deg: float | None
    rms_s2s_px: float | None
    std_px: float | None
    bcea_px2: float | None
    data_loss: float | None
    effective_hz: float | None
    nominal_hz: float | None
    of: Literal["validation", "fixations"] | None


def accuracy_of(calibrations: Sequence[Message], validations: Sequence[Message], radii_px: Floats) -> Accuracy | None:
    """The best figure that a recording has: a validation of its last calibration, else that calibration's report.

    radii_px: the error radius of samples, NaN for unknown.
    """
    calibrated_ms = float(calibrations[-1]["timestamp"]) if calibrations else -math.inf
    if validations and float(validations[-1]["timestamp"]) >= calibrated_ms:
        found = validations[-1]["result"].get("accuracy") or {}
        if found.get("px"):
            return Accuracy(float(found["px"]), _number(found.get("deg")), "measured")
    report: Any = calibrations[-1].get("report") if calibrations else None
    if isinstance(report, Mapping) and report.get("median_error_px"):
        return Accuracy(float(report["median_error_px"]), _number(report.get("median_error_deg")), "announced")
    radii = radii_px[np.isfinite(radii_px) & (radii_px > 0.0)]
    return Accuracy(float(np.median(radii)), None, "predicted") if len(radii) else None


def quality_of(
    samples: SampleColumns, screen: ScreenGeometry, accuracy: Accuracy | None, fixation: npt.NDArray[np.int64]
) -> Quality:
    """fixation: the number of the fixation of each sample, -1 outside, (n,)."""
    group, of = still_groups(samples, fixation)
    scatter = precision(group, samples.x * screen.width_px, samples.y * screen.height_px)
    n, n_valid = len(samples), int(samples.valid.sum())
    span_s = (samples.time_ms[-1] - samples.time_ms[0]) / 1000.0 if n > 1 else 0.0
    interval_ms = float(np.median(np.diff(samples.time_ms))) if n > 1 else 0.0
    return Quality(
        accuracy_px=None if accuracy is None else accuracy.px,
        accuracy_deg=None if accuracy is None else accuracy.deg,
        rms_s2s_px=scatter and scatter[0],
        std_px=scatter and scatter[1],
        bcea_px2=scatter and scatter[2],
        data_loss=1.0 - n_valid / n if n else None,
        # n samples span n - 1 intervals; the last one counts as long as the others.
        effective_hz=n_valid / (span_s * n / (n - 1)) if span_s > 0.0 else None,
        nominal_hz=1000.0 / interval_ms if interval_ms > 0.0 else None,
        of=of if scatter else None,
    )


def still_groups(
    samples: SampleColumns, fixation: npt.NDArray[np.int64]
) -> tuple[npt.NDArray[np.int64], Literal["validation", "fixations"]]:
    """The group of each sample while the eye is still, and where that is known from: (n,), -1 for no group."""
    group = _still_on_targets(samples)
    return (group, "validation") if (group >= 0).any() else (fixation, "fixations")


def precision(group: npt.NDArray[np.int64], x_px: Floats, y_px: Floats) -> tuple[float, float, float] | None:
    """RMS-S2S (px), STD (px) and BCEA (px^2), each the mean over the groups; None without a group of MIN_SAMPLES.

    group: (n,), the number of the target or fixation of each sample, -1 for none. Samples without a point are skipped.
    """
    known = (group >= 0) & np.isfinite(x_px) & np.isfinite(y_px)
    group, x_px, y_px = group[known], x_px[known], y_px[known]
    if not len(group):
        return None
    size = int(group.max()) + 1
    n = np.bincount(group, minlength=size)

    def mean(values: Floats) -> Floats:
        total: Floats = np.bincount(group, values, size) / np.maximum(n, 1)
        return total

    dx, dy = x_px - mean(x_px)[group], y_px - mean(y_px)[group]
    variance_x, variance_y, covariance = mean(dx * dx), mean(dy * dy), mean(dx * dy)
    same = group[1:] == group[:-1]
    steps = (np.diff(x_px) ** 2 + np.diff(y_px) ** 2)[same]
    n_steps = np.bincount(group[1:][same], minlength=size)
    rms = np.sqrt(np.bincount(group[1:][same], steps, size) / np.maximum(n_steps, 1))
    # Sample variances (n - 1), as a population estimate, for the ellipse.
    unbiased = n / np.maximum(n - 1, 1)
    area = np.sqrt(np.maximum(variance_x * variance_y - covariance**2, 0.0)) * unbiased
    bcea = -2.0 * math.log(1.0 - BCEA_SHARE) * math.pi * area
    enough = n >= MIN_SAMPLES
    if not enough.any():
        return None
    std = np.sqrt(variance_x + variance_y)
    return float(rms[enough].mean()), float(std[enough].mean()), float(bcea[enough].mean())


def _still_on_targets(samples: SampleColumns) -> npt.NDArray[np.int64]:
    """The number of the validation target of each sample, -1 for others and for the first SETTLE_MS of each."""
    group = samples.target.astype(np.int64)
    for number, (_, _, phase) in enumerate(samples.targets):
        here = np.flatnonzero(group == number)
        if phase != "test":
            group[here] = -1
        elif len(here):
            group[here[samples.time_ms[here] - samples.time_ms[here[0]] < SETTLE_MS]] = -1
    return group


def _number(value: object) -> float | None:
    return float(value) if isinstance(value, int | float) else None
