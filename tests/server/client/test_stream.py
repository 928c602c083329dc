from __future__ import annotations

import asyncio
import contextlib
import json
import re
from pathlib import Path
from typing import Any

import pytest
from websockets.asyncio.server import ServerConnection, serve

from server.client import Fixation, Sample, StreamLost, StreamRefused, gaze_stream, message_stream, stream_address
from server.client import stream as client
from tests.support.bad_server import HELLO, server_that
from tests.support.gaze_messages import STREAMED_GAZE
from tests.support.paths import ROOT
from tests.support.server import AWAY, GEOMETRY, camera_client, running_server
from tests.support.times import WAIT_S, attempts, seconds


@pytest.fixture(autouse=True)
def hurry(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(client, "FIRST_DELAY_S", 0.01)
    monkeypatch.setattr(client, "LONGEST_DELAY_S", 0.02)


async def test_samples_come_typed_with_and_without_a_point(tmp_path: Path) -> None:
    async with running_server(tmp_path) as server, camera_client(server) as camera:
        await camera.calibrate()
        await camera.connection.send(
            json.dumps({**GEOMETRY, "viewport": {"x": 0, "y": 0, "width": 500, "height": 500}})
        )
        samples = gaze_stream(server.http, fields=("error_px", "event"), space="viewport")
        async with contextlib.aclosing(samples):
            waiting = asyncio.ensure_future(anext(samples))
            while not waiting.done():  # until the stream is open
                shown = await camera.show(0.6, 0.4)
            sample = await waiting
            assert (sample.session, sample.valid, sample.status) == (shown["session"], True, "ok")
            assert sample.x == pytest.approx(2 * shown["x"], abs=0.05)
            assert sample.error_px is not None
            assert sample.latency_ms is None
            assert sample.received_ms >= sample.timestamp_ms
            await camera.show(0.6, 0.4, AWAY)
            while sample.status != "no_face":
                sample = await asyncio.wait_for(anext(samples), WAIT_S)
            assert (sample.valid, sample.x, sample.y_px) == (False, None, None)


async def test_events_come_beside_gaze_as_they_were_sent(tmp_path: Path) -> None:
    async with (
        running_server(tmp_path) as server,
        camera_client(server) as camera,
        contextlib.aclosing(message_stream(server.stream_url, topics=("mark",))) as messages,
    ):
        assert (await anext(messages))["type"] == "hello"
        await camera.say("mark", label="a")
        assert (await anext(messages))["label"] == "a"


@pytest.mark.parametrize("how", ["hangs", "closes"])
async def test_a_server_that_falls_silent_gives_one_sample_without_a_point(how: str) -> None:
    connections = 0

    async def fall_silent(connection: ServerConnection) -> None:
        nonlocal connections
        connections += 1
        await connection.send(json.dumps(HELLO))
        if connections > 1:
            await connection.wait_closed()
        await connection.send(json.dumps({**STREAMED_GAZE, "seq": 7}))
        if how == "hangs":
            await connection.wait_closed()

    async with server_that(fall_silent) as url, contextlib.aclosing(gaze_stream(url)) as samples:
        last = await anext(samples)
        assert (last.valid, last.seq) == (True, 7)
        lost = await asyncio.wait_for(anext(samples), WAIT_S)
        assert (lost.valid, lost.status, lost.seq, lost.x, lost.x_px) == (False, "no_frames", 7, None, None)
        assert (lost.message["status"], lost.message["valid"], lost.message["x"]) == ("no_frames", False, None)
        again = asyncio.ensure_future(anext(samples))
        done, _ = await asyncio.wait({again}, timeout=seconds(1.5))
        assert not done, "once"
        again.cancel()
        await asyncio.gather(again, return_exceptions=True)


async def test_a_lost_connection_is_opened_again() -> None:
    connections = 0

    async def drop(connection: ServerConnection) -> None:
        nonlocal connections
        connections += 1
        await connection.send(json.dumps(HELLO))
        await connection.send(json.dumps({**STREAMED_GAZE, "seq": connections}))
        if connections == 1:
            connection.transport.abort()
        elif connections == 2:
            await connection.close(1001)
        else:
            await connection.wait_closed()

    async with server_that(drop) as url, contextlib.aclosing(gaze_stream(url)) as samples:
        assert [(await asyncio.wait_for(anext(samples), WAIT_S)).seq for _ in range(3)] == [1, 2, 3]


async def test_the_client_waits_for_a_server_that_is_not_running_yet() -> None:
    async with server_that(lambda connection: connection.wait_closed()) as url:
        pass  # its port is free now, and most likely stays so

    async def greet(connection: ServerConnection) -> None:
        await connection.send(json.dumps(STREAMED_GAZE))
        await connection.wait_closed()

    async with contextlib.aclosing(gaze_stream(url)) as samples:
        waiting = asyncio.ensure_future(anext(samples))
        await asyncio.sleep(seconds(0.1))
        assert not waiting.done()
        async with serve(greet, "127.0.0.1", int(url.rpartition(":")[2])):
            assert (await asyncio.wait_for(waiting, WAIT_S)).seq == 1


async def test_without_reconnecting_a_loss_is_an_error() -> None:
    async def drop(connection: ServerConnection) -> None:
        connection.transport.abort()

    async with server_that(drop) as url:
        with pytest.raises(StreamLost):
            await anext(gaze_stream(url, reconnect=False))
    with pytest.raises(StreamLost):
        await anext(gaze_stream(url, reconnect=False))


async def test_a_refusal_is_raised_and_not_repeated(tmp_path: Path) -> None:
    async with running_server(tmp_path) as server:
        for options, code in (
            ({"token": "guess"}, "wrong_token"),
            ({"session": "s_gone"}, "no_session"),
            ({"fields": ("shoe_size",)}, "bad_query"),
        ):
            with pytest.raises(StreamRefused) as refused:
                await anext(gaze_stream(server.http, **options))  # type: ignore[arg-type]
            assert refused.value.code == code
            assert str(refused.value)


@pytest.mark.parametrize(
    ("close_code", "hello", "code"), [(1008, HELLO, "close_1008"), (1011, {**HELLO, "v": 2}, "bad_version")]
)
async def test_a_server_of_another_version_is_not_tried_again(
    close_code: int, hello: dict[str, Any], code: str
) -> None:
    async def refuse(connection: ServerConnection) -> None:
        await connection.send(json.dumps(hello))
        await connection.close(close_code, "because")

    async with server_that(refuse) as url:
        with pytest.raises(StreamRefused) as refused:
            async for _ in gaze_stream(url):
                pass
    assert refused.value.code == code


@pytest.mark.parametrize("text", ["hello", "[1]", "null", '{"no": "type"}', '{"type": 7}', b"\xff\xfe", "[" * 100_000])
async def test_text_that_is_no_message_is_refused(text: str | bytes) -> None:
    async def babble(connection: ServerConnection) -> None:
        await connection.send(json.dumps(STREAMED_GAZE))
        await connection.send(text)
        await connection.wait_closed()

    async with server_that(babble) as url, contextlib.aclosing(gaze_stream(url)) as samples:
        assert (await anext(samples)).seq == 1
        with pytest.raises(StreamRefused, match="not a gaze stream") as refused:
            await asyncio.wait_for(anext(samples), WAIT_S)
    assert refused.value.code == "bad_message"


async def test_unknown_messages_states_and_fields_are_accepted() -> None:
    async def newer(connection: ServerConnection) -> None:
        await connection.send(json.dumps({**HELLO, "motto": "look"}))
        await connection.send(json.dumps({"type": "pupil", "v": 9, "mm": 3.1}))
        await connection.send(
            json.dumps(
                {
                    **STREAMED_GAZE,
                    "valid": False,
                    "x": None,
                    "y": None,
                    "status": "asleep",
                    "event": "nap",
                    "mood": "good",
                }
            )
        )
        await connection.wait_closed()

    async with server_that(newer) as url:
        async with contextlib.aclosing(gaze_stream(url)) as samples:
            sample = await asyncio.wait_for(anext(samples), WAIT_S)
            assert (sample.status, sample.event, sample.valid, sample.x) == ("asleep", "nap", False, None)
            assert sample.message["mood"] == "good"
        async with contextlib.aclosing(message_stream(url)) as messages:
            got = [(await asyncio.wait_for(anext(messages), WAIT_S))["type"] for _ in range(3)]
            assert got == ["hello", "pupil", "gaze"]


async def test_the_stream_of_a_named_session_ends_with_it(tmp_path: Path) -> None:
    async with running_server(tmp_path) as server, camera_client(server) as camera:
        hello = await camera.get("hello")
        for options in ({"session": hello["session"]}, {"token": hello["token"]}):
            stream = message_stream(server.http, **options)
            assert (await anext(stream))["session"] == hello["session"]
            if "token" in options:
                await camera.connection.close()
                assert [message async for message in stream] == []
            await stream.aclose()


async def test_a_slow_loop_gets_the_newest_sample_and_all_events() -> None:
    poured = asyncio.Event()

    async def pour(connection: ServerConnection) -> None:
        for seq in range(1, 101):
            await connection.send(json.dumps({**STREAMED_GAZE, "seq": seq}))
            if seq % 25 == 0:
                await connection.send(json.dumps({"type": "mark", "label": str(seq)}))
        poured.set()
        await connection.wait_closed()

    async with server_that(pour) as url, contextlib.aclosing(message_stream(url)) as messages:
        got = [await anext(messages)]
        await asyncio.wait_for(poured.wait(), WAIT_S)
        await asyncio.sleep(seconds(0.5))  # the loop is slow: all has come meanwhile
        while got[-1].get("seq") != 100:
            got.append(await asyncio.wait_for(anext(messages), WAIT_S))
    assert [message["label"] for message in got if message["type"] == "mark"] == ["25", "50", "75", "100"]
    assert sum(message["type"] == "gaze" for message in got) <= 2


def test_a_sample_has_its_fixation_and_areas() -> None:
    fixation = {"id": 3, "start": 1.0, "duration_ms": 2.0, "x": 0.1, "y": 0.2, "dispersion": 0.01}
    sample = Sample.from_message({**STREAMED_GAZE, "event": "fixation", "fixation": fixation, "aoi": ["#a"]}, 5.0)
    assert (sample.fixation, sample.aoi) == (Fixation(3, 1.0, 2.0, 0.1, 0.2, 0.01), ("#a",))
    assert sample.message["seq"] == 1


def test_the_address_may_be_the_servers_or_the_streams() -> None:
    for url in ("http://127.0.0.1:8765", "ws://127.0.0.1:8765/", "ws://127.0.0.1:8765/v1/stream"):
        assert stream_address(url, topics=("gaze",)) == "ws://127.0.0.1:8765/v1/stream?topics=gaze"
    full = stream_address(
        "https://lab.example/v1/stream?session=s_1",
        topics=("gaze", "blink"),
        token="t",
        fields=(),
        rate_hz=2.5,
        space="viewport",
    )
    assert full == ("wss://lab.example/v1/stream?session=s_1&topics=gaze,blink&fields=&token=t&rate=2.5&space=viewport")


@pytest.mark.parametrize("url", ["127.0.0.1:8765", "ftp://127.0.0.1", "ws://", ""])
def test_an_invalid_address_is_refused(url: str) -> None:
    with pytest.raises(ValueError, match="a stream's address looks like"):
        stream_address(url, topics=("gaze",))


async def test_the_readmes_example_prints_points(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    (example,) = (code for code in re.findall(r"```python\n(.*?)```", readme, flags=re.DOTALL) if "gaze_stream" in code)
    assert len([line for line in example.splitlines() if line]) <= 10
    async with running_server(tmp_path) as server, camera_client(server) as camera:
        await camera.calibrate()
        names: dict[str, Any] = {}
        assert "from sightline_gaze.client import" in example  # its name in the wheel, see tests/server/test_wheel.py
        example = example.replace("sightline_gaze.client", "server.client")
        exec(example.replace("ws://127.0.0.1:8765", server.http).replace("asyncio.run(main())", ""), names)
        reading = asyncio.create_task(names["main"]())
        printed = ""
        for _ in attempts():
            await camera.show(0.25, 0.5)
            printed += capsys.readouterr().out
            if printed:
                break
        reading.cancel()
        await asyncio.gather(reading, return_exceptions=True)
    assert float(printed.split()[0]) == pytest.approx(0.25, abs=0.05)
