"""The geometric stage: the effect of a moved or turned head on the line of sight, from physics instead of learning.

During a calibration of half a minute the head hardly moves, so no regression can learn the effect of a movement.
Physics gives it. The eye is at o (mm, camera frame), the head is turned by R, and the eyes are turned by (p, q)
relative to the head. So the line of sight has the slope

    g = (1 - k_f) (k_h slope(R e) + k_e (slope(R d(p + kappa_p, q + kappa_q)) - slope(R e)))
        + k_f slope(d(P + kappa_p, Q + kappa_q)),   e = (0, 0, -1),
    d(p, q) = (cos p sin q, -sin p, -cos p cos q),   slope(d) = (d_x, d_y) / -d_z

and meets the screen's plane, whose point (x, y) is at  S(x, y) = m + R_tilt ((1/2 - x) W, y H, 0)  with m the middle
of the top edge. (P, Q are the line of sight of the full-face network, a second estimate with other errors: a k_f of
0.4 is 4 % better than none, 8 % after a movement.) The rest, a slope c, is small and nearly constant, and the ridge
learns it. Each target is converted to the c that its line of sight needs, and c back to a point of the screen, as
seen from the reference place O:

    c = (S - o)_xy / (o - S)_z - g,    residual point: where the line from O with slope c meets the plane
                                       (`residuals`; `points` is the inverse)

The ridge learns the residual point from all features, so with a still head nothing changes. The gains k_h and k_e are
the population's. They are below 1, because a gain of 1 passes on all the noise of the estimated rotations.
`calibration.mapping.geometry_fit` fits kappa, the gains and the screen's pose to a person.

Six rendered sessions of 25 targets, three of them with heads moved 4 to 6 cm and turned 6 to 8 degrees after the
calibration: moved 0.30 -> 0.17 of always-centre, still 0.18 -> 0.16. Gains of 0.5 to 1, and a screen of half to twice
the true size, change the first figure by 0.03. On 45 sessions with two networks, a k_e of 0.4 instead of 0.6 is 3 to
8 % better with and without movement: the ridge learns the rest of the eyes' angles. `python -m calibration.bench gains`
measures other gains.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from calibration.arrays import Array
from calibration.mapping.one_frame import MAX_SLOPE, MIN_APPROACH, NEAREST_MM, point_on_screen
from calibration.samples.sample import Blocks
from calibration.samples.selection import TargetMean
from calibration.screen import CAMERA_ABOVE_SCREEN_MM, Point, ScreenGeometry

HEAD_GAIN = 0.8
EYE_GAIN = 0.4
FACE_SHARE = 0.4
CSS_PIXEL_MM = 25.4 / 96.0  # the size of a CSS pixel by definition
# The true size over that: 0.75 on a 13 inch laptop, 0.85 on a 15 inch laptop, 1.05 on a 24 inch monitor.
USUAL_PIXELS = 0.87
PHONE_WIDTH_MM, PHONE_SHAPE = 68.0, 0.65  # a smaller width over height is a phone held upright
_POSE_BLOCKS = ("head_translation", "head_rotation", "eye_angles", "gaze_angles")


@dataclass(frozen=True, slots=True)
class Poses:
    """N frames. place_mm: (N, 3) of the eyes; rotation: (N, 3, 3) of the head; eyes_rad: (N, 2) pitch and yaw relative
    to the head; face_rad: (N, 2) pitch and yaw of the line of sight in the camera frame. None without a network."""

    place_mm: Array
    rotation: Array
    eyes_rad: Array | None
    face_rad: Array | None = None


@dataclass(frozen=True, slots=True)
class Gains:
    """k_h, k_e and k_f above."""

    head: float = HEAD_GAIN
    eyes: float = EYE_GAIN
    face: float = FACE_SHARE


POPULATION = Gains()
HEAD_ONLY = Gains(eyes=0.0, face=0.0)  # without a network


@dataclass(frozen=True, slots=True)
class GeometricStage:
    """Maps screen points to residual points and back (screen units). size_mm: of the screen; reference_mm: O, (3,).

    kappa_rad: (pitch, yaw) between the true line of sight and the network's; tilt_rad: the screen's rotation about the
    camera's x and y axes; camera_mm: m_x, m_y, the top edge's middle in the camera frame.
    """

    size_mm: tuple[float, float]
    reference_mm: tuple[float, float, float]
    head_gain: float = HEAD_GAIN
    eye_gain: float = EYE_GAIN
    face_share: float = FACE_SHARE
    kappa_rad: tuple[float, float] = (0.0, 0.0)
    tilt_rad: tuple[float, float] = (0.0, 0.0)
    camera_mm: tuple[float, float] = (0.0, CAMERA_ABOVE_SCREEN_MM)

    def to_point(self, residual: Point, blocks: Blocks) -> Point:
        """The screen point of the ridge's prediction for one frame. The inverse of `residuals`."""
        return point_on_screen(self, residual, blocks)

    def residuals(self, points: Array, poses: Poses) -> Array:
        """The points that the ridge learns for N frames; points and the result: (N, 2)."""
        return self.seen_from(np.asarray(self.reference_mm), self.corrections(points, poses))

    def points(self, residuals: Array, poses: Poses) -> Array:
        """`to_point` for N frames; residuals and the result: (N, 2)."""
        c = self.slope_to(np.asarray(self.reference_mm), residuals)
        return self.seen_from(poses.place_mm, c + self.slopes(poses))

    def corrections(self, points: Array, poses: Poses) -> Array:
        """(N, 2) c of N frames: the corrections with which their lines of sight meet the points (N, 2)."""
        return self.slope_to(poses.place_mm, points) - self.slopes(poses)

    def slopes(self, poses: Poses) -> Array:
        """(N, 2) the expected slopes g of the lines of sight."""
        head = _slope(-poses.rotation[:, :, 2])  # R e
        slopes = self.head_gain * head
        if self.eye_gain != 0.0 and poses.eyes_rad is not None:
            eyes = (poses.rotation @ _directions(poses.eyes_rad + self.kappa_rad)[..., None])[..., 0]  # (N, 3)
            slopes = slopes + self.eye_gain * (_slope(eyes) - head)
        if self.face_share != 0.0 and poses.face_rad is not None:
            face = _slope(_directions(poses.face_rad + self.kappa_rad))
            slopes = slopes + self.face_share * (face - slopes)
        return slopes

    def axes(self) -> Array:
        """(3, 3) columns in the camera frame: to the screen's left, down, and the normal."""
        return _turned_axes(*self.tilt_rad)

    def slope_to(self, eye: Array, points: Array) -> Array:
        """(N, 2) slopes of the lines from the eye, (3,) or (N, 3), to the points (N, 2). Camera frame: x to
        the person's left, which is the screen's left; y down from the camera; z to the person."""
        flat = np.stack([(0.5 - points[:, 0]) * self.size_mm[0], points[:, 1] * self.size_mm[1]], axis=1)  # (N, 2)
        place = flat @ self.axes()[:, :2].T + (*self.camera_mm, 0.0)  # (N, 3)
        away = eye - place
        slopes: Array = -away[:, :2] / np.maximum(away[:, 2:], NEAREST_MM)
        return slopes

    def seen_from(self, eye: Array, slope: Array) -> Array:
        """(N, 2) the points at which lines with slopes (N, 2) from the eye, (3,) or (N, 3), meet the screen."""
        axes = self.axes()
        step = np.concatenate([slope, -np.ones((len(slope), 1))], axis=1)  # (N, 3)
        way = (eye - (*self.camera_mm, 0.0)) @ axes[:, 2]  # (N,) distance from the plane
        approach = np.maximum(-step @ axes[:, 2], MIN_APPROACH)  # (N,)
        on_plane = (eye + step * (way / approach)[..., None] - (*self.camera_mm, 0.0)) @ axes  # (N, 3)
        return np.stack([0.5 - on_plane[:, 0] / self.size_mm[0], on_plane[:, 1] / self.size_mm[1]], axis=1)


def poses_of(means: Sequence[TargetMean]) -> Poses | None:
    """The poses of the targets. None if a target has no head pose. Angles are used only if all targets have them."""
    if not means:
        return None
    stacked = {}
    for name in _POSE_BLOCKS:
        values = [_block(mean.blocks, name) for mean in means]
        found = [value for value in values if value is not None]
        stacked[name] = np.stack(found) if len(found) == len(values) else None
    place, turn, eyes, face = (stacked[name] for name in _POSE_BLOCKS)
    return None if place is None or turn is None else Poses(place, rotations(turn), eyes, face)


def geometric_stage(
    means: Sequence[TargetMean], screen: ScreenGeometry, gains: Gains = POPULATION
) -> GeometricStage | None:
    """The population's stage at the place of the calibration. None if the head pose is unknown.

    Angles that a target lacks are not used: frames with and without them would be shifted relative to each other.
    """
    poses = poses_of(means)
    if poses is None:
        return None
    x, y, z = np.median(poses.place_mm, axis=0).tolist()
    if z <= NEAREST_MM:
        return None
    return GeometricStage(
        screen.size_mm or likely_size_mm(screen),
        (x, y, z),
        head_gain=gains.head,
        eye_gain=gains.eyes if poses.eyes_rad is not None else 0.0,
        face_share=gains.face if poses.face_rad is not None else 0.0,
    )


def likely_size_mm(screen: ScreenGeometry) -> tuple[float, float]:
    """The usual size of a screen with this number of pixels. Only the geometry uses it, never degrees in a report."""
    if screen.width_px < PHONE_SHAPE * screen.height_px:
        return PHONE_WIDTH_MM, PHONE_WIDTH_MM * screen.height_px / screen.width_px
    pixel_mm = USUAL_PIXELS * CSS_PIXEL_MM
    return screen.width_px * pixel_mm, screen.height_px * pixel_mm


def rotations(vectors: Array) -> Array:
    """(N, 3) rotation vectors -> (N, 3, 3), by Rodrigues' formula  R = I + sin a K + (1 - cos a) K^2.

    scipy's Rotation takes ten times as long for a few vectors, and the fit needs hundreds of calls.
    """
    angles = np.linalg.norm(vectors, axis=1)  # (N,)
    x, y, z = (vectors / np.maximum(angles, 1e-12)[:, None]).T
    zero = np.zeros_like(x)
    cross = np.stack([zero, -z, y, z, zero, -x, -y, x, zero], axis=1).reshape(-1, 3, 3)  # (N, 3, 3)
    sine, versine = np.sin(angles)[:, None, None], (1.0 - np.cos(angles))[:, None, None]
    matrices: Array = np.eye(3) + sine * cross + versine * (cross @ cross)
    return matrices


@lru_cache(maxsize=32)
def _turned_axes(tilt_x: float, tilt_y: float) -> Array:
    """(3, 3), read-only. It is cached: it is the same for every frame and takes a third of a prediction's time."""
    axes: Array = rotations(np.array([(tilt_x, tilt_y, 0.0)]))[0]
    axes.flags.writeable = False
    return axes


def _directions(angles: Array) -> Array:
    """(N, 2) pitch and yaw -> (N, 3) d(p, q)."""
    p, q = angles.T
    return np.stack([np.cos(p) * np.sin(q), -np.sin(p), -np.cos(p) * np.cos(q)], axis=1)


def _slope(direction: Array) -> Array:
    """(N, 3) or (3,) -> (N, 2) or (2,), limited to 60 degrees."""
    forward = np.maximum(-direction[..., 2:], 1e-3)
    slope: Array = np.clip(direction[..., :2] / forward, -MAX_SLOPE, MAX_SLOPE)
    return slope


def _block(blocks: Blocks, name: str) -> Array | None:
    """The block in float64; None if it is missing or not finite."""
    values = blocks.get(name)
    return np.asarray(values, np.float64) if values is not None and np.isfinite(values).all() else None
