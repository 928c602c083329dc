"""gaze.v1.schema.json against what the server really sends, on every transport, and against PROTOCOL.md's examples."""

from __future__ import annotations

import asyncio
import json
import time
from pathlib import Path
from typing import Any

import pytest
from aiohttp import ClientSession
from jsonschema import Draft202012Validator
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from server.errors import ProtocolError
from server.protocol.parsing import parse_text
from server.protocol.schema import FILE, schema_text
from server.protocol.subscriber_view import ALWAYS, OPTIONAL
from server.protocol.subscription import TOPICS
from tests.support.protocol_document import examples
from tests.support.schema import CLIENT_VALIDATOR, SCHEMA, VALIDATOR, check_message
from tests.support.server import (
    AWAY,
    GEOMETRY,
    OPEN,
    OWN_FACE,
    SHUT,
    CameraClient,
    StaticFaceFinder,
    frame_bytes,
    jpeg,
    running_server,
)
from tests.support.times import WAIT_S, wait_until


def test_the_schema_is_valid() -> None:
    Draft202012Validator.check_schema(SCHEMA)


def test_the_file_is_what_the_types_give() -> None:
    assert FILE.read_text(encoding="utf-8") == schema_text(), "run: python -m server.protocol.schema"


def test_its_lists_are_those_of_the_code() -> None:
    gaze = SCHEMA["$defs"]["Gaze"]
    assert set(gaze["required"]) == ALWAYS
    assert set(gaze["properties"]) - {"face"} == ALWAYS | OPTIONAL
    assert set(SCHEMA["$defs"]["Subscribed"]["properties"]["topics"]["items"]["enum"]) == TOPICS


@pytest.mark.parametrize("message", [m for m in examples("server") if "type" in m], ids=lambda m: m["type"])
def test_every_example_of_the_protocol_satisfies_it(message: dict[str, Any]) -> None:
    check_message(message)


@pytest.mark.parametrize(
    "changed",
    [
        {"x": None},
        {"valid": False},
        {"status": "no_face"},
        {"status": "dancing"},
        {"confidence": 1.5},
        {"seq": 0},
        {"shoe_size": 43},
        {"v": 2},
        {"latency_ms": -1.0},
        {"event": "nap"},
    ],
)
def test_it_refuses_what_the_server_must_never_send(changed: dict[str, Any]) -> None:
    good = next(m for m in examples("server") if m.get("type") == "gaze" and m["valid"])
    assert VALIDATOR.is_valid(good)
    assert not VALIDATOR.is_valid(good | changed)


def test_no_message_of_a_type_that_it_does_not_know_satisfies_it() -> None:
    assert not VALIDATOR.is_valid({"type": "dance"})
    assert not VALIDATOR.is_valid({"state": "done"})


@pytest.mark.parametrize("message", [m for m in examples("server") if "type" in m], ids=lambda m: m["type"])
def test_a_message_with_an_unknown_field_or_state_does_not_satisfy_it(message: dict[str, Any]) -> None:
    assert not VALIDATOR.is_valid(message | {"shoe_size": 43})
    if "state" in message:
        assert not VALIDATOR.is_valid(message | {"state": "dancing"})
        assert not VALIDATOR.is_valid({key: value for key, value in message.items() if key != "state"})


@pytest.mark.parametrize(
    ("kind", "state", "needed"),
    [
        ("calibration", "started", "targets"),
        ("calibration", "collecting", "enough"),
        ("calibration", "done", "report"),
        ("calibration", "failed", "reason"),
        ("validation", "done", "result"),
        ("drift", "done", "offset_px"),
        ("click", "ignored", "reason"),
        ("record", "started", "recording"),
    ],
)
def test_a_state_comes_with_what_belongs_to_it(kind: str, state: str, needed: str) -> None:
    good = next(m for m in examples("server") if (m.get("type"), m.get("state")) == (kind, state))
    assert VALIDATOR.is_valid(good)
    assert not VALIDATOR.is_valid({key: value for key, value in good.items() if key != needed})


@pytest.mark.parametrize("message", examples("client"), ids=lambda m: m["type"])
def test_it_takes_each_message_of_a_client_and_none_that_the_server_refuses(message: dict[str, Any]) -> None:
    assert CLIENT_VALIDATOR.is_valid(message)
    assert CLIENT_VALIDATOR.is_valid(message | {"request_id": 5})
    assert not CLIENT_VALIDATOR.is_valid(message | {"request_id": 5.5})
    assert not CLIENT_VALIDATOR.is_valid(message | {"type": "dance"})
    for key in message.keys() - {"type", "request_id"}:
        wrong = message | {key: {"neither": ["number", "nor", "text"]}}
        assert not CLIENT_VALIDATOR.is_valid(wrong), key
        with pytest.raises(ProtocolError, match=key):
            parse_text(json.dumps(wrong))


async def collect(stream: ClientConnection, into: list[dict[str, Any]]) -> None:
    try:
        async for text in stream:
            into.append(json.loads(text))
    except ConnectionClosed:
        pass


LAST = "the end"


async def live_through_everything(camera: CameraClient, finder: StaticFaceFinder) -> None:
    """Calibration, fixations, saccades, a blink, no face, a second face, an area, a broken picture, a pause."""
    await camera.calibrate(request_id="cal")
    await camera.connection.send(
        json.dumps({**GEOMETRY, "viewport": {"x": 10, "y": 20, "width": 800, "height": 400}, "request_id": 2})
    )
    await camera.say("aois", areas=[{"id": "a", "x": 0, "y": 0, "width": 1, "height": 1, "dwell_ms": 300}])
    await camera.say("subscribe", topics=["fixation", "saccade", "blink", "aoi", "dwell", "status"])
    await camera.say("record_start", request_id="r")
    await camera.validate(clock_ms=time.time() * 1000.0 - 60_000.0)
    shown = await camera.show(0.5, 0.5)
    await camera.say("click", x=0.5, y=0.5, timestamp=shown["timestamp"])
    await camera.say("look", x=0.5, y=0.5, start_ms=shown["timestamp"], end_ms=shown["timestamp"])
    for kind in ("filter_reset", "filter_set", "heatmap_clear", "look_fit", "look_clear", "record_stop"):
        await camera.say(kind, request_id=kind)
    await camera.say("drift", x=0.5, y=0.5, shown_ms=shown["timestamp"])
    await camera.say("calibration_cancel")
    await camera.say("mark", label="here", request_id=3)
    await camera.say("time_sync", client_ms=5)
    clock_ms = time.time() * 1000.0 - 20_000.0
    looks = [(0.6, 0.5, OPEN)] * 18 + [(0.6, 0.5, SHUT)] * 4 + [(0.1, 0.1, OPEN)] * 12 + [(0.1, 0.1, AWAY)] * 14
    for i, (x, y, how) in enumerate(looks):
        await camera.show(x, y, how, captured_ms=clock_ms + 33.0 * i)
    finder.faces = [OWN_FACE, (0.0, 0.2, 0.3, 0.4), (0.8, 0.2, 1.2, 0.4)]
    for i in range(4):
        await camera.look_around(captured_ms=clock_ms + 1_600.0 + i)
    await camera.show(0.5, 0.5, captured_ms=clock_ms + 1_640.0)
    await camera.say("pause")
    await camera.show(0.5, 0.5)
    await camera.say("resume")
    camera.seq += 1
    await camera.connection.send(frame_bytes(camera.seq, jpeg(width=640, height=480)[:-200]))
    await camera.get("gaze")


async def test_everything_that_is_sent_satisfies_it_on_every_transport(tmp_path: Path) -> None:
    every = ",".join(sorted(TOPICS))
    names = ("page", "whole", "viewport", "narrow", "sse", "lines")
    got: dict[str, list[dict[str, Any]]] = {name: [] for name in names}
    finder = StaticFaceFinder()
    async with running_server(tmp_path, create_finder=lambda: finder) as server, ClientSession(server.http) as http:
        camera_connection = await connect(server.camera_url, max_size=None)

        class Recording:
            """Records what the page's side of the socket gets."""

            async def recv(self) -> str | bytes:
                text = await camera_connection.recv()
                got["page"].append(json.loads(text))
                return text

            async def send(self, data: str | bytes) -> None:
                await camera_connection.send(data)

        async with (
            connect(f"{server.stream_url}?topics={every}") as whole,
            connect(f"{server.stream_url}?topics={every}&space=viewport") as viewport,
            connect(f"{server.stream_url}?topics=gaze&fields=&rate=10") as narrow,
            http.get("/v1/stream/sse", params={"topics": every}) as sse,
            http.get("/v1/stream/ndjson", params={"topics": every}) as lines,
        ):
            collecting = [
                asyncio.create_task(collect(stream, got[name]))
                for name, stream in (("whole", whole), ("viewport", viewport), ("narrow", narrow))
            ]
            await whole.send('{"type": "time_sync", "client_ms": 1, "request_id": "t"}')
            await whole.send(json.dumps({"type": "subscribe", "topics": sorted(TOPICS), "request_id": 1}))
            camera = CameraClient(Recording())  # type: ignore[arg-type]
            await live_through_everything(camera, finder)
            for query in ({}, {"space": "viewport"}, {"fields": "event"}):
                async with http.get("/v1/gaze/latest", params=query) as latest:
                    check_message(await latest.json())
            for path in ("/v1/gaze/latest?session=s_0", "/v1/stream?topics=dance", "/nothing"):
                async with http.get(path) as refused:
                    check_message(await refused.json())
            await whole.send('{"type": "pause"}')
            await camera.say("mark", label=LAST)
            await camera.get("mark")
            n_subscribers = server.subscribers()
            await camera_connection.close()
            await wait_until(lambda: server.subscribers() < n_subscribers)
            got["sse"], got["lines"] = await messages_of(sse, b"data: "), await messages_of(lines, b"")
            await asyncio.gather(whole.close(), viewport.close(), narrow.close())
            await asyncio.gather(*collecting)
    for messages in got.values():
        for message in messages:
            check_message(message)
    types = {name: {message["type"] for message in messages} for name, messages in got.items()}
    events = {"fixation", "saccade", "blink", "aoi", "dwell", "status", "gaze"}
    reported = events | {"hello", "geometry", "calibration", "mark"}
    answers = {"validation", "click", "look", "drift", "record", "filter", "heatmap", "paused", "resumed"}
    assert types["page"] >= reported | answers | {"time_sync", "aois", "subscribed", "overview"}
    assert types["whole"] >= reported | {"time_sync", "subscribed", "error", "validation"}
    assert types["viewport"] >= reported
    assert types["narrow"] == {"hello", "gaze"}
    assert types["sse"] == types["lines"] >= reported
    seqs = [message["seq"] for message in got["page"] if message["type"] == "gaze"]
    assert seqs == list(range(1, len(seqs) + 1))
    statuses = {message["status"] for message in got["whole"] if message["type"] == "gaze"}
    assert statuses >= {"uncalibrated", "ok", "eyes_closed", "no_face", "multiple_faces", "paused", "error"}


async def messages_of(answer: Any, prefix: bytes) -> list[dict[str, Any]]:
    """The messages up to the last mark; the stream continues."""
    messages: list[dict[str, Any]] = []
    while not messages or messages[-1].get("label") != LAST:
        line = (await asyncio.wait_for(answer.content.readline(), WAIT_S)).rstrip(b"\n")
        if line and line.startswith(prefix):
            messages.append(json.loads(line[len(prefix) :]))
    return messages
