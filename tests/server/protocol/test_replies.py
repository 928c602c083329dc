"""The types of the server's messages against PROTOCOL.md and the page's own types."""

from __future__ import annotations

import json
import re
from typing import Any, get_args

import pytest

from server.protocol.events import AreaEvent, BlinkEvent, DwellEvent, DwellPhase, FixationEvent, Phase, SaccadeEvent
from server.protocol.gaze import VALID_STATUSES, Gaze, Status
from server.protocol.replies import SERVER_MESSAGES, encode, to_wire
from server.protocol.session import Dropped, Hello, TimeSynced
from tests.support.paths import ROOT
from tests.support.protocol_document import examples, typed

EXAMPLES = [message for message in examples("server") if "type" in message]


@pytest.mark.parametrize("message", EXAMPLES, ids=lambda message: message["type"])
def test_each_example_is_a_typed_message_and_the_typed_message_is_the_example(message: dict[str, Any]) -> None:
    found, beside = typed(message)
    assert json.loads(encode(to_wire(found, **beside))) == message


def test_each_type_has_an_example() -> None:
    assert {type(typed(message)[0]) for message in EXAMPLES} == set(SERVER_MESSAGES)


def test_members_keep_their_order_and_what_is_unset_is_left_out() -> None:
    hello = Hello(v=1, version="0", session=None)
    assert encode(to_wire(hello)) == '{"type":"hello","v":1,"version":"0","session":null}'
    answer = to_wire(TimeSynced(1.0, 2.0), request_id=0)
    assert encode(answer) == '{"type":"time_sync","client_ms":1.0,"server_ms":2.0,"request_id":0}'
    assert to_wire(Dropped(7), request_id=None) == {"type": "dropped", "frame": 7}


def test_a_nan_is_refused_and_does_not_become_null() -> None:
    with pytest.raises(ValueError, match="JSON"):
        encode(to_wire(TimeSynced(float("nan"), 2.0)))


# What a page gets of the message: its own names, None for what the message does not have.
GAZE_POINT = {
    **{name: name for name in ("valid", "status", "x", "y", "confidence", "raw", "timestamp", "seq")},
    "errorPx": "error_px",
    "latencyMs": "latency_ms",
    **dict.fromkeys(("inside", "exact", "screen", "message")),
}
PAGE_TYPES = (ROOT / "web" / "gaze.d.ts").read_text(encoding="utf-8")


def interface(name: str) -> str:
    found = re.search(rf"export interface {name} {{\n(.*?)\n}}", PAGE_TYPES, flags=re.DOTALL)
    assert found is not None
    return found[1]


def test_the_pages_gaze_point_has_the_members_of_the_gaze_message() -> None:
    assert set(re.findall(r"^  (\w+)\??:", interface("GazePoint"), flags=re.MULTILINE)) == set(GAZE_POINT)
    assert {name for name in GAZE_POINT.values() if name is not None} <= set(Gaze.__struct_fields__)


def test_the_page_knows_each_status_but_the_one_that_only_readers_get() -> None:
    statuses = re.search(r"export type GazeStatus =(.*?);", PAGE_TYPES, flags=re.DOTALL)
    assert statuses is not None
    assert set(re.findall(r'"(\w+)"', statuses[1])) == set(get_args(Status)) - {"no_viewport"}
    assert set(get_args(Status)) > VALID_STATUSES


def test_the_pages_events_are_those_of_the_server() -> None:
    events = (FixationEvent, SaccadeEvent, BlinkEvent, AreaEvent, DwellEvent)
    members = dict(re.findall(r"^  (\w+): (.*);", interface("GazeEventDetail"), flags=re.MULTILINE))
    assert set(re.findall(r'"(\w+)"', members["type"])) == {event.__struct_config__.tag for event in events}
    assert set(re.findall(r'"(\w+)"', members["phase"])) == {*get_args(Phase), *get_args(DwellPhase)}
    for event in events:
        assert {"phase", "timestamp"} <= set(event.__struct_fields__)
