"""Array types that all of `models` shares."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]
FloatArray = npt.NDArray[np.float32]
Ints = npt.NDArray[np.int64]
Grey = npt.NDArray[np.uint8]  # (H, W)
