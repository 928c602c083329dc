"""One frame of a calibration: what the eyes looked like, and where the dot was."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float32]
Blocks = Mapping[str, FloatArray]  # block name -> (D,) float32; see calibration/blocks.py for the names


@dataclass(frozen=True, slots=True)
class CalibrationSample:
    """A frame with a face, taken while a dot was shown. Frames without a face are simply not there.

    Frames with shut eyes belong here too (`eyes_open` False): the gate drops them and their neighbours.
    """

    captured_ms: float
    target_id: int
    target: tuple[float, float]  # screen units
    blocks: Blocks
    eyes_open: bool = True
    arrived_ms: float | None = None  # when the dot came to rest; None: at this visit's first sample
