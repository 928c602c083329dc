"""A small grey picture of a picture: equal pictures have equal ones, also when they were encoded twice. Pure."""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
import numpy.typing as npt

Fingerprint: TypeAlias = npt.NDArray[np.float32]
SIZE = (16, 12)  # cells of 40 x 40 px in a 4:3 picture: each mean has a hundredth of a pixel's noise


def fingerprint(image: npt.NDArray[np.uint8]) -> Fingerprint:
    """(12, 16) float32: mean grey of each cell, 0 to 255. image: (H, W, 3) uint8 RGB."""
    import cv2  # 17 MB; the server's main process imports this module only for its type

    grey = cv2.cvtColor(image, cv2.COLOR_RGB2GRAY).astype(np.float32)
    return np.asarray(cv2.resize(grey, SIZE, interpolation=cv2.INTER_AREA), np.float32)
