"""The fitted calibration as a value: features of a frame in, a screen point and its expected error out."""

from __future__ import annotations

import hashlib
import math
from dataclasses import dataclass

from calibration.mapping.mixture import Mixture
from calibration.quality.error_model import CHANGED, NORMAL_QUANTILE, elsewhere_px, moved_sq, place_factor, unlike_sq
from calibration.quality.extrapolation import KnownDots
from calibration.quality.report import CalibrationReport
from calibration.samples.head_poses import HeadPoses
from calibration.samples.past import PastSession
from calibration.samples.sample import Blocks
from calibration.screen import ScreenGeometry, ScreenPoint


@dataclass(frozen=True, slots=True)
class Doubt:
    """A frame's distance from the calibration.

    variance: of its prediction. likeness: 1 (the eyes look as in the calibration) to 0 (unlike all). shift_mm and
    turn_rad: of the head, see `HeadPoses.moved`. changed: whether the camera has changed.
    """

    variance: float
    likeness: float
    shift_mm: tuple[float, float, float] = (0.0, 0.0, 0.0)
    turn_rad: float = 0.0
    changed: bool = False

    @property
    def apart_sq(self) -> float:
        """The mean square of the error that this adds, square screen diagonals."""
        moved = moved_sq(math.hypot(*self.shift_mm), self.turn_rad)
        return moved + unlike_sq(self.likeness) + (CHANGED**2 if self.changed else 0.0)


@dataclass(frozen=True, slots=True)
class Calibration:
    """The map of one person to one screen. Immutable; a new calibration is a new value (`calibration.fit`).

    camera_px: width and height of the camera's frames during the calibration; None in older profiles.
    sessions: the earlier ones that the fit knew, and its own, the last one; empty in older profiles.
    openness: of the left and the right eye, usually, during the calibration; None in older profiles.
    """

    calibration_id: str
    screen: ScreenGeometry
    model: Mixture
    report: CalibrationReport
    poses: HeadPoses | None = None  # of the head during the calibration; None in profiles older than version 4
    camera_px: tuple[int, int] | None = None
    openness: tuple[float, float] | None = None
    sessions: tuple[PastSession, ...] = ()

    def predict(self, blocks: Blocks) -> ScreenPoint:
        """The gaze point of a frame, in screen units. Always finite and at most half a screen outside.

        Raises ValueError if a feature block is missing or has another length than in the fit.
        """
        return ScreenPoint(*self.model.predict(blocks))

    def error_px(self, x: float, y: float, blocks: Blocks | None = None) -> float:
        """The radius around a predicted point (screen units) that is expected to hold 68 % of the frames, in pixels.

        It grows where no dots were. blocks: the frame's features, see `doubt`.
        """
        return self.radius_px(x, y, None if blocks is None else self.doubt(blocks))

    def doubt(self, blocks: Blocks, *, changed: bool = False) -> Doubt:
        """How far a frame is from the calibration: the variance of its features, the head's movement, the eyes' looks.

        changed: whether the camera has changed.
        """
        variance = self.model.staged.ridge.variance(blocks)
        likeness = self.report.expected.likeness(variance)
        shift_mm, turn_rad = self.poses.moved(blocks) if self.poses is not None else ((0.0, 0.0, 0.0), 0.0)
        return Doubt(variance, likeness, shift_mm, turn_rad, changed)

    def radius_px(self, x: float, y: float, doubt: Doubt | None) -> float:
        """`error_px` of a frame with this doubt; None: of a typical frame."""
        variance, apart_sq = (math.nan, 0.0) if doubt is None else (doubt.variance, doubt.apart_sq)
        expected, screen = self.report.expected, self.screen
        dots = KnownDots.of(self.report.dots, (one.places for one in self.sessions[:-1]), self.model.pooled_share)
        beyond_px = elsewhere_px(expected, (x, y), dots, screen)
        calibrated_px = place_factor(x, y, self.report.targets, screen) * expected.at(variance, beyond_px)
        return math.hypot(calibrated_px, NORMAL_QUANTILE * screen.diagonal_px * math.sqrt(apart_sq))


def calibration_id_of(model: Mixture) -> str:
    """ "c_" and eight hex digits that depend only on the learned numbers, so that a profile keeps its id."""
    ridge = model.staged.ridge
    digest = hashlib.sha256(ridge.origin.tobytes())
    for name in sorted(ridge.coefficients):
        digest.update(name.encode())
        digest.update(ridge.centres[name].tobytes())
        digest.update(ridge.coefficients[name].tobytes())
    for name, weight in sorted(model.weights.items()):
        digest.update(f"{name} {weight!r}".encode())
    return f"c_{digest.hexdigest()[:8]}"
