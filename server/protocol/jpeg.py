"""The size of a JPEG from its header, without decoding it (ITU-T T.81, annex B).

1. The file starts with the marker SOI (FF D8).
2. Segments follow: FF, a marker byte, a big-endian length that counts itself, and that many bytes less two. Any
   number of fill bytes FF may precede a marker. Thumbnails lie inside such a segment (APPn) and are skipped with it.
3. The start-of-frame segment holds precision u8, height u16, width u16. It comes before the first scan (SOS).
"""

from __future__ import annotations

from dataclasses import dataclass

_SOI = b"\xff\xd8"
_EOI = b"\xff\xd9"
_DECODED_FRAMES = frozenset({0xC0, 0xC1, 0xC2})  # baseline, extended, progressive: what browsers and cameras write
_START_OF_FRAME = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}  # the gaps are DHT, JPG and DAC
_WITHOUT_LENGTH = frozenset({0x01, *range(0xD0, 0xD8)})
_SOS = 0xDA
_END_OF_IMAGE = 0xD9


@dataclass(frozen=True, slots=True)
class JpegSize:
    width_px: int
    height_px: int


class NotAJpeg(ValueError):  # noqa: N818
    """The text says what is wrong with the header."""


def jpeg_size(data: bytes) -> JpegSize:
    """Width and height that a decoder would allocate. Raises NotAJpeg when the header does not get that far."""
    if not data.startswith(_SOI):
        raise NotAJpeg("the picture is not a JPEG: it does not start with FF D8")
    position = 2
    while True:
        marker, position = _next_marker(data, position)
        if marker in _WITHOUT_LENGTH:
            continue
        if marker in (_SOS, _END_OF_IMAGE):
            raise NotAJpeg("the JPEG has no frame header before its first scan")
        length = int.from_bytes(data[position : position + 2], "big")
        if position + 2 > len(data) or position + length > len(data):
            raise NotAJpeg("the JPEG is cut off inside its header")
        if length < 2:
            raise NotAJpeg(f"the JPEG header has a segment of impossible length {length}")
        if marker in _START_OF_FRAME:
            return _frame_size(marker, data[position + 2 : position + length])
        position += length


def is_complete(data: bytes) -> bool:
    """Whether the end marker is there. libjpeg paints what is missing grey and says nothing, so somebody must look."""
    return data.rstrip(b"\x00").endswith(_EOI)  # some webcams pad to a block size


def _next_marker(data: bytes, position: int) -> tuple[int, int]:
    if position < len(data) and data[position] != 0xFF:
        raise NotAJpeg(f"the JPEG header has no marker at byte {position}")
    while position < len(data) and data[position] == 0xFF:
        position += 1
    if position >= len(data):
        raise NotAJpeg("the JPEG is cut off inside its header")
    return data[position], position + 1


def _frame_size(marker: int, body: bytes) -> JpegSize:
    if marker not in _DECODED_FRAMES:
        raise NotAJpeg(f"the JPEG uses coding FF {marker:02X}; baseline and progressive are understood")
    if len(body) < 6:
        raise NotAJpeg("the JPEG has a frame header that is too short")
    size = JpegSize(height_px=int.from_bytes(body[1:3], "big"), width_px=int.from_bytes(body[3:5], "big"))
    if size.width_px == 0 or size.height_px == 0:
        raise NotAJpeg(f"the JPEG says it is {size.width_px} x {size.height_px} px")
    return size
