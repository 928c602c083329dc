"""The properties of gaze messages, checked from outside with the test's own clock."""

from __future__ import annotations

import asyncio
import itertools
import json
import socket
import time
from pathlib import Path
from typing import Any

import pytest
from websockets.asyncio.client import ClientConnection, connect

from tests.support.received import gaze_of, received
from tests.support.server import AWAY, OPEN, SHUT, ColourAnalyzer, camera_client, frame_bytes, jpeg, running_server
from tests.support.times import attempts, seconds, wait_until


class Slow(ColourAnalyzer):
    def analyze(self, *arguments: Any) -> Any:
        time.sleep(0.05)  # the duration of the analysis
        return super().analyze(*arguments)


def now_ms() -> float:
    return time.time_ns() / 1e6


@pytest.mark.parametrize("old_ms", [0.0, 500.0])
async def test_latency_is_the_time_from_the_capture_to_the_sending(tmp_path: Path, old_ms: float) -> None:
    async with (
        running_server(tmp_path, Slow) as server,
        camera_client(server) as camera,
        connect(server.stream_url) as stream,
    ):
        for _ in range(5):
            captured_ms = now_ms() - old_ms
            shown = await camera.show(0.5, 0.5, captured_ms=captured_ms)
            got = await gaze_of(stream, shown)
            arrived_ms = now_ms()
            assert got["timestamp"] == captured_ms
            assert got["latency_ms"] == shown["latency_ms"]
            # At least what the analysis sleeps, at most until it was here; rounded to a tenth.
            assert 50.0 + old_ms - 0.1 <= got["latency_ms"] <= arrived_ms - captured_ms + 0.1


async def test_a_page_with_a_wrong_clock_gets_no_latency(tmp_path: Path) -> None:
    async with running_server(tmp_path) as server, camera_client(server) as camera:
        for off_ms in (-600_000.0, 600_000.0):
            assert (await camera.show(0.5, 0.5, captured_ms=now_ms() + off_ms))["latency_ms"] is None


async def test_the_clock_offset_is_measured_within_the_round_trip(tmp_path: Path) -> None:
    async with running_server(tmp_path) as server, connect(server.stream_url) as stream:
        sent_ms = now_ms()
        await stream.send(json.dumps({"type": "time_sync", "client_ms": sent_ms}))
        answer = await received(stream, "time_sync")
        assert sent_ms <= answer["server_ms"] <= now_ms()


async def read(stream: ClientConnection, into: list[dict[str, Any]]) -> None:
    async for text in stream:
        message = json.loads(text)
        if message["type"] == "gaze":
            into.append(message)


async def test_seq_has_no_gap_capture_times_grow_and_invalid_is_null_while_frames_are_dropped(tmp_path: Path) -> None:
    own: list[dict[str, Any]] = []
    streamed: list[dict[str, Any]] = []
    async with running_server(tmp_path, Slow) as server, camera_client(server) as camera:
        await camera.calibrate()
        async with connect(server.stream_url) as stream:
            reading = asyncio.create_task(read(stream, streamed))
            for i in range(40):
                camera.seq += 1
                how = (OPEN, SHUT, AWAY)[i // 5 % 3]
                await camera.connection.send(frame_bytes(camera.seq, jpeg(0.3, 0.7, how), captured_ms=now_ms()))
                await asyncio.sleep(0.015)  # three times as fast as they can be analysed
            answered = 0
            while answered < 40:
                message = await camera.get("gaze", "dropped")
                answered += 1
                if message["type"] == "gaze":
                    own.append(message)
            await wait_until(lambda: bool(streamed) and streamed[-1]["seq"] >= own[-1]["seq"])
            reading.cancel()
    assert 0 < len(own) < 40
    for messages in (own, streamed):
        seqs = [message["seq"] for message in messages]
        assert seqs == list(range(seqs[0], seqs[0] + len(seqs)))
        times = [message["timestamp"] for message in messages]
        assert all(earlier < later for earlier, later in itertools.pairwise(times))
        assert {message["valid"] for message in messages} == {True, False}
        for message in messages:
            nothing = [message[key] is None for key in ("x", "y", "x_px", "y_px", "raw")]
            assert nothing == [not message["valid"]] * 5


async def test_readers_see_times_that_grow_when_the_cameras_clock_steps_back(tmp_path: Path) -> None:
    async with (
        running_server(tmp_path) as server,
        camera_client(server) as camera,
        connect(server.stream_url) as stream,
    ):
        began_ms = now_ms()
        for seq, back_ms in enumerate((0.0, -40.0, 3_000.0, 20.0, -80.0), start=1):
            await camera.connection.send(frame_bytes(seq, captured_ms=began_ms - back_ms))
            answer = await camera.answer(seq)
            assert answer["type"] == ("dropped" if back_ms > 0.0 else "gaze")
        streamed = [await received(stream, "gaze") for _ in range(3)]
    assert [message["timestamp"] - began_ms for message in streamed] == [0.0, 40.0, 80.0]


async def test_a_stuck_subscriber_is_disconnected_and_the_others_stay(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("server.http.sockets.HEARTBEAT_S", seconds(2.0))  # a client has half of it for its answer
    async with (
        running_server(tmp_path) as server,
        camera_client(server) as camera,
        connect(server.stream_url) as quick,
        connect(server.stream_url, max_queue=1, ping_interval=None, close_timeout=0.1) as stuck,
    ):
        stuck.transport.pause_reading()
        for _ in attempts():
            shown = await camera.show(0.5, 0.5)
            assert (await gaze_of(quick, shown))["seq"] == shown["seq"]
            if server.subscribers() == 2:  # the page's own and the quick one
                break
        assert server.subscribers() == 2


@pytest.mark.parametrize("path", ["/v1/stream/sse", "/v1/stream/ndjson"])
async def test_a_stuck_reader_of_lines_is_disconnected_and_the_others_stay(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, path: str
) -> None:
    monkeypatch.setattr("server.http.stream.STALLED_S", 0.3)
    async with running_server(tmp_path) as server, camera_client(server) as camera, connect(server.stream_url) as quick:
        stuck = socket.create_connection(("127.0.0.1", server.port))
        stuck.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        stuck.sendall(f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n".encode())
        await wait_until(lambda: server.subscribers() == 3)  # the page's own, the quick one and the stuck one
        for _ in attempts():
            shown = await camera.show(0.5, 0.5)
            assert (await gaze_of(quick, shown))["seq"] == shown["seq"]
            if server.subscribers() == 2:
                break
        assert server.subscribers() == 2
        stuck.close()


async def test_a_slow_reader_gets_no_old_gaze(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("server.http.sockets.HEARTBEAT_S", 600.0)  # no client is disconnected in this time
    async with (
        running_server(tmp_path) as server,
        camera_client(server) as camera,
        connect(server.stream_url, max_queue=1, ping_interval=None) as slow,
    ):
        await received(slow, "hello")
        slow.transport.pause_reading()
        for _ in range(1500):
            last = await camera.show(0.5, 0.5)
        slow.transport.resume_reading()
        got = 0
        while (await received(slow, "gaze"))["seq"] < last["seq"]:
            got += 1
        assert got < 1000  # the buffers of the client's system; the other samples were replaced by newer ones
