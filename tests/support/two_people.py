"""One picture of two rendered people (synthetic, tests/data/people)."""

from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt

from tests.support.paths import PEOPLE


def portrait(name: str, number: int = 0) -> npt.NDArray[np.uint8]:
    """(480, 640, 3) uint8 RGB; the face has 0.21 (ada) or 0.23 (ben) of its width, in the middle."""
    bgr = cv2.imread(str(PEOPLE / name / "frames" / f"{number:04d}.jpg"))
    return np.asarray(cv2.cvtColor(bgr, cv2.COLOR_BGR2RGB), np.uint8)


def paste_beside(
    own: npt.NDArray[np.uint8], other: npt.NDArray[np.uint8], scale: float, *, left: float = 0.64
) -> npt.NDArray[np.uint8]:
    """`other`'s head and shoulders, `scale` times as large, in `own`'s picture from `left` (0..1) on."""
    height, width = own.shape[:2]
    head = other[:, width // 4 : 3 * width // 4]
    head = cv2.resize(head, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    x, y = round(left * width), round(0.1 * height)
    picture = own.copy()
    room = picture[y : y + head.shape[0], x : x + head.shape[1]]
    room[:] = head[: room.shape[0], : room.shape[1]]
    return picture


def encode_jpeg(image: npt.NDArray[np.uint8], *, width: int | None = None) -> bytes:
    """A JPEG of it."""
    if width is not None:
        height = round(width * image.shape[0] / image.shape[1])
        image = np.asarray(cv2.resize(image, (width, height), interpolation=cv2.INTER_AREA), np.uint8)
    done, data = cv2.imencode(".jpg", cv2.cvtColor(image, cv2.COLOR_RGB2BGR), [cv2.IMWRITE_JPEG_QUALITY, 90])
    assert done
    return bytes(data.tobytes())
