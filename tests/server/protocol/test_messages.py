from __future__ import annotations

import contextlib
import json
import math
import random
import struct
import typing
from typing import Any

import pytest

from calibration.screen import ScreenGeometry
from calibration.targets.patterns import PATTERNS
from models.face.camera import Region
from server.errors import CloseCode, ProtocolError
from server.protocol.frames import HEADER_BYTES, JpegSize, parse_frame
from server.protocol.geometry import Geometry, Rect, ScreenLayout, ScreenSize
from server.protocol.parsing import client_message_types, parse_text
from server.protocol.replies import encode
from server.protocol.requests import CalibrationPoint, CalibrationStart, ClientRequest, Mark, Pattern, TimeSync
from server.settings import MAX_FRAME_BYTES
from tests.support.protocol_document import examples
from tests.support.server import frame_bytes, jpeg


def test_a_frame_is_its_header_and_its_jpeg() -> None:
    picture = jpeg(width=80, height=60)
    header = b"SL" + struct.pack("<BBIdHHHHHH", 1, 0, 7, 1763843912345.6, 100, 50, 320, 240, 1280, 720)
    assert len(header) == HEADER_BYTES == 28
    message = parse_frame(header + picture)
    assert (message.seq, message.captured_ms) == (7, 1763843912345.6)
    assert message.roi == Region(x=100, y=50, width=320, height=240)
    assert (message.full_width_px, message.full_height_px) == (1280, 720)
    assert message.jpeg_size == JpegSize(80, 60)
    assert message.jpeg == picture


def test_an_overview_is_a_frame_with_a_flag() -> None:
    assert not parse_frame(frame_bytes()).overview
    message = parse_frame(frame_bytes(flags=1))
    assert (message.overview, message.is_whole) == (True, True)


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"magic": b"XX"}, "bad_frame"),
        ({"version": 0}, "bad_version"),
        ({"flags": 2}, "bad_frame"),
        ({"flags": 255}, "bad_frame"),
        ({"flags": 1, "full_width": 1280}, "bad_frame"),
        ({"captured_ms": math.inf}, "bad_frame"),
        ({"captured_ms": -1.0}, "bad_frame"),
        ({"width": 0}, "bad_frame"),
        ({"height": 0}, "bad_frame"),
        ({"x": 1}, "bad_frame"),
        ({"y": 1}, "bad_frame"),
        ({"full_width": 0, "width": 0}, "bad_frame"),
    ],
)
def test_a_header_with_one_wrong_field_is_refused(changed: dict[str, Any], code: str) -> None:
    with pytest.raises(ProtocolError) as refused:
        parse_frame(frame_bytes(**changed))
    assert (refused.value.code, refused.value.close_code) == (code, CloseCode.MALFORMED)


def test_a_jpeg_may_be_as_long_as_the_limit_and_not_longer() -> None:
    picture = jpeg()
    fill = MAX_FRAME_BYTES - len(picture)
    assert len(parse_frame(frame_bytes(picture=picture + bytes(fill))).jpeg) == MAX_FRAME_BYTES
    with pytest.raises(ProtocolError) as refused:
        parse_frame(frame_bytes(picture=picture + bytes(fill + 1)))
    assert refused.value.close_code == CloseCode.TOO_BIG


def test_a_picture_may_have_four_million_pixels_and_not_more() -> None:
    assert parse_frame(frame_bytes(picture=jpeg(width=2000, height=2000))).jpeg_size == JpegSize(2000, 2000)
    with pytest.raises(ProtocolError, match="2001 x 2000") as refused:
        parse_frame(frame_bytes(picture=jpeg(width=2001, height=2000)))
    assert (refused.value.code, refused.value.close_code) == ("image_too_large", CloseCode.TOO_BIG)


def test_a_picture_with_a_huge_side_is_refused_before_it_ends_the_process() -> None:
    """Of 32767 pixels and more on a side, OpenCV inside MediaPipe aborts: no exception, no server."""
    assert parse_frame(frame_bytes(picture=jpeg(width=16, height=8192))).jpeg_size == JpegSize(16, 8192)
    for width, height in ((16, 8193), (60_000, 16), (16, 65_500)):
        with pytest.raises(ProtocolError, match="sides") as refused:
            parse_frame(frame_bytes(picture=jpeg(width=width, height=height)))
        assert (refused.value.code, refused.value.close_code) == ("image_too_large", CloseCode.TOO_BIG)


def test_random_bytes_give_a_frame_or_a_protocol_error() -> None:
    rng = random.Random(1)
    whole = frame_bytes(captured_ms=1.0)
    for _ in range(500):
        broken = bytearray(whole[: rng.randrange(len(whole))])
        for _ in range(min(len(broken), rng.randrange(6))):
            broken[rng.randrange(len(broken))] = rng.randrange(256)
        with contextlib.suppress(ProtocolError):
            parse_frame(bytes(broken))


VALUES = [
    None,
    True,
    -1,
    0,
    0.5,
    10**400,
    1e308,
    math.inf,
    math.nan,
    "",
    "x",
    "\x00",
    "half \ud800",
    "9",
    [],
    [1],
    {},
    {"width_px": 5},
]
KEYS = ["screen", "width_px", "user", "target_id", "shown_ms", "x", "y", "label", "client_ms", "request_id", "viewport"]


@pytest.mark.parametrize("kind", sorted(client_message_types()))
def test_random_json_gives_a_request_or_a_protocol_error(kind: str) -> None:
    rng = random.Random(kind)
    for _ in range(200):
        fields = {key: rng.choice(VALUES) for key in KEYS if rng.random() < 0.5}
        with contextlib.suppress(ProtocolError):
            assert isinstance(parse_text(json.dumps({**fields, "type": kind})), ClientRequest)


@pytest.mark.parametrize("example", examples("client"), ids=lambda message: message["type"])
def test_random_members_give_a_request_or_a_protocol_error(
    example: dict[str, Any],
) -> None:
    rng = random.Random(example["type"])

    def changed(value: Any) -> Any:
        if rng.random() < 0.3:
            return rng.choice(VALUES)
        if isinstance(value, dict):
            return {key: changed(member) for key, member in value.items()}
        return [changed(item) for item in value] if isinstance(value, list) else value

    for _ in range(300):
        with contextlib.suppress(ProtocolError):
            members = {key: changed(member) for key, member in example.items()}
            parse_text(json.dumps({**members, rng.choice(KEYS): rng.choice(VALUES), "type": example["type"]}))


def test_a_geometry_has_none_for_unknown_values() -> None:
    text = json.dumps({"type": "geometry", "screen": {"width_px": 1920, "height_px": 1080, "width_mm": None}})
    body = parse_text(text).body
    assert body == Geometry(ScreenSize(1920.0, 1080.0), device_pixel_ratio=1.0, viewport=None, hfov_deg=None)
    assert isinstance(body, Geometry)
    assert body.screen == ScreenGeometry(1920.0, 1080.0)
    assert body.layout == ScreenLayout(ScreenGeometry(1920.0, 1080.0), viewport=None)


def test_a_full_geometry() -> None:
    message = {
        "type": "geometry",
        "request_id": "g1",
        "screen": {"width_px": 1440, "height_px": 900, "width_mm": 300.5, "height_mm": 188},
        "device_pixel_ratio": 2,
        "viewport": {"x": -10, "y": 80, "width": 1400, "height": 700},
        "hfov_deg": 70,
        "distance_mm": 550,
    }
    request = parse_text(json.dumps(message))
    assert request.request_id == "g1"
    assert request.body == Geometry(
        ScreenSize(1440.0, 900.0, 300.5, 188.0),
        device_pixel_ratio=2.0,
        viewport=Rect(-10.0, 80.0, 1400.0, 700.0),
        hfov_deg=70.0,
        distance_mm=550.0,
    )
    assert isinstance(request.body, Geometry)
    assert request.body.screen == ScreenGeometry(1440.0, 900.0, 300.5, 188.0, 550.0)
    assert request.body.layout == ScreenLayout(request.body.screen, Rect(-10.0, 80.0, 1400.0, 700.0))


def test_small_messages_become_their_values() -> None:
    def body(**message: Any) -> object:
        return parse_text(json.dumps(message)).body

    assert body(type="calibration_start", pattern="9", user="Ada L.") == CalibrationStart("Ada L.", "9")
    assert body(type="calibration_point", target_id=3, shown_ms=5.5) == CalibrationPoint(3, 5.5)
    assert body(type="calibration_point", target_id=3, shown_ms=0, x=0.2, y=1) == CalibrationPoint(3, 0.0, 0.2, 1.0)
    assert body(type="mark", label="page 2") == Mark("page 2")
    assert body(type="time_sync", client_ms=0) == TimeSync(0.0)


@pytest.mark.parametrize(
    ("message", "says"),
    [
        ({"type": "geometry"}, "geometry: screen must be an object, but is missing"),
        (
            {"type": "geometry", "screen": {"width_px": "wide", "height_px": 1}},
            'from 1 to 100000, got "wide"',
        ),
        ({"type": "geometry", "screen": {"width_px": True, "height_px": 1}}, "100000, got true"),
        (
            {"type": "geometry", "screen": {"width_px": None, "height_px": 1}},
            "screen.width_px must be a number",
        ),
        ({"type": "geometry", "screen": {"width_px": 10**400, "height_px": 1}}, "width_px must be a number"),
        ({"type": "geometry", "screen": {"width_px": 0, "height_px": 1}}, "from 1 to 100000, got 0"),
        ({"type": "geometry", "screen": {"width_px": 9, "height_px": 9}, "hfov_deg": 180}, "hfov_deg must be"),
        ({"type": "calibration_start", "pattern": "12"}, 'pattern must be one of 3, 5, 9, 13, 16, got "12"'),
        ({"type": "calibration_start", "pattern": "9", "points": [[0, 0], [1, 1], [0, 1]]}, "left out when points"),
        ({"type": "calibration_start", "points": [[0, 0], [1, 1]]}, "points must be 3 to 49 different places"),
        ({"type": "calibration_start", "points": [[0, 0], [1, 1], [1, 1]]}, "different places"),
        (
            {"type": "calibration_start", "points": [[0, 0], [1, 1], [1, 1.2]]},
            "points[2][1] must be a number from 0 to 1",
        ),
        (
            {"type": "calibration_start", "points": [[0, 0], [1, 1], [1, True]]},
            "from 0 to 1, got true",
        ),
        ({"type": "calibration_start", "points": [[0, 0]] * 50}, "a list of 1 to 49 lists of 2 numbers, got a list"),
        ({"type": "calibration_start", "points": {"x": 1}}, "a list of 1 to 49 lists of 2 numbers, got an object"),
        ({"type": "calibration_start", "points": [[0, 0, 0]]}, "points[0] must be a list of 2 numbers, got a list"),
        ({"type": "calibration_start", "pursuit": 1}, "pursuit must be true or false"),
        ({"type": "calibration_start", "repeats": 6}, "repeats must be a whole number from 0 to 5, got 6"),
        ({"type": "calibration_point", "target_id": 1, "shown_ms": 1, "path": [[0, 0, 0]]}, "2 to 400 lists of 3"),
        ({"type": "calibration_point", "target_id": 1, "shown_ms": 1, "path": [[0, 0, 0], [0, 1, 1]]}, "growing"),
        (
            {"type": "calibration_point", "target_id": 1, "shown_ms": 1, "path": [[0, 0, 0], [9, 1, 2]]},
            "path[1][2] must be",
        ),
        ({"type": "calibration_point", "target_id": 1, "shown_ms": 1, "path": [[0, 0, 0], [1e6, 1, 1]]}, "60000"),
        ({"type": "validation_start", "check": True, "points": [[0, 0]]}, "left out for a check"),
        ({"type": "drift", "x": 0.5, "shown_ms": 1}, "y must be a number"),
        ({"type": "drift", "undo": True, "x": 0.5}, "x must be left out"),
        ({"type": "drift", "undo": 1, "x": 0.5, "y": 0.5, "shown_ms": 1}, "undo must be true or false, got 1"),
        ({"type": "click", "x": float("nan"), "y": 0.5, "timestamp": 1}, "x must be a number"),
        ({"type": "click", "x": 1.2, "y": 0.5, "timestamp": 1}, "x must be a number"),
        ({"type": "click", "x": 0.5, "y": 0.5}, "timestamp must be a number"),
        (
            {"type": "look", "x": 0.5, "y": 0.5, "start_ms": 2, "end_ms": 1},
            "end_ms must be 0 to 10000 ms after",
        ),
        ({"type": "look", "x": 0.5, "y": 0.5, "start_ms": 0, "end_ms": 10_001}, "end_ms must be 0 to 10000 ms"),
        ({"type": "calibration_start", "user": ""}, "user must be a text of 1 to 64"),
        ({"type": "calibration_start", "user": "a\nb"}, "printable"),
        ({"type": "calibration_point", "target_id": 1.5, "shown_ms": 1}, "target_id must be a whole number"),
        ({"type": "calibration_point", "target_id": 1, "shown_ms": 1, "x": 0.5}, "y must be a number, as the other"),
        ({"type": "calibration_point", "target_id": 1}, "shown_ms must be a number"),
        ({"type": "mark", "label": "x" * 65}, "label must be a text"),
        ({"type": "mark", "label": "x", "request_id": [1]}, "request_id must be"),
        ({"type": "mark", "label": "x", "request_id": "half \ud800"}, "request_id must be"),
        ({"type": "mark", "label": "half \udfff"}, "printable"),
        ({"type": "subscribe", "topics": ["half \udfff"]}, "half of a surrogate pair"),
        ({"type": "calibration_start", "pattern": "\ud800"}, "half of a surrogate pair"),
        ({"type": ["mark"]}, "unknown message type"),
        ({}, "unknown message type null"),
    ],
)
def test_a_message_with_a_wrong_field_is_refused_by_the_fields_name(message: dict[str, Any], says: str) -> None:
    with pytest.raises(ProtocolError) as refused:
        parse_text(json.dumps(message))
    assert says in str(refused.value)


def test_null_is_the_same_as_left_out() -> None:
    message = {"type": "calibration_start", "user": None, "pattern": None, "pursuit": None, "repeats": None}
    assert parse_text(json.dumps(message)).body == CalibrationStart()


def test_a_whole_number_may_be_written_with_a_point() -> None:
    body = parse_text('{"type": "calibration_point", "target_id": 4.0, "shown_ms": 1e3}').body
    assert body == CalibrationPoint(4, 1000.0)
    assert isinstance(body, CalibrationPoint)
    assert (type(body.target_id), type(body.shown_ms)) == (int, float)


@pytest.mark.parametrize("depth", [10, 100, 900, 990, 30_000])
@pytest.mark.parametrize("member", ["label", "request_id", "unknown"])
def test_a_deeply_nested_member_raises_a_protocol_error(depth: int, member: str) -> None:
    text = f'{{"type": "mark", "{member}": {"[" * depth}{"]" * depth}}}'
    with pytest.raises(ProtocolError):
        parse_text(text)


def test_nesting_is_limited_far_below_the_stack_of_python() -> None:
    for depth in (31, 33):
        text = f'{{"type": "pause", "unknown": {"[" * (depth - 1)}1{"]" * (depth - 1)}}}'
        if depth < 32:
            parse_text(text)
        else:
            with pytest.raises(ProtocolError, match="nested 32 deep"):
                parse_text(text)


def test_all_target_patterns_may_be_requested() -> None:
    assert typing.get_args(Pattern) == tuple(PATTERNS)


def test_json_that_is_nested_a_thousand_deep_is_refused() -> None:
    with pytest.raises(ProtocolError, match="JSON"):
        parse_text("[" * 30_000 + "]" * 30_000)


def test_the_length_limit_counts_bytes_not_characters() -> None:
    with pytest.raises(ProtocolError) as refused:
        parse_text(json.dumps({"type": "mark", "label": "€" * 25_000}, ensure_ascii=False))
    assert refused.value.close_code == CloseCode.TOO_BIG


def test_no_nan_reaches_json() -> None:
    with pytest.raises(ValueError, match="JSON"):
        encode({"x": math.nan})
    assert encode({"x": None, "name": "Åse"}) == '{"x":null,"name":"Åse"}'
