"""A small grey picture of a picture: equal pictures have equal ones, also when they were encoded twice. Pure."""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
import numpy.typing as npt

Fingerprint: TypeAlias = npt.NDArray[np.float32]
COLUMNS, ROWS = 16, 12  # cells of 40 x 40 px in a 4:3 picture: each mean has a hundredth of a pixel's noise


def fingerprint(grey: npt.NDArray[np.uint8]) -> Fingerprint:
    """(12, 16) float32: mean grey of each cell, 0 to 255. grey: (H, W) uint8.

    All cells have the same size in whole pixels, so up to 15 columns and 11 rows at the edges belong to none.
    """
    height, width = (max(size // cells, 1) for size, cells in zip(grey.shape, (ROWS, COLUMNS), strict=True))
    if grey.shape[0] < ROWS or grey.shape[1] < COLUMNS:
        grey = np.pad(grey, ((0, ROWS), (0, COLUMNS)), mode="edge")
    bands = grey[: ROWS * height, : COLUMNS * width].reshape(ROWS, height, -1)
    sums = np.add.reduce(bands, axis=1, dtype=np.uint32)  # (12, 16 * width)
    means: Fingerprint = sums.reshape(ROWS, COLUMNS, width).mean(axis=2, dtype=np.float32) / np.float32(height)
    return means
