from __future__ import annotations

import json
from typing import Any

import pytest

from server.errors import ProtocolError
from server.protocol.geometry import Rect
from server.protocol.parsing import parse_query, parse_text
from server.protocol.session import Subscribed
from server.protocol.subscriber_view import Projection
from server.protocol.subscription import DEFAULT_TOPICS, Subscribe


def parsed(**values: Any) -> Subscribe:
    body = parse_text(json.dumps({"type": "subscribe", **values})).body
    assert isinstance(body, Subscribe)
    return body


def test_the_default_is_gaze_and_marks_with_all_fields_of_each_frame() -> None:
    assert parsed() == Subscribe() == Subscribe(topics=DEFAULT_TOPICS, rate_hz=None)
    assert parsed().view == Projection()


def test_all_members_are_parsed() -> None:
    viewport = {"x": 0, "y": 85, "width": 1920, "height": 951}
    wanted = parsed(topics=["blink"], fields=["error_px", "x"], rate=10, space="viewport", viewport=viewport)
    assert (wanted.topics, wanted.rate_hz) == (frozenset({"blink"}), 10.0)
    assert wanted.view == Projection(frozenset({"error_px"}), "viewport", Rect(0.0, 85.0, 1920.0, 951.0))
    assert Subscribed.to(wanted) == Subscribed(("blink",), ("error_px",), 10.0, "viewport")


def test_an_address_says_the_same_as_a_message() -> None:
    query = {
        "topics": "gaze,blink",
        "fields": "",
        "rate": "2.5",
        "space": "viewport",
        "viewport": "1,2,3,4",
        "session": "s",
    }
    wanted = parse_query(query)
    assert (wanted.topics, wanted.rate_hz) == (frozenset({"gaze", "blink"}), 2.5)
    assert wanted.view == Projection(frozenset(), "viewport", Rect(1.0, 2.0, 3.0, 4.0))
    assert parse_query({}) == Subscribe()


@pytest.mark.parametrize(
    ("values", "says"),
    [
        ({"topics": ["gaze", "dance"]}, r"topics\[1\] must be one of aoi, .*, got \"dance\""),
        ({"topics": "gaze"}, "topics must be a list"),
        ({"topics": [["gaze"]]}, r"topics\[0\] must be one of"),
        ({"fields": ["x", "shoe_size"]}, r"fields\[1\] must be one of .*, got \"shoe_size\""),
        ({"fields": {"x": 1}}, "fields must be a list"),
        ({"rate": 0}, "rate must be a number from 0.1 to 1000"),
        ({"rate": True}, "rate must be"),
        ({"rate": "10"}, "rate must be"),
        ({"rate": 1e9}, "rate must be"),
        ({"space": "moon"}, "space must be one of screen, viewport"),
        ({"space": []}, "space must be one of"),
        ({"viewport": [0, 0, 1, 1]}, "viewport must be an object"),
        ({"viewport": {"x": 0, "y": 0, "width": -1, "height": 1}}, "width must be a number from 0"),
    ],
)
def test_a_wrong_member_is_refused_by_its_name(values: dict[str, Any], says: str) -> None:
    with pytest.raises(ProtocolError, match=says) as refused:
        parsed(**values)
    assert refused.value.code == "bad_message"


@pytest.mark.parametrize(
    "query", [{"rate": "fast"}, {"rate": "nan"}, {"viewport": "1,2,3"}, {"viewport": "a,b,c,d"}, {"topics": "dance"}]
)
def test_a_wrong_address_is_refused(query: dict[str, str]) -> None:
    with pytest.raises(ProtocolError):
        parse_query(query)
