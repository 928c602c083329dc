from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from websockets.asyncio.server import ServerConnection

from server import cli
from server.client import Control, ControlRefused, StreamLost, StreamRefused, control
from tests.support.bad_server import HELLO, server_that
from tests.support.server import GEOMETRY, CameraClient, camera_client, running_server


@contextlib.asynccontextmanager
async def controlled(folder: Path) -> AsyncIterator[tuple[CameraClient, Control]]:
    """A camera's page, and a program that controls its session."""
    async with running_server(folder) as server, camera_client(server) as camera:
        token = (await camera.get("hello"))["token"]
        async with control(server.http, token=token) as session:
            yield camera, session


def marks_of(folder: Path, recording: str) -> list[tuple[str, float]]:
    (file,) = folder.glob(f"**/{recording}/samples.ndjson")
    lines = [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]
    return [(line["label"], line["timestamp"]) for line in lines if line["type"] == "mark"]


async def test_a_mark_is_in_the_recording_that_the_program_started(tmp_path: Path) -> None:
    async with controlled(tmp_path) as (camera, session):
        await camera.connection.send(json.dumps(GEOMETRY))
        await camera.get("geometry")
        recording = await session.record(person="Ada")
        marked_ms = await session.mark("trial 7")
        assert (await camera.get("mark"))["label"] == "trial 7"
        assert await session.stop_recording() == recording
    assert marks_of(tmp_path, recording) == [("trial 7", marked_ms)]


async def test_requests_at_the_same_time_get_their_own_answers(tmp_path: Path) -> None:
    labels = [f"trial {n}" for n in range(10)]
    async with controlled(tmp_path) as (_, session):
        answers = await asyncio.gather(*(session.request("mark", label=label) for label in labels))
    assert [answer["label"] for answer in answers] == labels


async def test_refusals_are_raised_with_their_code_and_the_next_request_works(tmp_path: Path) -> None:
    async with controlled(tmp_path) as (_, session):
        with pytest.raises(ControlRefused, match="screen") as refused:
            await session.record()
        assert refused.value.code == "geometry_missing"
        with pytest.raises(ControlRefused):
            await session.stop_recording()
        assert await session.mark("still here") > 0.0


async def test_a_label_that_is_not_allowed_is_named_and_ends_the_connection(tmp_path: Path) -> None:
    async with controlled(tmp_path) as (_, session):
        with pytest.raises(ControlRefused, match="label must be a text of 1 to 64"):
            await session.mark("x" * 65)
        with pytest.raises(StreamRefused, match="label"):
            await session.mark("trial 7")


async def test_a_wrong_token_and_an_absent_server_are_named(tmp_path: Path) -> None:
    async with running_server(tmp_path) as server:
        address = server.http
        with pytest.raises(StreamRefused) as refused:
            async with control(address, token="wrong"):
                pass
        assert refused.value.code == "wrong_token"
    with pytest.raises(StreamLost, match="there is no server at"):
        async with control(address, token="any"):
            pass


async def test_a_request_whose_connection_ends_is_reported_as_lost() -> None:
    async def answer_nothing(connection: ServerConnection) -> None:
        await connection.send(json.dumps(HELLO))
        await connection.recv()

    async with server_that(answer_nothing) as address, control(address, token="any") as session:
        with pytest.raises(StreamLost, match="closed the stream"):
            await session.mark("trial 7")
        with pytest.raises(StreamLost, match="closed the stream"):
            await session.mark("trial 8")


async def test_the_command_marks_the_session_of_the_token(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    async with running_server(tmp_path) as server, camera_client(server) as camera:
        monkeypatch.setenv("SIGHTLINE_TOKEN", (await camera.get("hello"))["token"])
        assert await asyncio.to_thread(cli.main, ["mark", "trial 7", server.http]) == 0
        mark = await camera.get("mark")
        assert (mark["label"], mark["timestamp"]) == ("trial 7", float(capsys.readouterr().out))
        assert await asyncio.to_thread(cli.main, ["mark", "trial 8", server.http, "--token", "wrong"]) == 1
        assert "token" in capsys.readouterr().err


def test_the_command_needs_a_token(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.delenv("SIGHTLINE_TOKEN", raising=False)
    assert cli.main(["mark", "trial 7"]) == 1
    assert "--token" in capsys.readouterr().err
