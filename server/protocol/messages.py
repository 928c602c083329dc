"""The wire: bytes and text to frozen values, and back to text. Pure; PROTOCOL.md is its prose.

A camera frame is one binary message, little-endian: a header of 28 bytes, then a JPEG.

    0  magic "SL"        2  version u8 = 1     3  flags u8          4  seq u32
    8  captured_ms f64 (unix ms)              16  roi x u16        18  roi y u16
    20 roi width u16    22  roi height u16    24  full width u16   26  full height u16
    28 JPEG
The roi is the part of the camera's full frame that the JPEG shows, in pixels of the full frame; the JPEG may be
resized. Flag 1 says that it is an overview: all of the camera's frame, for counting the faces in it.
"""

from __future__ import annotations

import json
import math
import struct
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from calibration.screen import ScreenGeometry
from models.face.camera import Region
from server.errors import CloseCode, ProtocolError
from server.protocol.areas import parse_areas
from server.protocol.calibration_requests import CALIBRATION_PARSERS
from server.protocol.fields import MAX_TIME_MS, Fields, shown
from server.protocol.jpeg import JpegSize, NotAJpeg, jpeg_size
from server.protocol.requests import (
    Body,
    ClientRequest,
    FilterReset,
    Geometry,
    HeatmapClear,
    Mark,
    Pause,
    Resume,
    TimeSync,
)
from server.protocol.subscription import parse_subscribe
from server.settings import MAX_FRAME_BYTES, MAX_FRAME_PIXELS, MAX_FRAME_SIDE_PX, MAX_TEXT_BYTES

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


def parse_text(text: str) -> ClientRequest:
    """One JSON message of a client. Raises ProtocolError."""
    # Characters bound bytes from below; an exact count of a long text would cost what the limit is there to save.
    if len(text) > MAX_TEXT_BYTES or len(text.encode(errors="replace")) > MAX_TEXT_BYTES:
        raise ProtocolError("text_too_big", f"a text message may have {MAX_TEXT_BYTES} bytes", CloseCode.TOO_BIG)
    try:
        message = json.loads(text)
    except (ValueError, RecursionError):
        raise ProtocolError("bad_json", "a text message must be a JSON object; frames go as binary") from None
    if not isinstance(message, dict):
        raise ProtocolError("bad_json", f"a text message must be a JSON object, got {type(message).__name__}")
    request_id = message.get("request_id")
    if isinstance(request_id, bool) or not isinstance(request_id, str | int | None) or not _is_text(request_id):
        raise ProtocolError("bad_message", "request_id must be a string or a whole number")
    try:
        return ClientRequest(_parse_body(message), request_id)
    except ProtocolError as problem:
        problem.request_id = request_id
        raise


def _parse_body(message: dict[str, Any]) -> Body:
    kind = message.get("type")
    parser = _PARSERS.get(kind) if isinstance(kind, str) else None
    if parser is None:
        known = ", ".join(sorted(_PARSERS))
        raise ProtocolError("unknown_message", f"unknown message type {shown(kind)}; known are: {known}")
    return parser(Fields(kind or "", message))


def _is_text(value: str | int | None) -> bool:
    """JSON can escape half of a surrogate pair, which then fits into no answer."""
    return not isinstance(value, str) or not any("\ud800" <= character <= "\udfff" for character in value)


def client_message_types() -> frozenset[str]:
    return frozenset(_PARSERS)


_MAX_PX = 100_000.0  # CSS px: far beyond a wall of monitors
_MAX_MM = 100_000.0


def _geometry(fields: Fields) -> Geometry:
    screen = fields.object("screen")
    return Geometry(
        screen=ScreenGeometry(
            width_px=screen.number("width_px", 1, _MAX_PX),
            height_px=screen.number("height_px", 1, _MAX_PX),
            width_mm=screen.optional_number("width_mm", 1, _MAX_MM),
            height_mm=screen.optional_number("height_mm", 1, _MAX_MM),
            distance_mm=fields.optional_number("distance_mm", 1, _MAX_MM),
        ),
        device_pixel_ratio=fields.number("device_pixel_ratio", 0.01, 100) if fields.has("device_pixel_ratio") else 1.0,
        viewport=_viewport(fields.object("viewport")) if fields.has("viewport") else None,
        hfov_deg=fields.optional_number("hfov_deg", 11, 169),
        camera=fields.text("camera") if fields.has("camera") else None,
    )


def _viewport(fields: Fields) -> tuple[float, float, float, float]:
    return (
        fields.number("x", -_MAX_PX, _MAX_PX),
        fields.number("y", -_MAX_PX, _MAX_PX),
        fields.number("width", 0, _MAX_PX),
        fields.number("height", 0, _MAX_PX),
    )


_PARSERS: dict[str, Callable[[Fields], Body]] = {
    "subscribe": parse_subscribe,
    "aois": parse_areas,
    "geometry": _geometry,
    **CALIBRATION_PARSERS,
    "filter_reset": lambda _: FilterReset(),
    "heatmap_clear": lambda _: HeatmapClear(),
    "mark": lambda fields: Mark(label=fields.text("label")),
    "pause": lambda _: Pause(),
    "resume": lambda _: Resume(),
    "time_sync": lambda fields: TimeSync(client_ms=fields.number("client_ms", 0, MAX_TIME_MS)),
}


def encode(payload: Mapping[str, Any]) -> str:
    """One server message as JSON text. Raises ValueError on NaN and infinity: they are a bug, and no JSON."""
    return json.dumps(payload, allow_nan=False, ensure_ascii=False, separators=(",", ":"))
