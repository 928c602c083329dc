"""The geometric stage fitted to one person: kappa, gains, and the pose and size of the screen.

Nine numbers theta = (kappa_p, kappa_q, k_e, k_h, tilt_x, tilt_y, m_x, m_y, log size) from the corrections c_i(theta)
that the targets need (`geometry.GeometricStage.corrections`). They are the most probable ones for normal noise and a
normal prior:

    minimise  sum_i |c_i(theta)|^2 / sigma^2 + sum_j ((theta_j - mu_j) / spread_j)^2      by Gauss and Newton

sigma^2 = (sum_i |c_i|^2 + a sigma_0^2) / (2 T + a) is estimated in each step. sigma_0 is the population's and has the
weight of a numbers. What the targets do not determine stays at its prior (tilt and place of the screen with a still
head).

The left-out error of each target has a closed form at the linearised solution: with J the (2T, 9) derivative over
sigma and H = J (J^T J + diag(1 / spread^2))^-1 J^T, e_i = (I - H_ii)^-1 c_i, where H_ii is the target's 2 x 2 block.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from calibration.arrays import Array
from calibration.mapping.geometry import POPULATION, Gains, GeometricStage, Poses, geometric_stage, poses_of
from calibration.mapping.ridge import within_reach
from calibration.samples.sample import Blocks
from calibration.samples.selection import TargetMean
from calibration.screen import ScreenGeometry

# Spreads of the prior. Kappa varies by 5 degrees, with a network's bias. A webcam on a desktop screen may be
# tilted up or down relative to it; a laptop's webcam is not. Noise of the angles lowers gains.
_KAPPA = math.radians(5.0)
_SPREADS = np.array([_KAPPA, _KAPPA, 0.3, 0.15, math.radians(8.0), math.radians(3.0), 10.0, 12.0, math.nan])
_KNOWN_SIZE, _GUESSED_SIZE = 0.01, 0.15  # spread of the size's logarithm: measured, or from CSS pixels
_NOISE_RAD, _NOISE_COUNTS = math.radians(1.5), 2.0  # sigma_0 and a above
_STEPS = 4  # more steps move the result for simulated eyes by less than 0.1 degrees
_DIFFERENCE = 1e-5  # of a spread: the step of the numerical derivative


@dataclass(frozen=True, slots=True)
class GeometricFit:
    """left_out: (T, 2) screen units, each target minus its prediction from the others (linearised)."""

    stage: GeometricStage
    left_out: Array

    def predict(self, blocks: Blocks) -> tuple[float, float]:
        """The point of the line of sight alone, with c = 0."""
        reference = np.asarray(self.stage.reference_mm)
        ahead = self.stage.seen_from(reference, np.zeros((1, 2)))[0]
        return within_reach(*self.stage.to_point((float(ahead[0]), float(ahead[1])), blocks))


def fit_geometry(means: Sequence[TargetMean], screen: ScreenGeometry, gains: Gains = POPULATION) -> GeometricFit | None:
    """Fit the stage to a person. None if the head pose or the eyes' angles are unknown."""
    start, poses = geometric_stage(means, screen, gains), poses_of(means)
    if start is None or poses is None or poses.eyes_rad is None:
        return None
    targets = np.array([mean.target for mean in means], np.float64)  # (T, 2)
    spreads = _SPREADS.copy()
    spreads[-1] = _KNOWN_SIZE if screen.size_mm is not None else _GUESSED_SIZE
    prior = theta = _theta(start)
    n = len(targets)
    for _ in range(_STEPS):
        c = _corrections(theta, start, targets, poses)  # (2T,)
        sigma = math.sqrt((float(c @ c) + _NOISE_COUNTS * _NOISE_RAD**2) / (2 * n + _NOISE_COUNTS))
        jacobian = _jacobian(theta, spreads, start, targets, poses, c) / sigma  # (2T, 9)
        information = jacobian.T @ jacobian + np.diag(spreads**-2.0)
        theta = theta - np.linalg.solve(information, jacobian.T @ c / sigma + (theta - prior) / spreads**2)
    stage = _stage(theta, start)
    hat = jacobian @ np.linalg.solve(information, jacobian.T)  # (2T, 2T)
    blocks = hat.reshape(n, 2, n, 2)[np.arange(n), :, np.arange(n), :]  # (T, 2, 2)
    c = _corrections(theta, start, targets, poses)
    without = np.linalg.solve(np.eye(2) - 0.999 * blocks, c.reshape(n, 2, 1))[..., 0]  # (T, 2)
    # The point at which the line of sight meets the screen without the target.
    answers = stage.seen_from(poses.place_mm, stage.slope_to(poses.place_mm, targets) - without)
    return GeometricFit(stage, targets - answers)


def _theta(stage: GeometricStage) -> Array:
    gains = (stage.eye_gain, stage.head_gain)
    return np.array([*stage.kappa_rad, *gains, *stage.tilt_rad, *stage.camera_mm, 0.0], np.float64)


def _stage(theta: Array, start: GeometricStage) -> GeometricStage:
    kappa_p, kappa_q, eye_gain, head_gain, tilt_x, tilt_y, m_x, m_y, log_size = theta.tolist()
    scale = math.exp(log_size)
    return replace(
        start,
        size_mm=(start.size_mm[0] * scale, start.size_mm[1] * scale),
        eye_gain=eye_gain,
        head_gain=head_gain,
        kappa_rad=(kappa_p, kappa_q),
        tilt_rad=(tilt_x, tilt_y),
        camera_mm=(m_x, m_y),
    )


def _corrections(theta: Array, start: GeometricStage, targets: Array, poses: Poses) -> Array:
    """(2T,) c of all targets."""
    return _stage(theta, start).corrections(targets, poses).ravel()


def _jacobian(theta: Array, spreads: Array, start: GeometricStage, targets: Array, poses: Poses, c: Array) -> Array:
    """(2T, 9) the derivative, by differences."""
    columns = []
    for j, spread in enumerate(spreads):
        moved = theta.copy()
        moved[j] += _DIFFERENCE * spread
        columns.append((_corrections(moved, start, targets, poses) - c) / (_DIFFERENCE * spread))
    return np.stack(columns, axis=1)
