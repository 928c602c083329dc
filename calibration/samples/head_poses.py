"""The head poses of a calibration. Later frames are compared with them (`stale_calibration`)."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from calibration.arrays import Array
from calibration.samples.sample import Blocks, CalibrationSample, whole_samples

MAX_POSES = 64  # of the round with the turned head: one for every 2 degrees of its path, with 20 degrees to each side
_NAMES = ("head_rotation", "head_translation")


@dataclass(frozen=True, slots=True)
class HeadPoses:
    """N poses, the first that of the dots. rotation_rad: (N, 3) rotation vectors; translation_mm: (N, 3)."""

    rotation_rad: Array
    translation_mm: Array

    def moved(self, blocks: Blocks) -> tuple[tuple[float, float, float], float]:
        """How far a frame's head is from the nearest pose: the shift in mm (x right in the picture, y down, z away from
        the camera), and the turn in rad at that pose. 0 if its pose is unknown."""
        rotation, translation = (blocks.get(name) for name in _NAMES)
        if rotation is None or translation is None:
            return (0.0, 0.0, 0.0), 0.0
        shifts, turns = distances(self.translation_mm, translation), distances(self.rotation_rad, rotation)
        nearest = min(range(len(shifts)), key=lambda i: shifts[i] / 100.0 + turns[i])  # 0.1 rad are as far as 10 mm
        x, y, z = (translation - self.translation_mm[nearest]).tolist()
        return (x, y, z), turns[nearest]


def distances(poses: npt.NDArray[np.floating[Any]], here: npt.NDArray[np.floating[Any]]) -> list[float]:
    """Of the vector (3,) from each of (N, 3). In plain numbers: for a few poses, NumPy takes longer."""
    vector = here.tolist()
    return [math.dist(pose, vector) for pose in poses.tolist()]


def head_poses(dots: Sequence[CalibrationSample], turned: Sequence[CalibrationSample] = ()) -> HeadPoses | None:
    """The median pose of the dots, and those of a round with the head turned. None if no dot has a pose."""
    middle = [np.median(values, axis=0)[None] for values in _stacked(dots)]
    if not middle:
        return None
    ways = _stacked(turned)
    if ways:
        thinned = np.unique(np.linspace(0, len(ways[0]) - 1, MAX_POSES).round().astype(int))
        middle = [np.concatenate([one, way[thinned]]) for one, way in zip(middle, ways, strict=True)]
    return HeadPoses(*middle)


def _stacked(samples: Sequence[CalibrationSample]) -> list[Array]:
    """Rotations and translations, (N, 3) each, of the samples with finite values of both; empty if there are none."""
    found = [sample.blocks for sample in whole_samples(samples) if all(name in sample.blocks for name in _NAMES)]
    return [np.stack([blocks[name] for blocks in found]).astype(np.float64) for name in _NAMES] if found else []
