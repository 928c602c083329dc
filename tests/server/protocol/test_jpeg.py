from __future__ import annotations

import cv2
import numpy as np
import pytest

from server.errors import ProtocolError
from server.protocol.frames import MAX_SCANS, JpegSize, NotAJpeg, jpeg_size, parse_frame
from tests.support.server import frame_bytes, jpeg


def test_the_size_is_what_a_decoder_would_allocate() -> None:
    assert jpeg_size(jpeg(width=322, height=117)) == JpegSize(width_px=322, height_px=117)


def test_a_progressive_picture_has_a_size_too() -> None:
    _, encoded = cv2.imencode(".jpg", np.zeros((20, 30, 3), np.uint8), [cv2.IMWRITE_JPEG_PROGRESSIVE, 1])
    assert b"\xff\xc2" in encoded.tobytes()
    assert jpeg_size(encoded.tobytes()) == JpegSize(width_px=30, height_px=20)


def test_a_thumbnail_inside_a_segment_is_not_the_picture() -> None:
    thumbnail = jpeg(width=16, height=16)
    segment = b"\xff\xe1" + (len(thumbnail) + 2).to_bytes(2, "big") + thumbnail
    picture = jpeg(width=64, height=48)
    assert jpeg_size(picture[:2] + segment + picture[2:]) == JpegSize(width_px=64, height_px=48)


def test_fill_bytes_before_a_marker_are_allowed() -> None:
    picture = jpeg(width=64, height=48)
    assert jpeg_size(picture[:2] + b"\xff\xff\xff" + picture[2:]) == JpegSize(64, 48)


def test_every_header_that_is_cut_short_is_refused() -> None:
    picture = jpeg()
    end_of_size = picture.index(b"\xff\xc0") + 2 + 17
    for length in range(end_of_size):
        with pytest.raises(NotAJpeg):
            jpeg_size(picture[:length])
    assert jpeg_size(picture[:end_of_size]).width_px == 64


def progressive(scans: int) -> bytes:
    """A progressive picture whose last scan is repeated."""
    _, encoded = cv2.imencode(".jpg", np.zeros((20, 30, 3), np.uint8), [cv2.IMWRITE_JPEG_PROGRESSIVE, 1])
    picture = encoded.tobytes()
    last = picture.rindex(b"\xff\xda")
    more = scans - picture.count(b"\xff\xda")
    return picture[:-2] + picture[last:-2] * more + picture[-2:]


def test_a_picture_with_too_many_scans_is_refused_before_it_is_decoded() -> None:
    parse_frame(frame_bytes(picture=progressive(MAX_SCANS)))
    for scans in (MAX_SCANS + 1, 20_000):
        with pytest.raises(ProtocolError, match=f"{scans} scans"):
            parse_frame(frame_bytes(picture=progressive(scans)))


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"", "not a JPEG"),
        (b"\x89PNG\r\n\x1a\n" + bytes(50), "not a JPEG"),
        (b"\xff\xd8" + b"\xff\xda\x00\x08" + bytes(20), "no frame header"),
        (b"\xff\xd8\xff\xd9", "no frame header"),
        (b"\xff\xd8\x00\x00\x00\x00", "no marker at byte 2"),
        (b"\xff\xd8\xff\xe0\x00\x01" + bytes(20), "impossible length 1"),
        (b"\xff\xd8\xff\xc9\x00\x0b\x08\x00\x10\x00\x10" + bytes(20), "coding FF C9"),
        (b"\xff\xd8\xff\xc0\x00\x04\x08\x00" + bytes(20), "too short"),
        (b"\xff\xd8\xff\xc0\x00\x0b\x08\x00\x00\x00\x10" + bytes(20), "16 x 0 px"),
        (b"\xff\xd8" + b"\xff\xe0\x00\x02" * 3, "cut off"),
    ],
)
def test_a_file_that_is_no_jpeg_is_refused_with_the_reason(data: bytes, says: str) -> None:
    with pytest.raises(NotAJpeg, match=says):
        jpeg_size(data)
