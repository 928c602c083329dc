"""Connections that wait for a request, and the end of the server with clients that do not read."""

from __future__ import annotations

import asyncio
import contextlib
import importlib
import logging
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest
from aiohttp import ClientSession, web

from server.http import connections
from server.http.connections import MAX_WAITING, REQUEST_TIMEOUT_S, Waiting, close_waiting
from tests.support.server import Server, camera_client, running_server
from tests.support.times import WAIT_S, wait_until


def test_a_connection_that_waits_too_long_is_overdue() -> None:
    waiting: Waiting[str] = Waiting()
    assert waiting.overdue(["idle", "new"], 0.0) == []
    assert waiting.overdue(["idle", "new"], REQUEST_TIMEOUT_S) == []
    assert waiting.overdue(["idle"], REQUEST_TIMEOUT_S + 1.0) == ["idle"]


def test_the_time_starts_again_after_each_request() -> None:
    waiting: Waiting[str] = Waiting()
    waiting.overdue(["page"], 0.0)
    with waiting.handling("page"):
        assert waiting.overdue(["page"], 10 * REQUEST_TIMEOUT_S) == []
    assert waiting.overdue(["page"], 10 * REQUEST_TIMEOUT_S + 1.0) == []
    assert waiting.overdue(["page"], 11 * REQUEST_TIMEOUT_S + 2.0) == ["page"]


def test_of_too_many_the_oldest_are_closed_at_once() -> None:
    waiting: Waiting[int] = Waiting()
    waiting.overdue([0, 1], 0.0)
    everyone = list(range(MAX_WAITING + 2))
    assert waiting.overdue(everyone, 1.0) == [0, 1]


def test_a_stream_is_not_overdue() -> None:
    waiting: Waiting[str] = Waiting()
    with waiting.handling("stream"):
        assert waiting.overdue(["stream", *map(str, range(MAX_WAITING))], 1_000.0) == []


@contextlib.asynccontextmanager
async def impatient_server(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[tuple[Server, Callable[[], None]]]:
    """After a call of the function, it closes what waits within a tenth of a second."""
    monkeypatch.setattr(connections, "REQUEST_TIMEOUT_S", 0.1)
    monkeypatch.setattr(connections, "SWEEP_S", 0.02)
    runners: list[web.AppRunner] = []
    setup = web.AppRunner.setup

    async def remember(runner: web.AppRunner) -> None:
        await setup(runner)
        runners.append(runner)

    monkeypatch.setattr(web.AppRunner, "setup", remember)
    async with running_server(folder) as server:
        tasks: list[asyncio.Task[None]] = []
        yield server, lambda: tasks.append(asyncio.create_task(close_waiting(runners[0])))
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


@pytest.mark.parametrize(
    "sent",
    [
        b"",
        b"G",
        b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n",
        b"GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n",
        b"POST /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 9\r\n\r\nhalf",
    ],
)
async def test_a_connection_that_sends_nothing_more_is_closed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, sent: bytes
) -> None:
    async with impatient_server(tmp_path, monkeypatch) as (server, close_what_waits):
        reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
        writer.write(sent)
        close_what_waits()
        await asyncio.wait_for(reader.read(), WAIT_S)  # until the end
        writer.close()


async def test_streams_and_sockets_stay_open_without_requests(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async with (
        impatient_server(tmp_path, monkeypatch) as (server, close_what_waits),
        camera_client(server) as camera,
        ClientSession(server.http) as http,
        http.get("/v1/stream/ndjson") as stream,
    ):
        await stream.content.readline()
        close_what_waits()
        reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
        await asyncio.wait_for(reader.read(), WAIT_S)  # an idle one is closed, later than the others were opened
        writer.close()
        gaze = await camera.show(0.5, 0.5)
        assert gaze["type"] == "gaze"
        assert b'"seq":1' in await stream.content.readline()


async def test_a_body_that_does_not_arrive_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("server.http.bodies.BODY_TIMEOUT_S", 0.05)
    async with running_server(tmp_path) as server:
        reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
        host = f"127.0.0.1:{server.port}"
        ours = f"Origin: http://{host}\r\nX-Sightline-Request: page\r\nContent-Length: 9\r\n"
        writer.write(f"POST /v1/profiles/import HTTP/1.1\r\nHost: {host}\r\n{ours}\r\nhalf".encode())
        assert b" 408 " in await asyncio.wait_for(reader.readline(), WAIT_S)
        writer.close()


@pytest.mark.parametrize("name", ["camera", "stream"])
async def test_a_client_that_disconnects_during_the_handshake_is_no_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, name: str
) -> None:
    module = importlib.import_module({"camera": "server.http.camera_socket", "stream": "server.http.stream"}[name])
    prepare, asked, gone = module.open_socket, asyncio.Event(), asyncio.Event()

    async def open_late(request: web.Request, **options: int) -> web.WebSocketResponse:
        asked.set()
        await wait_until(lambda: request.transport is None)
        try:
            socket: web.WebSocketResponse = await prepare(request, **options)
            return socket
        finally:
            gone.set()

    monkeypatch.setattr(module, "open_socket", open_late)
    async with running_server(tmp_path) as server:
        _, writer = await asyncio.open_connection("127.0.0.1", server.port)
        handshake = "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
        key = "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
        writer.write(f"GET /v1/{name} HTTP/1.1\r\nHost: 127.0.0.1:{server.port}\r\n{handshake}{key}\r\n".encode())
        await asyncio.wait_for(asked.wait(), WAIT_S)
        writer.transport.abort()
        await asyncio.wait_for(gone.wait(), WAIT_S)
        await wait_until(lambda: server.subscribers() == 0)
        monkeypatch.undo()
        async with camera_client(server) as camera:
            await camera.get("hello")
    assert [record.getMessage() for record in caplog.records if record.levelno >= logging.WARNING] == []


async def test_the_server_ends_while_readers_are_connected(tmp_path: Path) -> None:
    """A reader of lines gets an end, not a broken connection."""
    async with ClientSession() as http:
        async with running_server(tmp_path) as server:
            streams = [await http.get(f"{server.http}/v1/stream/{kind}") for kind in ("sse", "ndjson")]
            await wait_until(lambda: server.subscribers() == 2)
        for stream in streams:
            await asyncio.wait_for(stream.content.read(), WAIT_S)
