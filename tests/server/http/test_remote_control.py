"""A program with the session's token controls the session through the stream, end to end."""

from __future__ import annotations

import contextlib
import json
import socket
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from aiohttp import ClientSession
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed, InvalidStatus

from tests.support.received import gaze_of, next_message, received
from tests.support.server import GEOMETRY, CameraClient, Server, camera_client, running_server


@contextlib.asynccontextmanager
async def program(server: Server, token: str, **query: str) -> AsyncIterator[CameraClient]:
    """Sends requests on the stream like a page on its camera socket."""
    more = "".join(f"&{key}={value}" for key, value in query.items())
    async with connect(f"{server.stream_url}?token={token}{more}") as connection:
        yield CameraClient(connection)


async def play(owner: CameraClient, camera: CameraClient) -> dict[str, Any]:
    """The owner shows targets, and the person at the camera looks at them."""
    await owner.say("calibration_start", request_id="mine")
    started = await owner.get("calibration")
    assert (started["state"], started["request_id"]) == ("started", "mine")
    clock_ms = time.time() * 1000.0 - 30_000.0
    for target in started["targets"]:
        await owner.say("calibration_point", target_id=target["id"], shown_ms=clock_ms)
        await owner.say("time_sync", client_ms=1)
        await owner.get("time_sync")  # so that the point is known before the frames come
        for i in range(5):
            await camera.show(target["x"], target["y"], captured_ms=clock_ms + 1500.0 + 110.0 * i)
        assert (await owner.get("calibration"))["target_id"] == target["id"]
        clock_ms += 2500.0
    await owner.say("calibration_finish")
    while (answer := await owner.get("calibration"))["state"] in ("collecting", "fitting"):
        pass
    return answer


async def test_a_program_with_the_token_calibrates_and_gets_the_answers_instead_of_the_page(
    tmp_path: Path,
) -> None:
    async with running_server(tmp_path) as server, camera_client(server) as camera:
        token = (await camera.get("hello"))["token"]
        await camera.connection.send(json.dumps(GEOMETRY))
        await camera.get("geometry")
        async with program(server, token) as owner:
            done = await play(owner, camera)
            assert done["state"] == "done"
            assert (await camera.show(0.3, 0.7))["calibration"] == done["calibration"]
            await owner.say("pause", request_id=5)
            assert (await owner.get("paused"))["request_id"] == 5
            assert (await camera.show(0.3, 0.7))["status"] == "paused"
        await camera.connection.close()
        with contextlib.suppress(ConnectionClosed):
            while True:
                assert (await next_message(camera.connection))["type"] not in ("calibration", "paused")


async def test_a_round_has_one_owner(tmp_path: Path) -> None:
    async with running_server(tmp_path) as server, camera_client(server) as camera:
        token = (await camera.get("hello"))["token"]
        await camera.connection.send(json.dumps(GEOMETRY))
        async with program(server, token) as first, program(server, token) as second:
            await first.say("calibration_start")
            await first.get("calibration")
            for other in (second, camera):
                await other.say("calibration_start", request_id="no")
                error = await other.get("error")
                assert (error["code"], error["request_id"]) == ("calibration_owned", "no")
            await camera.say("calibration_cancel")
            assert (await camera.get("calibration"))["state"] == "cancelled"
            await second.say("calibration_start")
            assert (await second.get("calibration"))["state"] == "started"


async def test_a_round_is_cancelled_when_its_owner_disconnects(tmp_path: Path) -> None:
    async with running_server(tmp_path) as server, camera_client(server) as camera:
        token = (await camera.get("hello"))["token"]
        await camera.connection.send(json.dumps(GEOMETRY))
        async with connect(f"{server.stream_url}?topics=calibration") as watching:
            async with program(server, token) as owner:
                await owner.say("calibration_start")
                await owner.get("calibration")
            states = [(await next_message(watching)).get("state") for _ in range(3)]
        assert states == [None, "started", "cancelled"]  # after hello
        await camera.say("calibration_start")
        assert (await camera.get("calibration"))["state"] == "started"


async def test_an_owner_that_stops_reading_delays_no_other_client(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("server.http.sockets.HEARTBEAT_S", 600.0)  # no client is disconnected in this time
    small = socket.socket()
    small.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    async with (
        running_server(tmp_path) as server,
        camera_client(server) as camera,
        connect(server.stream_url) as reader,
    ):
        token = (await camera.get("hello"))["token"]
        await camera.connection.send(json.dumps(GEOMETRY))
        url = f"{server.stream_url}?token={token}&topics=gaze,calibration"
        small.connect(("127.0.0.1", server.port))
        async with connect(url, sock=small, max_queue=1, ping_interval=None, close_timeout=0.1) as connection:
            owner = CameraClient(connection)
            await owner.say("calibration_start")
            started = await owner.get("calibration")
            target_id = started["targets"][0]["id"]
            clock_ms = time.time() * 1000.0 - 60_000.0
            await owner.say("calibration_point", target_id=target_id, shown_ms=clock_ms)
            connection.transport.pause_reading()
            for i in range(200):  # each frame is answered to the owner, too
                await gaze_of(reader, await camera.show(0.5, 0.5, captured_ms=clock_ms + 1000.0 + 10.0 * i))


async def test_a_programs_mark_reaches_each_client_once_and_its_answer_only_the_program(tmp_path: Path) -> None:
    async with (
        running_server(tmp_path) as server,
        camera_client(server) as camera,
        connect(server.stream_url) as reader,
    ):
        token = (await camera.get("hello"))["token"]
        async with program(server, token, topics="gaze") as asking, program(server, token) as silent:
            await asking.say("mark", label="a", request_id=7)
            assert (await asking.get("mark"))["request_id"] == 7
            await silent.say("mark", label="b")
            assert [(await silent.get("mark"))["label"] for _ in range(2)] == ["a", "b"]
            marks = [await camera.get("mark") for _ in range(2)]
            assert [(mark["label"], "request_id" in mark) for mark in marks] == [("a", False), ("b", False)]
            assert [await received(reader, "mark") for _ in range(2)] == marks


@pytest.mark.parametrize("kind", ["calibration_start", "calibration_cancel", "mark", "pause", "heatmap_clear"])
async def test_without_the_token_a_stream_cannot_control_the_session(tmp_path: Path, kind: str) -> None:
    async with (
        running_server(tmp_path) as server,
        camera_client(server) as camera,
        connect(server.stream_url) as reader,
    ):
        await camera.show(0.5, 0.5)
        await reader.send(json.dumps({"type": kind, "label": "x"}))
        last: dict[str, Any] = {}
        with contextlib.suppress(ConnectionClosed):
            while True:
                last = await next_message(reader)
        assert (last["code"], reader.close_code) == ("read_only", 1008)
        assert (await camera.show(0.5, 0.5))["status"] == "uncalibrated"


async def test_a_token_is_valid_for_its_own_session_only(tmp_path: Path) -> None:
    async with (
        running_server(tmp_path) as server,
        ClientSession(server.http) as http,
        camera_client(server) as first,
        camera_client(server) as second,
    ):
        own, other = await first.get("hello"), await second.get("hello")
        for token in (own["token"], "guess", own["token"][:-1]):
            with pytest.raises(InvalidStatus) as refused:
                async with connect(f"{server.stream_url}?session={other['session']}&token={token}"):
                    pass
            assert refused.value.response.status_code == 403
            assert json.loads(refused.value.response.body or b"")["code"] == "wrong_token"
            async with http.get(
                "/v1/heatmap.png", params={"session": other["session"]}, headers={"X-Sightline-Token": token}
            ) as answer:
                assert answer.status == 403
        # With its own token a program commands its own session, also when another one is newer.
        async with program(server, own["token"]) as commanding:
            assert (await commanding.get("hello"))["session"] == own["session"]
            await commanding.say("pause", request_id=1)
            await commanding.get("paused")
        assert (await first.show(0.5, 0.5))["status"] == "paused"
        assert (await second.show(0.5, 0.5))["status"] == "uncalibrated"
