"""The binary messages of a camera: parses them into frozen values, and makes them. Pure; PROTOCOL.md explains them.

A camera frame is one binary message, little-endian: a header of 28 bytes, then a JPEG.

    0  magic "SL"        2  version u8 = 1     3  flags u8          4  seq u32
    8  captured_ms f64 (unix ms)              16  roi x u16        18  roi y u16
    20 roi width u16    22  roi height u16    24  full width u16   26  full height u16
    28 JPEG

The roi is the part of the camera's full frame that the JPEG shows, in pixels of the full frame. The JPEG may be
resized. Flag 1 marks an overview: the camera's whole frame, for counting faces.

The size of the JPEG is read from its header, without decoding it (ITU-T T.81, annex B):

1. The file starts with the marker SOI (FF D8).
2. Segments follow: FF, a marker byte, a big-endian length that includes its own two bytes, and the data. Any number of
   fill bytes FF may precede a marker. Thumbnails are inside such a segment (APPn) and are skipped with it.
3. The start-of-frame segment holds precision u8, height u16, width u16. It comes before the first scan (SOS).
"""

from __future__ import annotations

import math
import struct
from dataclasses import dataclass

from models.face.camera import Region
from server.errors import CloseCode, ProtocolError
from server.settings import MAX_FRAME_BYTES, MAX_FRAME_PIXELS, MAX_FRAME_SIDE_PX

WIRE_VERSION = 1
MAGIC = b"SL"
OVERVIEW_FLAG = 1
_HEADER = struct.Struct("<2sBBId6H")
HEADER_BYTES = _HEADER.size


_SOI = b"\xff\xd8"
_DECODED_FRAMES = frozenset({0xC0, 0xC1, 0xC2})  # baseline, extended, progressive: what browsers and cameras write
_START_OF_FRAME = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}  # the gaps are DHT, JPG and DAC
_WITHOUT_LENGTH = frozenset({0x01, *range(0xD0, 0xD8)})
_SOS = 0xDA
MAX_SCANS = 100  # a progressive picture has about 10; with more, 2 MiB can take minutes
_END_OF_IMAGE = 0xD9


@dataclass(frozen=True, slots=True)
class JpegSize:
    width_px: int
    height_px: int


class NotAJpeg(ValueError):  # noqa: N818
    """The header is wrong; the text says how."""


@dataclass(frozen=True, slots=True)
class FrameMessage:
    """One frame as sent, with its JPEG not decoded. jpeg_size: from the JPEG's header.

    overview: whether it is only for counting faces.
    """

    seq: int
    captured_ms: float
    roi: Region
    full_width_px: int
    full_height_px: int
    jpeg: bytes
    jpeg_size: JpegSize
    overview: bool = False

    @property
    def is_whole(self) -> bool:
        """Whether it shows the camera's whole frame."""
        return (self.roi.width, self.roi.height) == (self.full_width_px, self.full_height_px)


def parse_frame(data: bytes) -> FrameMessage:
    """Parses a frame, with all checks that need no decoding. Raises ProtocolError."""
    if len(data) < HEADER_BYTES:
        raise ProtocolError("bad_frame", f"a frame has a header of {HEADER_BYTES} bytes, got {len(data)} bytes in all")
    magic, version, flags, seq, captured_ms, x, y, width, height, full_width, full_height = _HEADER.unpack_from(data)
    if magic != MAGIC:
        raise ProtocolError("bad_frame", f'a frame starts with "SL", got bytes {magic.hex(" ")}')
    if version != WIRE_VERSION:
        raise ProtocolError("bad_version", f"this server speaks frame version {WIRE_VERSION}, got {version}")
    if flags not in (0, OVERVIEW_FLAG):
        raise ProtocolError("bad_frame", f"flags are 0 or {OVERVIEW_FLAG} (an overview), got {flags}")
    if not math.isfinite(captured_ms) or captured_ms < 0:
        raise ProtocolError("bad_frame", f"captured_ms must be a finite unix time in ms, got {captured_ms}")
    if width == 0 or height == 0 or x + width > full_width or y + height > full_height:
        raise ProtocolError(
            "bad_frame", f"region {width}x{height} at {x},{y} does not lie inside the {full_width}x{full_height} frame"
        )
    jpeg = data[HEADER_BYTES:]
    if len(jpeg) > MAX_FRAME_BYTES:
        raise ProtocolError(
            "frame_too_big", f"a JPEG may have {MAX_FRAME_BYTES} bytes, got {len(jpeg)}", CloseCode.TOO_BIG
        )
    try:
        size = jpeg_size(jpeg)
        check_scans(jpeg)
    except NotAJpeg as problem:
        raise ProtocolError("bad_jpeg", str(problem)) from problem
    if size.width_px * size.height_px > MAX_FRAME_PIXELS:
        raise ProtocolError(
            "image_too_large",
            f"a frame may have {MAX_FRAME_PIXELS} pixels, this JPEG says {size.width_px} x {size.height_px}",
            CloseCode.TOO_BIG,
        )
    if max(size.width_px, size.height_px) > MAX_FRAME_SIDE_PX:
        raise ProtocolError(
            "image_too_large",
            f"a frame's sides may have {MAX_FRAME_SIDE_PX} pixels, this JPEG says {size.width_px} x {size.height_px}",
            CloseCode.TOO_BIG,
        )
    overview = flags == OVERVIEW_FLAG
    message = FrameMessage(seq, captured_ms, Region(x, y, width, height), full_width, full_height, jpeg, size, overview)
    if overview and not message.is_whole:
        raise ProtocolError("bad_frame", "an overview shows the camera's whole frame, not a region of it")
    return message


def encode_frame(
    seq: int,
    captured_ms: float,
    jpeg: bytes,
    *,
    roi: Region | None = None,
    full_px: tuple[int, int] | None = None,
    overview: bool = False,
) -> bytes:
    """A frame with its header.

    full_px: width and height of the camera's frame; None: those of the JPEG. roi: the part of it that the JPEG shows;
    None: all.
    """
    if full_px is None:
        size = jpeg_size(jpeg)
        full_px = (size.width_px, size.height_px)
    if roi is None:
        roi = Region(0, 0, *full_px)
    flags = OVERVIEW_FLAG if overview else 0
    place = (roi.x, roi.y, roi.width, roi.height, *full_px)
    return _HEADER.pack(MAGIC, WIRE_VERSION, flags, seq, captured_ms, *place) + jpeg


def jpeg_size(data: bytes) -> JpegSize:
    """Width and height from the JPEG's header. Raises NotAJpeg when the header is wrong or cut off."""
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


def check_scans(data: bytes) -> None:
    """Raises NotAJpeg when it has more than MAX_SCANS scans: each costs a pass over the picture, however short it is.

    In compressed data FF 00 stands for FF, so FF DA is always the start of a scan. Those in a thumbnail count, too.
    """
    n_scans = data.count(bytes((0xFF, _SOS)))
    if n_scans > MAX_SCANS:
        raise NotAJpeg(f"the JPEG has {n_scans} scans; up to {MAX_SCANS} are decoded")


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
