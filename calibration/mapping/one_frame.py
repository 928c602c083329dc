"""`GeometricStage.points` for a single frame, in plain floats: for live gaze, where arrays of three numbers take ten
times as long. The tests hold both to the same results. `calibration.mapping.geometry` explains the steps.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from calibration.samples.sample import Blocks
from calibration.screen import MAX_ANGLE_RAD, Point

if TYPE_CHECKING:
    from calibration.mapping.geometry import GeometricStage

MAX_SLOPE = math.tan(MAX_ANGLE_RAD)
MIN_APPROACH = 0.2  # least approach to the plane per step along the line; with less, the line passes beside the screen
NEAREST_MM = 100.0  # a nearer eye is an error of the pose

Vector = tuple[float, float, float]


def point_on_screen(stage: GeometricStage, residual: Point, blocks: Blocks) -> Point:
    """The screen point of the ridge's prediction for this frame."""
    (left_x, down_x, normal_x), (left_y, down_y, normal_y), (left_z, down_z, normal_z) = stage.axes().tolist()
    (width, height), (middle_x, middle_y) = stage.size_mm, stage.camera_mm
    place = _block(blocks, "head_translation")
    eye = stage.reference_mm if place is None or not place[2] > NEAREST_MM else place

    # The slope from the reference to the residual point.
    x, y = (0.5 - residual[0]) * width, residual[1] * height
    away = max(stage.reference_mm[2] - (x * left_z + y * down_z), NEAREST_MM)
    slope_x = (x * left_x + y * down_x + middle_x - stage.reference_mm[0]) / away
    slope_y = (x * left_y + y * down_y + middle_y - stage.reference_mm[1]) / away
    expected_x, expected_y = _expected_slope(stage, blocks)

    # Where the line from the eye with that slope meets the plane.
    step_x, step_y = slope_x + expected_x, slope_y + expected_y
    from_x, from_y, from_z = eye[0] - middle_x, eye[1] - middle_y, eye[2]
    way = from_x * normal_x + from_y * normal_y + from_z * normal_z
    length = way / max(normal_z - step_x * normal_x - step_y * normal_y, MIN_APPROACH)
    on_x, on_y, on_z = from_x + step_x * length, from_y + step_y * length, from_z - length
    along = on_x * left_x + on_y * left_y + on_z * left_z
    down = on_x * down_x + on_y * down_y + on_z * down_z
    return 0.5 - along / width, down / height


def _expected_slope(stage: GeometricStage, blocks: Blocks) -> Point:
    """`GeometricStage.slopes`."""
    turn, eyes, face = (_block(blocks, name) for name in ("head_rotation", "eye_angles", "gaze_angles"))
    kappa_pitch, kappa_yaw = stage.kappa_rad
    head_x, head_y = _slope(_turned((0.0, 0.0, -1.0), turn))
    x, y = stage.head_gain * head_x, stage.head_gain * head_y
    if stage.eye_gain != 0.0 and eyes is not None and turn is not None:
        eyes_x, eyes_y = _slope(_turned(_direction(eyes[0] + kappa_pitch, eyes[1] + kappa_yaw), turn))
        x, y = x + stage.eye_gain * (eyes_x - head_x), y + stage.eye_gain * (eyes_y - head_y)
    if stage.face_share != 0.0 and face is not None:
        face_x, face_y = _slope(_direction(face[0] + kappa_pitch, face[1] + kappa_yaw))
        x, y = x + stage.face_share * (face_x - x), y + stage.face_share * (face_y - y)
    return x, y


def _direction(pitch: float, yaw: float) -> Vector:
    return math.cos(pitch) * math.sin(yaw), -math.sin(pitch), -math.cos(pitch) * math.cos(yaw)


def _turned(vector: Vector, turn: list[float] | None) -> Vector:
    """Rodrigues' formula  v + sin a k x v + (1 - cos a) k x (k x v)  for the rotation vector a k; None: not turned."""
    angle = 0.0 if turn is None else math.hypot(*turn)
    if turn is None or angle < 1e-12:
        return vector
    axis = (turn[0] / angle, turn[1] / angle, turn[2] / angle)
    once = _cross(axis, vector)
    twice = _cross(axis, once)
    sine, versine = math.sin(angle), 1.0 - math.cos(angle)
    x, y, z = (v + sine * a + versine * b for v, a, b in zip(vector, once, twice, strict=True))
    return x, y, z


def _cross(a: Vector, b: Vector) -> Vector:
    return a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]


def _slope(direction: Vector) -> Point:
    x, y, z = direction
    forward = max(-z, 1e-3)
    return min(max(x / forward, -MAX_SLOPE), MAX_SLOPE), min(max(y / forward, -MAX_SLOPE), MAX_SLOPE)


def _block(blocks: Blocks, name: str) -> list[float] | None:
    """The block's numbers; None if it is missing or not finite."""
    values = blocks.get(name)
    if values is None:
        return None
    numbers: list[float] = values.tolist()
    return numbers if all(map(math.isfinite, numbers)) else None
