"""Shared by all numerical code of the package: the array type, a robust spread."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]
FloatArray = npt.NDArray[np.float32]
Mask = npt.NDArray[np.bool_]

MAD_TO_SD = 1.4826  # of normally distributed values: standard deviation over median absolute deviation


def no_errors() -> Array:
    """(0, 2): the left-out errors of a map that was loaded, not fitted."""
    return np.empty((0, 2))


def robust_sd(deviations: Array | Sequence[float], axis: int = -1, *, keepdims: bool = False) -> Array:
    """The standard deviation of normally distributed values, from their absolute deviations from the median.

    Up to half of the values may be wrong by any amount.
    """
    sd: Array = MAD_TO_SD * np.median(np.asarray(deviations, np.float64), axis=axis, keepdims=keepdims)
    return sd
