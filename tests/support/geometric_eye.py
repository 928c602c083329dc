"""A simulated person whose features follow from geometry alone: kappa, a tilted screen beside the camera, noise."""

from __future__ import annotations

import numpy as np
from scipy.spatial.transform import Rotation

from calibration.mapping.geometry import GeometricStage
from calibration.samples.selection import TargetMean
from calibration.screen import Point

TRUTHFUL = GeometricStage((420.0, 236.25), (10.0, 40.0, 600.0), head_gain=1.0, eye_gain=1.0)


def target_means(
    truth: GeometricStage,
    places: list[Point],
    *,
    seed: int = 0,
    moves_mm: float = 0.0,
    turns_rad: float = 0.0,
    noise_rad: float = 0.0,
) -> list[TargetMean]:
    """One mean for each place. The head moves and turns at random; `noise_rad` is the network's, on both angles.

    Both gains of `truth` must be 1: the eyes look exactly at the places. The network does not know kappa.
    """
    rng = np.random.default_rng(seed)
    means = []
    for i, place in enumerate(places):
        eye = np.asarray(truth.reference_mm) + rng.normal(0.0, moves_mm, 3)
        turn = rng.normal(0.0, turns_rad, 3)
        slope = truth.slope_to(eye[None], np.array([place]))[0]
        gaze = np.array([*slope, -1.0]) / np.linalg.norm([*slope, 1.0])
        in_head = Rotation.from_rotvec(turn).inv().apply(gaze)
        angles = np.array([np.arcsin(-in_head[1]), np.arctan2(in_head[0], -in_head[2])]) - truth.kappa_rad
        blocks = {
            "eye_angles": (angles + rng.normal(0.0, noise_rad, 2)).astype(np.float32),
            "head_rotation": turn.astype(np.float32),
            "head_translation": eye.astype(np.float32),
        }
        means.append(TargetMean(i, place, blocks, 1, 1))
    return means


def grid(side: int) -> list[Point]:
    return [(x, y) for y in np.linspace(0.06, 0.94, side).tolist() for x in np.linspace(0.06, 0.94, side).tolist()]
