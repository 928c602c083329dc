"""Samples in, a screen mapping and its honest error out: the one door that the server uses.

samples --gate--> one mean per target --fit_staged--> StagedModel --left_out_points, expected_error--> CalibrationReport
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from threadpoolctl import ThreadpoolController

from calibration.errors import CalibrationError
from calibration.mapping.two_stage import StagedModel, fit_staged
from calibration.quality.error_model import expected_error
from calibration.quality.methods import DEFAULT_METHOD, baseline_predictions
from calibration.quality.report import CalibrationReport, make_report
from calibration.samples.head_poses import HeadPoses, head_poses
from calibration.samples.sample import Blocks, CalibrationSample
from calibration.samples.selection import SETTLE_MS, GateResult, gate
from calibration.screen import ScreenGeometry, ScreenPoint

MIN_TARGETS = 3  # an affine map of two angles needs three places
MIN_BREADTH = 0.03  # screen units; the flattest triangle that still tells up from down, or left from right


@dataclass(frozen=True, slots=True)
class Calibration:
    """A person's map to one screen. Immutable; a new calibration is a new value."""

    calibration_id: str
    screen: ScreenGeometry
    model: StagedModel
    report: CalibrationReport
    poses: HeadPoses | None = None  # where the head was; None in profiles of before

    def predict(self, blocks: Blocks) -> ScreenPoint:
        """Where a frame looks. Always finite and at most half a screen outside.

        Raises ValueError when a feature block is missing or has another length than in the fit.
        """
        return ScreenPoint(*self.model.predict(blocks))

    def error_px(self, x: float, y: float, blocks: Blocks | None = None) -> float:
        """The radius around a predicted place, in screen units, that is expected to hold 68 % of the frames.

        blocks: the frame's features; with them, a head that has left the calibrated poses widens it.
        """
        variance = self.model.ridge.variance(blocks) if blocks is not None else math.nan
        return self.report.error_px_at(x, y, self.screen, variance)


def fit_calibration(
    samples: Sequence[CalibrationSample], screen: ScreenGeometry, *, settle_ms: float = SETTLE_MS
) -> Calibration:
    """The default calibration. Samples in the order they were taken, every frame with a face since the dot's arrival.

    A caller that has already dropped the settle time passes settle_ms=0.
    Frames that lack a feature block which most have are passed over; baselines that lack theirs are not reported.
    Raises CalibrationError, with what to do, when fewer than three targets have a usable frame.
    """
    gated = gate(samples, settle_ms)
    if len(gated.means) < MIN_TARGETS:
        raise CalibrationError(too_little(gated))
    if breadth([mean.target for mean in gated.means]) < MIN_BREADTH:
        raise CalibrationError(
            "All dots lay in one place or on one line, which says nothing about the rest of the screen: "
            "calibrate with dots that spread in both directions."
        )
    with one_blas_thread():
        try:
            model = fit_staged(gated.means, screen)
        except ValueError as error:
            raise CalibrationError(
                f"The pictures of your eyes cannot be used ({error}): calibrate again, with your face well lit."
            ) from error
        predictions = {
            **baseline_predictions(gated.means, screen),
            DEFAULT_METHOD: model.left_out_points(gated.means),
        }
        expected = expected_error(model, gated.means, screen)
    report = make_report(gated, predictions, screen, method=DEFAULT_METHOD, model=model.ridge, expected=expected)
    return Calibration(calibration_id_of(model), screen, model, report, head_poses(samples))


def breadth(places: Sequence[tuple[float, float]]) -> float:
    """Standard deviation of the places in the direction in which they spread least, screen units."""
    centred = np.asarray(places, np.float64) - np.mean(places, axis=0)  # (T, 2)
    return float(np.sqrt(max(np.linalg.eigvalsh(centred.T @ centred / len(places))[0], 0.0)))


def one_blas_thread() -> AbstractContextManager[object]:
    """16 x 16 matrices are not worth a second thread: waiting for it made fits ten times as long on a busy machine."""
    limit: AbstractContextManager[object] = _blas().limit(limits=1, user_api="blas")
    return limit


@lru_cache(maxsize=1)
def _blas() -> ThreadpoolController:
    return ThreadpoolController()  # looks through all loaded libraries, some milliseconds


def too_little(gated: GateResult) -> str:
    """Why there is no fit, and what the person can do about it."""
    found = f"Only {len(gated.means)} dots gave a usable picture of your eyes; at least {MIN_TARGETS} are needed."
    if gated.n_total == 0:
        return f"{found} No face was found: sit in front of the camera, with light on your face, and calibrate again."
    if gated.n_blinks > (gated.n_total - gated.n_unsettled) / 2:
        return f"{found} The eyes were shut most of the time: keep them open on each dot and calibrate again."
    return f"{found} Keep your face in view, look at each dot until it goes away, and calibrate again."


def calibration_id_of(model: StagedModel) -> str:
    """ "c_" and eight hex digits that depend on the learned numbers only, so that a profile keeps its id."""
    ridge = model.ridge
    digest = hashlib.sha256(ridge.origin.tobytes())
    for name in sorted(ridge.coefficients):
        digest.update(name.encode())
        digest.update(ridge.centres[name].tobytes())
        digest.update(ridge.coefficients[name].tobytes())
    return f"c_{digest.hexdigest()[:8]}"
