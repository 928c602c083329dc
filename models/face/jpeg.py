"""Decodes JPEGs, and refuses damaged ones.

libjpeg-turbo fills what is cut off or damaged with grey or with wrong blocks, and only warns. OpenCV and Pillow hide
the warning; `simplejpeg` raises an error. Damage that leaves valid code gives no warning, as a JPEG has no checksum;
`jpeg_damage` finds most of what is visible. Bytes after the end marker are ignored, because cameras append data and pad
to a block size.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt
import simplejpeg

from models.face.jpeg_damage import has_step

UNITS_PX: Mapping[str, tuple[int, int]] = {"444": (8, 8), "422": (16, 8), "420": (16, 16), "440": (8, 16)}
"""Width and height of a coding unit, by the subsampling of the colours."""


class DamagedJpeg(ValueError):  # noqa: N818
    """The JPEG is cut off or damaged; the text says how."""


def decode_jpeg(jpeg: bytes) -> npt.NDArray[np.uint8]:
    """(H, W, 3) uint8 RGB, with the pixels as stored: orientation tags are ignored. Raises DamagedJpeg."""
    try:
        image: npt.NDArray[np.uint8] = simplejpeg.decode_jpeg(jpeg, colorspace="RGB", strict=True)
        *_, subsampling = simplejpeg.decode_jpeg_header(jpeg)
    except ValueError as problem:
        raise DamagedJpeg(str(problem)) from problem
    unit_px = UNITS_PX.get(str(subsampling))
    if unit_px is not None and has_step(image, unit_px):
        raise DamagedJpeg("from one block on, all blocks are off by the same amount")
    return image
