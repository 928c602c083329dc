"""Binary messages of a camera to frozen values. Pure; PROTOCOL.md explains them.

A camera frame is one binary message, little-endian: a header of 28 bytes, then a JPEG.

    0  magic "SL"        2  version u8 = 1     3  flags u8          4  seq u32
    8  captured_ms f64 (unix ms)              16  roi x u16        18  roi y u16
    20 roi width u16    22  roi height u16    24  full width u16   26  full height u16
    28 JPEG
The roi is the part of the camera's full frame that the JPEG shows, in pixels of the full frame; the JPEG may be
resized. Flag 1 says that it is an overview: all of the camera's frame, for counting the faces in it.
"""

from __future__ import annotations

import math
import struct
from dataclasses import dataclass

from models.face.camera import Region
from server.errors import CloseCode, ProtocolError
from server.protocol.jpeg import JpegSize, NotAJpeg, jpeg_size
from server.settings import MAX_FRAME_BYTES, MAX_FRAME_PIXELS, MAX_FRAME_SIDE_PX

WIRE_VERSION = 1
MAGIC = b"SL"
OVERVIEW_FLAG = 1
_HEADER = struct.Struct("<2sBBId6H")
HEADER_BYTES = _HEADER.size


@dataclass(frozen=True, slots=True)
class FrameMessage:
    """One frame as sent, its JPEG not yet decoded. `jpeg_size` is what the JPEG's header says.

    overview: it is for counting faces, no gaze is asked of it.
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
        """Whether all of the camera's frame is in it."""
        return (self.roi.width, self.roi.height) == (self.full_width_px, self.full_height_px)


def parse_frame(data: bytes) -> FrameMessage:
    """Checks everything that can be checked without decoding. Raises ProtocolError."""
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
