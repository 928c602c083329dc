"""Two servers with one Redis: readers, programs and pages at the other one."""

from __future__ import annotations

import asyncio
import contextlib
import json
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest_asyncio
from aiohttp import ClientSession
from redis.asyncio import Redis
from websockets.asyncio.client import ClientConnection, connect

from tests.support.paths import ROOT
from tests.support.peers import peers
from tests.support.received import gaze_of, next_message, received
from tests.support.redis_server import RedisServer, redis_server
from tests.support.server import GEOMETRY, CameraClient, Server, camera_client, running_server
from tests.support.times import WAIT_S, attempts

HERE = "this machine"


@dataclass
class Two:
    """Server a has the camera."""

    redis: RedisServer
    a: Server
    b: Server
    camera: CameraClient
    session: str
    token: str
    http: ClientSession  # to b

    async def status_at_b(self, path: str, **query: str) -> tuple[int, Any]:
        async with self.http.get(path, params=query) as answer:
            is_json = answer.content_type == "application/json"
            return answer.status, await answer.json() if is_json else await answer.read()

    def stream_at_b(self, query: str = "") -> connect:
        return connect(f"{self.b.stream_url}{query}")


@contextlib.asynccontextmanager
async def two_servers(folder: Path, *machines: str | None) -> AsyncIterator[Two]:
    for name in ("redis", "a", "b"):
        (folder / name).mkdir()
    async with contextlib.AsyncExitStack() as stack:
        redis = stack.enter_context(redis_server(folder / "redis"))
        a, b = [
            await stack.enter_async_context(running_server(folder / name, peers=peers(redis.url, machine)))
            for name, machine in zip("ab", machines, strict=True)
        ]
        camera = await stack.enter_async_context(camera_client(a))
        hello = await camera.get("hello")
        http = await stack.enter_async_context(ClientSession(b.http))
        yield Two(redis, a, b, camera, hello["session"], hello["token"], http)


@pytest_asyncio.fixture
async def two(tmp_path: Path) -> AsyncIterator[Two]:
    async with two_servers(tmp_path, HERE, HERE) as servers:
        yield servers


async def test_a_reader_at_the_other_server_gets_gaze_events_and_the_present_state(two: Two) -> None:
    await two.camera.connection.send(json.dumps(GEOMETRY))
    await two.camera.show(0.5, 0.5)
    topics = "topics=gaze,mark,geometry,status"
    async with two.stream_at_b(f"?session={two.session}&{topics}") as named, two.stream_at_b(f"?{topics}") as newest:
        for stream in (named, newest):
            assert (await received(stream, "hello"))["session"] == two.session
            assert (await received(stream, "geometry"))["screen"]["width_px"] == 1000
            shown = await two.camera.show(0.3, 0.5)
            assert (await gaze_of(stream, shown))["seq"] == shown["seq"]
            await two.camera.say("mark", label="page 2")
            assert (await received(stream, "mark"))["label"] == "page 2"
        async with two.stream_at_b(f"?session={two.session}&space=viewport") as stream:
            assert (await gaze_of(stream, await two.camera.show(0.3, 0.5)))["space"] == "viewport"
        status, listed = await two.status_at_b("/v1/sessions")
        assert (status, [one["session"] for one in listed["sessions"]]) == (200, [two.session])
        await two.camera.connection.close()
        await asyncio.wait_for(named.wait_closed(), WAIT_S)
        assert named.close_code == 1000
    assert (await two.status_at_b("/v1/stream/ndjson", session=two.session))[0] == 404


async def test_the_newest_gaze_and_the_heat_map_are_those_of_the_session(two: Two) -> None:
    await two.camera.calibrate()
    shown = await two.camera.show(0.4, 0.5)
    for query in ({}, {"session": two.session}, {"token": two.token}):
        status, gaze = await two.status_at_b("/v1/gaze/latest", **query)
        assert (status, gaze["seq"], gaze["x"]) == (200, shown["seq"], shown["x"])
        async with ClientSession(two.a.http) as at_a, at_a.get("/v1/heatmap.png") as answer:
            assert await two.status_at_b("/v1/heatmap.png", **query) == (200, await answer.read())


async def test_a_program_with_the_token_controls_the_session_from_the_other_server(two: Two) -> None:
    await two.camera.connection.send(json.dumps(GEOMETRY))
    async with two.stream_at_b(f"?token={two.token}") as program:
        await ask(program, "mark", label="trial 7", request_id=1)
        while (await received(program, "mark")).get("request_id") != 1:
            pass  # the mark as readers get it
        await ask(program, "aois", areas=[{"id": "a", "x_px": 0, "y_px": 0, "width_px": 9, "height_px": 9}])
        assert (await received(program, "aois"))["count"] == 1
        await ask(program, "calibration_start", pattern="9", request_id="c")
        assert (await received(program, "calibration"))["state"] == "started"
        async with connect(f"{two.a.stream_url}?token={two.token}") as other:
            await ask(other, "validation_start")
            assert (await received(other, "error"))["code"] == "calibration_owned"
    for _ in attempts():  # it has left, so its round has ended
        async with connect(f"{two.a.stream_url}?token={two.token}") as other:
            await ask(other, "calibration_start")
            if (await received(other, "error", "calibration")).get("code") != "calibration_owned":
                break
    else:
        raise AssertionError("the lock of a program that has left was not freed")
    async with two.http.post("/v1/marks", json={"label": "x"}, headers={"X-Sightline-Token": two.token}) as answer:
        assert (answer.status, (await answer.json())["label"]) == (200, "x")


async def test_a_wrong_token_opens_nothing_at_either_server(two: Two) -> None:
    for token in ("0" * 32, two.token[:8] + "0" * 24, two.token[:-1] + "\udc80"):
        for path in ("/v1/stream/ndjson", "/v1/gaze/latest", "/v1/sessions"):
            status, answer = await two.status_at_b(path, token=token.encode("utf-8", "replace").decode())
            assert (status, answer["code"]) == (403, "wrong_token")
    assert (await two.status_at_b("/v1/sessions", token=two.token))[0] == 200
    status, answer = await two.status_at_b("/v1/sessions", token="0" * 32)  # over the same connection
    assert (status, answer["code"]) == (403, "wrong_token")
    status, answer = await two.status_at_b("/v1/gaze/latest", token=two.token, session="s_0123456789abcdef")
    assert (status, answer["code"]) == (403, "wrong_token")
    async with Redis.from_url(two.redis.url) as redis:
        stored = [await redis.get(key) for key in await redis.keys("sightline:server:*")]
    assert not any(two.token.encode() in record for record in stored)
    async with two.stream_at_b(f"?session={two.session}") as reader:
        await ask(reader, "mark", label="x")
        assert (await received(reader, "error"))["code"] == "read_only"


async def test_another_machine_s_session_needs_its_token(tmp_path: Path) -> None:
    for number, machines in enumerate([("there", HERE), (None, None), (None, HERE)]):
        (tmp_path / str(number)).mkdir()
        async with two_servers(tmp_path / str(number), *machines) as two:
            await two.camera.show(0.5, 0.5)
            for path in ("/v1/gaze/latest", "/v1/stream/ndjson", "/v1/heatmap.png"):
                status, answer = await two.status_at_b(path, session=two.session)
                assert (status, answer["code"]) == (403, "token_missing")
            assert (await two.status_at_b("/v1/sessions"))[1] == {"sessions": []}
            async with two.stream_at_b(f"?token={two.token}") as own, two.stream_at_b() as anyone:
                assert (await next_message(own))["session"] == two.session
                await gaze_of(own, await two.camera.show(0.5, 0.5))
                assert (await next_message(anyone))["session"] is None
                status, answer = await two.status_at_b("/v1/gaze/latest", session=two.session)  # also while it is read
                assert (status, answer["code"]) == (403, "token_missing")
                assert (await two.status_at_b("/v1/gaze/latest"))[0] == 404
            (one,) = (await two.status_at_b("/v1/sessions", token=two.token))[1]["sessions"]
            assert one["session"] == two.session


async def test_an_unsaved_calibration_is_resumed_at_the_other_server_by_its_token(two: Two) -> None:
    await two.camera.calibrate()
    async with camera_client(two.b) as camera:
        await camera.connection.send(json.dumps(GEOMETRY))
        await camera.say("calibration_resume", token=two.token[:8] + "0" * 24)
        assert (await camera.get("error"))["code"] == "calibration_gone"
        for _ in attempts():  # it is kept soon after its answer
            await camera.say("calibration_resume", token=two.token)
            if (await camera.get("error", "calibration"))["type"] == "calibration":
                break
        assert (await camera.show(0.5, 0.5))["status"] == "ok"
        assert (await two.status_at_b("/v1/stream/ndjson", session="s_0"))[0] == 404


async def test_without_redis_tracking_continues_and_readers_hear_again_when_it_is_back(two: Two) -> None:
    async with two.stream_at_b(f"?session={two.session}&topics=gaze,status,geometry") as reader:
        await gaze_of(reader, await two.camera.show(0.5, 0.5))
        two.redis.kill()
        await two.camera.show(0.5, 0.5)
        await two.camera.connection.send(json.dumps(GEOMETRY))  # an event that does not get through
        await two.camera.get("geometry")
        status, answer = await two.status_at_b("/v1/gaze/latest", session=two.session[:10] + "00000000")
        assert (status, answer["code"]) == (503, "session_unreachable")
        two.redis.start()
        assert (await received(reader, "geometry"))["screen"]["width_px"] == 1000
        await gaze_of(reader, await two.camera.show(0.5, 0.5))


@contextlib.contextmanager
def light_server(folder: Path, redis: RedisServer) -> Iterator[tuple[subprocess.Popen[str], int]]:
    folder.mkdir()
    command = [sys.executable, "-m", "tests.support.light_server", str(folder), redis.url]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    try:
        yield process, int(process.stdout.readline())
    finally:
        process.kill()
        process.wait(WAIT_S)


async def test_when_a_server_is_killed_its_cameras_and_readers_continue_at_the_other(tmp_path: Path) -> None:
    (tmp_path / "redis").mkdir()
    async with contextlib.AsyncExitStack() as stack:
        redis = stack.enter_context(redis_server(tmp_path / "redis"))
        (a, port_a), (_, port_b) = [stack.enter_context(light_server(tmp_path / name, redis)) for name in "ab"]
        camera = CameraClient(await stack.enter_async_context(connect(f"ws://127.0.0.1:{port_a}/v1/camera")))
        hello = await camera.get("hello")
        await camera.calibrate(user="Ada")
        assert (await camera.get("calibration"))["state"] == "saved"
        await camera.calibrate()  # the later one, which is not saved
        unsaved = (await camera.show(0.5, 0.5))["calibration"]
        stream = f"ws://127.0.0.1:{port_b}/v1/stream"
        named = await stack.enter_async_context(connect(f"{stream}?session={hello['session']}"))
        newest = await stack.enter_async_context(connect(stream))
        for reader in (named, newest):
            await gaze_of(reader, await camera.show(0.5, 0.5))
        async with Redis.from_url(redis.url) as client:
            (key,) = await client.keys("sightline:kept:*")
            for _ in attempts():  # it is kept soon after its answer
                if unsaved.encode() in await client.get(key):
                    break
        a.kill()
        camera = CameraClient(await stack.enter_async_context(connect(f"ws://127.0.0.1:{port_b}/v1/camera")))
        await camera.connection.send(json.dumps(GEOMETRY))
        await camera.say("calibration_resume", token=hello["token"])
        assert (await camera.get("error", "calibration"))["state"] == "loaded"
        gaze = await gaze_of(newest, await camera.show(0.5, 0.5))
        assert (gaze["status"], gaze["calibration"]) == ("ok", unsaved)
        await camera.say("profile_load", user="Ada")
        assert (await camera.get("error", "calibration"))["state"] == "loaded"
        await asyncio.wait_for(named.wait_closed(), WAIT_S)  # its session is not listed any more
        assert named.close_code == 1000


async def ask(connection: ClientConnection, kind: str, **fields: Any) -> None:
    await connection.send(json.dumps({"type": kind, **fields}))
