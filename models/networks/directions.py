"""Differentiable tensor functions of angles, directions and rotations. The axes are those of `models.face.camera`."""

from __future__ import annotations

import torch
from torch import Tensor


def angles_to_vector(angles: Tensor) -> Tensor:
    """(B, 2) pitch and yaw, rad -> (B, 3) unit directions."""
    pitch, yaw = angles.unbind(-1)
    return torch.stack([pitch.cos() * yaw.sin(), -pitch.sin(), -pitch.cos() * yaw.cos()], dim=-1)


def vector_to_angles(vector: Tensor) -> Tensor:
    """(B, 3) unit directions -> (B, 2) pitch and yaw, rad."""
    x, y, z = vector.unbind(-1)
    return torch.stack([torch.asin(-y.clamp(-0.999, 0.999)), torch.atan2(x, -z)], dim=-1)


def rotate(rotation: Tensor, vector: Tensor) -> Tensor:
    """Rodrigues: v cos t + (k x v) sin t + k (k v)(1 - cos t). rotation: (B, 3) rotation vectors; vector: (B, 3)."""
    angle = rotation.square().sum(-1, keepdim=True).clamp_min(1e-12).sqrt()  # (B, 1)
    axis = rotation / angle
    along = (axis * vector).sum(-1, keepdim=True)
    return vector * angle.cos() + cross(axis, vector) * angle.sin() + axis * along * (1 - angle.cos())


def cross(a: Tensor, b: Tensor) -> Tensor:
    """(B, 3) x (B, 3), written out because ONNX has no cross product."""
    ax, ay, az = a.unbind(-1)
    bx, by, bz = b.unbind(-1)
    return torch.stack([ay * bz - az * by, az * bx - ax * bz, ax * by - ay * bx], dim=-1)


def gaze_of_eyes(eye_in_head: Tensor, head: Tensor) -> Tensor:
    """(B, 2) angles relative to the head, (B, 3) head rotation -> (B, 2) angles in the camera of that rotation."""
    return vector_to_angles(rotate(head, angles_to_vector(eye_in_head)))
