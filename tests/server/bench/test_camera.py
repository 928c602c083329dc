from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from websockets.asyncio.client import connect
from websockets.asyncio.server import ServerConnection, serve

from server.bench.camera import Camera, shot_message
from server.bench.load import DEMO_FRAMES
from server.bench.video import Person, Size, load_person, still
from server.protocol.frames import FrameMessage, encode_frame, parse_frame
from tests.support.server import NOW_MS, jpeg, running_server

HELLO = json.dumps({"type": "hello", "overview": {"every_ms": 1e9, "side_px": 320}})
WITHOUT_OVERVIEWS = json.dumps({"type": "hello", "overview": None})
SMALL = Size(160, 120)


@asynccontextmanager
async def camera_of(
    answer: Callable[[FrameMessage], dict[str, Any]], first: dict[str, Any] | None = None
) -> AsyncIterator[Camera]:
    """A camera at a server that sends `first`, and then answers each frame with a message."""

    async def serving(connection: ServerConnection) -> None:
        await connection.send(HELLO if first is None else WITHOUT_OVERVIEWS)
        if first is not None:
            await connection.send(json.dumps(first))
        async for data in connection:
            assert isinstance(data, bytes)
            frame = parse_frame(data)
            await connection.send(json.dumps({"frame": frame.seq, **answer(frame)}))

    async with serve(serving, "127.0.0.1", 0) as server:
        port = next(iter(server.sockets)).getsockname()[1]
        async with connect(f"ws://127.0.0.1:{port}") as connection:
            camera = Camera(connection)
            await camera.hello()
            yield camera


def test_the_server_accepts_the_frames_of_the_bench() -> None:
    message = parse_frame(encode_frame(7, NOW_MS, jpeg(width=64, height=48)))
    assert (message.seq, message.full_width_px, message.full_height_px) == (7, 64, 48)


def test_an_overview_shows_the_whole_frame_in_a_smaller_picture() -> None:
    shot = still(load_person(DEMO_FRAMES), 0, Size(1280, 720))
    message = parse_frame(shot_message(7, shot, overview=True))
    assert (message.overview, message.is_whole, message.full_width_px) == (True, True, 1280)
    assert (message.jpeg_size.width_px, message.jpeg_size.height_px) == (320, 180)


async def test_each_answer_counts_as_what_it_is() -> None:
    def answer(frame: FrameMessage) -> dict[str, Any]:
        if frame.overview:
            return {"type": "overview", "next_ms": 1e9}
        return {"type": "dropped"} if frame.seq % 2 else {"type": "gaze", "status": "ok"}

    shots = [still(load_person(DEMO_FRAMES), 0, SMALL)]
    async with camera_of(answer) as camera:
        figures = await camera.stream(shots, fps=0, seconds=1.0)
    assert figures.n_overviews == 1
    assert len(figures.latencies_ms) == figures.statuses["ok"] > 0
    assert figures.n_dropped > 0
    assert figures.n_sent == figures.n_dropped + figures.statuses["ok"]


async def test_the_next_overview_follows_after_the_time_in_the_answer() -> None:
    def answer(frame: FrameMessage) -> dict[str, Any]:
        return {"type": "overview", "next_ms": 0.0} if frame.overview else {"type": "gaze", "status": "ok"}

    async with camera_of(answer) as camera:
        figures = await camera.stream([still(load_person(DEMO_FRAMES), 0, SMALL)], fps=0, seconds=1.0)
    assert figures.n_overviews >= figures.n_sent > 1


async def test_a_sample_without_a_frame_is_no_answer() -> None:
    def answer(frame: FrameMessage) -> dict[str, Any]:
        return {"type": "gaze", "status": "ok"}

    stopped = {"type": "gaze", "status": "no_frames", "frame": 0, "timestamp": 1.0}
    async with camera_of(answer, first=stopped) as camera:
        figures = await camera.stream([still(load_person(DEMO_FRAMES), 0, SMALL)], fps=0, seconds=1.0)
    assert "no_frames" not in figures.statuses
    assert figures.statuses["ok"] == figures.n_sent > 0


async def test_frames_are_skipped_while_two_are_unanswered() -> None:
    late = asyncio.Event()

    async def serving(connection: ServerConnection) -> None:
        await connection.send(json.dumps({"type": "hello", "overview": None}))
        frames = [parse_frame(bytes(await connection.recv(decode=False))) for _ in range(2)]
        await late.wait()
        for frame in frames:
            await connection.send(json.dumps({"type": "dropped", "frame": frame.seq}))
        await connection.wait_closed()

    async with serve(serving, "127.0.0.1", 0) as server:
        port = next(iter(server.sockets)).getsockname()[1]
        async with connect(f"ws://127.0.0.1:{port}") as connection:
            camera = Camera(connection)
            await camera.hello()
            asyncio.get_running_loop().call_later(1.0, late.set)
            figures = await camera.stream([still(load_person(DEMO_FRAMES), 0, SMALL)], fps=100.0, seconds=0.5)
    assert (figures.n_sent, figures.n_overviews) == (2, 0)
    assert figures.n_skipped > 0


async def test_frames_beyond_the_rate_that_the_server_asks_for_are_skipped() -> None:
    async def serving(connection: ServerConnection) -> None:
        await connection.send(json.dumps({"type": "hello", "overview": None}))
        await connection.send(json.dumps({"type": "pace", "max_fps": 0.1, "max_side_px": None}))
        async for data in connection:
            answer = {"type": "gaze", "status": "ok", "frame": parse_frame(bytes(data)).seq}  # type: ignore[arg-type]
            await connection.send(json.dumps(answer))

    async with serve(serving, "127.0.0.1", 0) as server:
        port = next(iter(server.sockets)).getsockname()[1]
        async with connect(f"ws://127.0.0.1:{port}") as connection:
            camera = Camera(connection)
            await camera.hello()
            figures = await camera.stream([still(load_person(DEMO_FRAMES), 0, SMALL)], fps=100.0, seconds=0.5)
    assert figures.n_skipped > figures.n_sent >= 1


async def test_a_refusal_ends_the_calibration_with_its_text(tmp_path: Path) -> None:
    pictures = load_person(DEMO_FRAMES).pictures[:1]
    outside = Person(pictures, ((7.0, 0.5),), 60.0)
    async with running_server(tmp_path) as server, connect(server.camera_url) as connection:
        camera = Camera(connection)
        await camera.hello()
        with pytest.raises(RuntimeError, match="the server refused"):
            await camera.calibrate(outside, SMALL)
