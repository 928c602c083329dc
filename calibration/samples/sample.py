"""One frame of a calibration: its features, and the target that was shown."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from calibration.arrays import FloatArray

Blocks = Mapping[str, FloatArray]  # block name -> (D,) float32; see calibration/mapping/features.py for the names


@dataclass(frozen=True, slots=True)
class CalibrationSample:
    """A frame with a face, taken while a target was shown. Frames without a face are not samples.

    Frames with shut eyes are samples (`eyes_open` False): the selection drops them and their neighbours.
    """

    captured_ms: float
    target_id: int
    target: tuple[float, float]  # screen units
    blocks: Blocks
    eyes_open: bool = True
    arrived_ms: float | None = None  # when the target came to rest; None: at the first sample of the visit


def usual_shapes(samples: Sequence[CalibrationSample]) -> dict[str, tuple[int, ...]]:
    """Block name -> shape, of the blocks that more than half of the frames have. If a network fails for some frames,
    these frames are lost; if it fails for most, its block is lost."""
    seen = Counter((name, values.shape) for sample in samples for name, values in sample.blocks.items())
    return {name: shape for (name, shape), n in seen.items() if 2 * n > len(samples)}


def usual_blocks(blocks: Blocks, shapes: Mapping[str, tuple[int, ...]]) -> Blocks | None:
    """A frame's blocks with these names; None if a block is missing, not finite, or has another shape."""
    found = {name: blocks[name] for name in shapes if name in blocks}
    fine = all(values.shape == shapes[name] and np.isfinite(values).all() for name, values in found.items())
    return found if fine and len(found) == len(shapes) else None


def whole_samples(samples: Sequence[CalibrationSample]) -> list[CalibrationSample]:
    """The samples that have all the usual blocks."""
    shapes = usual_shapes(samples)
    return [sample for sample in samples if usual_blocks(sample.blocks, shapes) is not None]
