from __future__ import annotations

import io
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt
import pytest
from PIL import Image

from models.face.jpeg import DamagedJpeg, decode_jpeg
from tests.support.paths import PEOPLE

PICTURE = (PEOPLE / "ada" / "frames" / "0000.jpg").read_bytes()
PIXELS = Image.open(io.BytesIO(PICTURE))
MIDDLE = len(PICTURE) // 2


def encoded(image: Image.Image = PIXELS, **how: Any) -> bytes:
    file = io.BytesIO()
    image.save(file, "JPEG", **how)
    return file.getvalue()


def exif(orientation: int) -> bytes:
    tags = Image.Exif()
    tags[0x0112] = orientation
    return tags.tobytes()


def without_huffman_tables(jpeg: bytes) -> bytes:
    """As USB cameras send MJPEG."""
    kept, position = jpeg[:2], 2
    while jpeg[position + 1] != 0xDA:
        end = position + 2 + int.from_bytes(jpeg[position + 2 : position + 4], "big")
        if jpeg[position + 1] != 0xC4:
            kept += jpeg[position:end]
        position = end
    return kept + jpeg[position:]


def with_thumbnail(jpeg: bytes) -> bytes:
    thumbnail = encoded(PIXELS.resize((80, 60)))
    return jpeg[:2] + b"\xff\xe1" + (len(thumbnail) + 8).to_bytes(2, "big") + b"Exif\0\0" + thumbnail + jpeg[2:]


def opencv(jpeg: bytes) -> npt.NDArray[np.uint8]:
    flags = cv2.IMREAD_COLOR | cv2.IMREAD_IGNORE_ORIENTATION
    bgr = cv2.imdecode(np.frombuffer(jpeg, np.uint8), flags)
    assert bgr is not None
    return np.asarray(cv2.cvtColor(bgr, cv2.COLOR_BGR2RGB), np.uint8)


GOOD = {
    "plain": PICTURE,
    "progressive": encoded(progressive=True),
    "grey": encoded(PIXELS.convert("L")),
    "CMYK": encoded(PIXELS.convert("CMYK")),
    "4:4:4": encoded(subsampling=0),
    "4:2:2": encoded(subsampling=1),
    "restart markers": encoded(restart_marker_blocks=4),
    "optimised tables": encoded(optimize=True),
    "without Huffman tables": without_huffman_tables(encoded()),
    "with a thumbnail": with_thumbnail(PICTURE),
    "one pixel": encoded(PIXELS.resize((1, 1))),
    "odd sides": encoded(PIXELS.resize((641, 479))),
    "turned by its EXIF data": encoded(exif=exif(6)),
    "zeros behind the end": PICTURE + bytes(700),
    "fill bytes behind the end": PICTURE + b"\xff" * 64,
    "a line end behind the end": PICTURE + b"\r\n",
    "a block of the camera behind the end": PICTURE + b"\x55\xaa" + bytes(range(256)),
    "a second picture behind the end": PICTURE + encoded(PIXELS.resize((80, 60))),
    "a picture that is cut off behind the end": PICTURE + PICTURE[:MIDDLE],
    "progressive, and bytes behind the end": encoded(progressive=True) + b"\r\n\0\xff",
}


@pytest.mark.parametrize("jpeg", GOOD.values(), ids=GOOD.keys())
def test_whole_jpegs_have_the_pixels_that_opencv_reads(jpeg: bytes) -> None:
    image = decode_jpeg(jpeg)
    assert image.dtype == np.uint8
    np.testing.assert_array_equal(image, opencv(jpeg))


def cut(jpeg: bytes, share: float, end: bytes = b"") -> bytes:
    return jpeg[: int(len(jpeg) * share)] + end


RESTARTS = encoded(restart_marker_blocks=4)
WRONG_BYTE = (
    PICTURE[: len(PICTURE) // 3] + bytes([PICTURE[len(PICTURE) // 3] ^ 0x55]) + PICTURE[len(PICTURE) // 3 + 1 :]
)
DAMAGED = {
    "a wrong byte": WRONG_BYTE,
    "empty": b"",
    "only the markers": b"\xff\xd8\xff\xd9",
    "no JPEG": b"\x89PNG\r\n\x1a\n" + bytes(64),
    "cut off": cut(PICTURE, 0.5),
    "its last byte is missing": PICTURE[:-1],
    "cut off, and bytes behind it": cut(PICTURE, 0.5) + bytes(64),
    "cut off, and an end marker behind it": cut(PICTURE, 0.5, b"\xff\xd9"),
    "the last part cut off, and an end marker": cut(PICTURE, 0.95, b"\xff\xd9"),
    "a part of the middle is missing": PICTURE[:MIDDLE] + PICTURE[MIDDLE + 500 :],
    "a part of the middle is zero": PICTURE[:MIDDLE] + bytes(500) + PICTURE[MIDDLE + 500 :],
    "a part of the middle is from elsewhere": PICTURE[:MIDDLE]
    + PICTURE[MIDDLE + 700 : MIDDLE + 1200]
    + PICTURE[MIDDLE:],
    "a marker in the middle": PICTURE[:MIDDLE] + b"\xff\xd8" + PICTURE[MIDDLE + 2 :],
    "progressive, cut off": cut(encoded(progressive=True), 0.5),
    "progressive, cut off, and an end marker": cut(encoded(progressive=True), 0.5, b"\xff\xd9"),
    "restart markers, a part is missing": RESTARTS[:MIDDLE] + RESTARTS[MIDDLE + 500 :],
}


@pytest.mark.parametrize("jpeg", DAMAGED.values(), ids=DAMAGED.keys())
def test_damaged_jpegs_are_refused(jpeg: bytes) -> None:
    with pytest.raises(DamagedJpeg, match=r"\w"):
        decode_jpeg(jpeg)
