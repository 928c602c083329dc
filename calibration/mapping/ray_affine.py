"""The line of sight of the full-face network on the screen, and a map that corrects it: six numbers for a person.

1. The gaze ray from the eyes' place meets the screen's plane at r, in pixels (`ray_on_screen`). So a moved head needs
   no learning.
2. The rest is affine:  y = r + a + B (r - mean(r)). It corrects kappa, the network's gain and a wrong size of the
   screen. Ridge regression on y - r shrinks B towards 0, that is, towards the ray itself:
   lambda = PRIOR_TARGETS times the mean squared length of r - mean(r), so B is shrunk like by that many targets at
   which the ray is right.
3. With earlier sessions of the person, B is that of all sessions, and each has its own a_s beside the common a:
   |a_s|^2 is SHIFT times the noise a priori, so a session of n targets is shifted by n / (n + 1 / SHIFT) of its mean
   residual (`calibration.mapping.pooled`).
4. The left-out errors have the closed form of `calibration.mapping.kernel_ridge`.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from calibration.arrays import Array, no_errors
from calibration.mapping.geometry import likely_size_mm
from calibration.mapping.kernel_ridge import (
    block_kernel,
    dual_coefficients,
    eigen_of_centred,
    left_out_with_neighbours,
    mean_diagonal,
    same_place,
)
from calibration.mapping.ridge import within_reach
from calibration.samples.sample import Blocks
from calibration.samples.selection import TargetMean
from calibration.screen import CAMERA_ABOVE_SCREEN_MM, MAX_ANGLE_RAD, ScreenGeometry

DEFAULT_DISTANCE_MM = 600.0  # of a head whose place is unknown
PRIOR_TARGETS = 0.5
SHIFT = 1.0
MIN_TARGETS = 3  # an affine map has three numbers for x and three for y


@dataclass(frozen=True, slots=True)
class RayAffine:
    """origin: (2,) y for a ray at the centre; centre: (2,) mean of r; gain: (2, 2), rows for r, columns for y. Screen
    units.

    left_out: (T, 2) the error of each of today's targets, predicted from the others; empty after loading.
    """

    screen: ScreenGeometry
    origin: Array
    centre: Array
    gain: Array
    left_out: Array = field(default_factory=no_errors)

    def predict(self, blocks: Blocks) -> tuple[float, float]:
        """The point in screen units; the origin if the angles are not finite. Raises ValueError without angles."""
        if "gaze_angles" in blocks and not np.isfinite(blocks["gaze_angles"]).all():
            return within_reach(*self.origin.tolist())
        dx, dy = np.subtract(ray_on_screen(blocks, self.screen), self.centre).tolist()
        (xx, xy), (yx, yy) = self.gain.tolist()
        x, y = self.origin.tolist()
        return within_reach(x + dx * xx + dy * yx, y + dx * xy + dy * yy)


def fit_ray_affine(
    means: Sequence[TargetMean], screen: ScreenGeometry, earlier: Sequence[Sequence[TargetMean]] = ()
) -> RayAffine:
    """earlier: of each earlier session. Raises ValueError without gaze angles at all targets, or with fewer than
    MIN_TARGETS."""
    everything = [*means, *(mean for session in earlier for mean in session)]
    if len(everything) < MIN_TARGETS:
        raise ValueError(f"an affine map of the line of sight needs {MIN_TARGETS} targets")
    if not all(np.isfinite(mean.blocks.get("gaze_angles", math.nan)).all() for mean in everything):
        raise ValueError("a target has no gaze angles")
    n, size_px = len(means), np.array([screen.width_px, screen.height_px])
    rays = np.array([ray_on_screen(mean.blocks, screen) for mean in everything])  # (T, 2)
    targets = np.array([mean.target for mean in everything], np.float64)  # (T, 2)
    rays_px, rest_px = rays * size_px, (targets - rays) * size_px
    session_of = np.repeat(np.arange(1 + len(earlier)), [n, *map(len, earlier)])  # 0: today
    kernel = block_kernel(rays_px)
    lam = PRIOR_TARGETS * float(mean_diagonal(kernel))
    if earlier:
        kernel = kernel + SHIFT * lam * (session_of[:, None] == session_of)
    vectors, values = eigen_of_centred(kernel)
    dual = dual_coefficients(vectors, values, rest_px, lam)  # (T, 2)
    learned = (rays_px - rays_px.mean(axis=0)).T @ dual  # (2, 2) px per px
    shift_px = (rest_px - kernel @ dual).mean(axis=0)  # a
    if earlier:
        shift_px = shift_px + SHIFT * lam * dual[:n].sum(axis=0)  # a_s of today
    return RayAffine(
        screen,
        origin=rays.mean(axis=0) + shift_px / size_px,
        centre=rays.mean(axis=0),
        gain=(np.eye(2) + learned) * size_px[:, None] / size_px,
        left_out=left_out_with_neighbours(vectors, values, rest_px, lam, same_place(targets, n)) / size_px,
    )


def ray_on_screen(blocks: Mapping[str, npt.NDArray[np.float32]], screen: ScreenGeometry) -> tuple[float, float]:
    """The point at which the network's gaze ray from the face centre meets the screen, in screen units.

    The camera is at the middle of the top edge and points along the screen's normal. Camera frame: x right in the
    image (the person's left, which is the screen's left), y down, z to the person; mm. A screen of unknown size has the
    usual one. Pitch is positive upwards, yaw towards +x: d = (cos p sin q, -sin p, -cos p cos q).
    Raises ValueError without gaze angles.
    """
    if "gaze_angles" not in blocks:
        raise ValueError("the feature block 'gaze_angles' is missing")
    width, height = screen.size_mm or likely_size_mm(screen)
    pitch, yaw = (_angle(value) for value in blocks["gaze_angles"].tolist())
    x, y, z = (blocks["head_translation"] if "head_translation" in blocks else np.zeros(3)).tolist()
    if not (z > 0.0 and math.isfinite(x + y + z)):
        x, y, z = 0.0, height / 2, screen.distance_mm or DEFAULT_DISTANCE_MM
    # z reaches 0 after a length of z / (cos p cos q) along the ray.
    x += z * math.tan(yaw)
    y -= z * math.tan(pitch) / math.cos(yaw)
    return 0.5 - x / width, (y - CAMERA_ABOVE_SCREEN_MM) / height


def _angle(value: float) -> float:
    """The angle, limited to MAX_ANGLE_RAD; 0 if it is not finite."""
    return min(max(value, -MAX_ANGLE_RAD), MAX_ANGLE_RAD) if math.isfinite(value) else 0.0
