"""Decodes JPEGs, and refuses damaged ones.

libjpeg-turbo fills what is cut off or damaged with grey or with wrong blocks, and only warns. OpenCV and Pillow hide
the warning; `simplejpeg` raises an error. Not every damage gives a warning: a changed byte can leave valid code, and a
JPEG has no checksum. Bytes after the end marker are ignored, because cameras append data and pad to a block size.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import simplejpeg


class DamagedJpeg(ValueError):  # noqa: N818
    """The JPEG is cut off or damaged; the text is libjpeg's warning."""


def decode_jpeg(jpeg: bytes) -> npt.NDArray[np.uint8]:
    """(H, W, 3) uint8 RGB, with the pixels as stored: orientation tags are ignored. Raises DamagedJpeg."""
    try:
        image: npt.NDArray[np.uint8] = simplejpeg.decode_jpeg(jpeg, colorspace="RGB", strict=True)
    except ValueError as problem:
        raise DamagedJpeg(str(problem)) from problem
    return image
