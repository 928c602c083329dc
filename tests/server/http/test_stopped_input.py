"""Readers and other programs when the input stops: no reader keeps a point that is no longer true."""

from __future__ import annotations

import asyncio
import contextlib
import json
import math
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any
from unittest import mock

import pytest
from aiohttp import ClientSession
from websockets.asyncio.client import connect

from tests.support.open_gaze import OpenGazeClient
from tests.support.server import (
    OPEN_GAZE,
    CameraClient,
    Server,
    camera_client,
    frame_bytes,
    jpeg,
    open_gaze_port,
    running_server,
)
from tests.support.times import WAIT_S, attempts

TOPICS = "gaze,status,fixation,saccade,aoi,dwell"


async def fixate(camera: CameraClient) -> dict[str, Any]:
    """A calibrated person who looks at an area with dwell until the fixation is known."""
    await camera.calibrate()
    area = {"id": "a", "x": 0.2, "y": 0.2, "width": 0.6, "height": 0.6, "dwell_ms": 5_000}
    await camera.say("aois", space="screen", areas=[area])
    await camera.get("aois")
    for _ in attempts():
        gaze = await camera.show(0.5, 0.5)
        if gaze["event"] == "fixation" and gaze["aoi"] == ["a"] and gaze.get("dwell"):
            return gaze
        await asyncio.sleep(1.0 / 30.0)  # as a camera does
    raise AssertionError("no fixation")


ENDLESS_PATIENCE = mock.patch("server.session.liveness.fresh_for_ms", return_value=math.inf)


async def falls_silent(camera: CameraClient) -> None:
    """A camera that sends nothing more. Only from now on, so a busy machine does not end anything before."""
    ENDLESS_PATIENCE.stop()


async def pauses(camera: CameraClient) -> None:
    await camera.say("pause")


async def hides(camera: CameraClient) -> None:
    await camera.say("pause", sending=False)


async def disconnects(camera: CameraClient) -> None:
    await camera.connection.close()


STOPS = pytest.mark.parametrize(
    ("stop", "status"),
    [(falls_silent, "no_frames"), (pauses, "paused"), (hides, "paused"), (disconnects, "no_frames")],
    ids=lambda value: getattr(value, "__name__", ""),
)
Stop = Callable[[CameraClient], Awaitable[None]]


@contextlib.asynccontextmanager
async def a_server_for(stop: Stop, folder: Path, **changed: Any) -> AsyncIterator[Server]:
    """One that reports silence only when the camera `falls_silent`."""
    ENDLESS_PATIENCE.start()
    try:
        async with running_server(folder, reports_silence=stop is falls_silent, **changed) as server:
            yield server
    finally:
        mock.patch.stopall()


async def until_stopped(receive: Callable[[], Awaitable[str | bytes]]) -> list[dict[str, Any]]:
    """All messages until the sample without a point."""
    messages: list[dict[str, Any]] = []
    while not (messages and messages[-1]["type"] == "gaze" and not messages[-1]["valid"]):
        line = await asyncio.wait_for(receive(), WAIT_S)
        text = line.decode() if isinstance(line, bytes) else line
        if text.startswith(("{", "data: ")):
            messages.append(json.loads(text.removeprefix("data: ")))
    return messages


@STOPS
@pytest.mark.parametrize("kind", ["", "/sse", "/ndjson"])
async def test_every_stream_says_that_the_gaze_has_stopped_and_ends_what_is_open(
    tmp_path: Path, kind: str, stop: Stop, status: str
) -> None:
    query = f"?topics={TOPICS}&rate=5"  # a slow rate must not leave it out
    async with a_server_for(stop, tmp_path) as server, camera_client(server) as camera:
        await fixate(camera)
        if kind:
            async with ClientSession() as http, http.get(f"{server.http}/v1/stream{kind}{query}") as lines:
                await lines.content.readline()
                await camera.show(0.5, 0.5)
                await stop(camera)
                messages = await until_stopped(lines.content.readline)
        else:
            async with connect(f"{server.stream_url}{query}") as stream:
                await stream.recv()
                await camera.show(0.5, 0.5)
                await stop(camera)
                messages = await until_stopped(stream.recv)
    gone = messages[-1]
    assert (gone["status"], gone["x"], gone["x_px"], gone["raw"]) == (status, None, None, None)
    assert {m["type"] for m in messages if m.get("phase") == "end"} >= {"fixation", "aoi", "dwell"}
    assert [m["status"] for m in messages if m["type"] == "status"][-1] == status


@STOPS
async def test_the_newest_gaze_is_none_when_the_input_has_stopped(tmp_path: Path, stop: Stop, status: str) -> None:
    async with (
        a_server_for(stop, tmp_path) as server,
        camera_client(server) as other,
        camera_client(server) as camera,
        ClientSession(server.http) as http,
    ):
        await other.show(0.5, 0.5)
        await fixate(camera)
        await stop(camera)
        for _ in attempts():
            async with http.get("/v1/gaze/latest") as answer:
                latest = json.loads(await answer.text())
            if not latest["valid"]:
                break
            await asyncio.sleep(0.02)
    if stop is not disconnects:  # then it is that of the other camera
        assert (latest["status"], latest["x"]) == (status, None)


async def recoded(camera: CameraClient) -> list[str]:
    """The statuses of frames that show one picture, encoded anew for each."""
    still = jpeg(0.4, 0.6)
    statuses = []
    for i in range(120):
        camera.seq += 1
        picture = still[:2] + b"\xff\xfe\x00\x06" + b"%04d" % i + still[2:]  # a comment of its own
        await camera.connection.send(frame_bytes(camera.seq, picture, captured_ms=START_MS + 33.0 * i))
        statuses.append((await camera.answer(camera.seq))["status"])
    return statuses


START_MS = 1_763_843_912_000.0


async def test_a_camera_that_freezes_gives_no_valid_sample_after_a_second(tmp_path: Path) -> None:
    async with running_server(tmp_path) as server, camera_client(server) as camera:
        await camera.calibrate()
        statuses = await recoded(camera)
        back = await camera.show(0.4, 0.6, captured_ms=START_MS + 5_000.0)
    assert set(statuses[:30]) == {"ok"}
    assert set(statuses[32:]) == {"frozen"}
    assert back["status"] == "ok"


@STOPS
async def test_an_open_gaze_client_gets_a_record_without_a_point(tmp_path: Path, stop: Stop, status: str) -> None:
    async with a_server_for(stop, tmp_path, outputs=OPEN_GAZE) as server, camera_client(server) as camera:
        await fixate(camera)
        reader, writer = await asyncio.open_connection("127.0.0.1", open_gaze_port(server))
        client = OpenGazeClient(reader, writer)
        await client.enable("POG_BEST", "POG_FIX", "DATA")
        await camera.show(0.5, 0.5)
        while 'BPOGV="1"' not in (record := await client.line()):
            assert record, "the connection has ended"
        await stop(camera)
        while 'BPOGV="1"' in record:
            record = await client.line()
        writer.close()
    assert 'BPOGV="0"' in record
    assert 'FPOGV="0"' in record
