from __future__ import annotations

import asyncio
import contextlib
import json
import sys
from collections.abc import AsyncIterator
from http import HTTPStatus
from pathlib import Path

import pytest
from websockets.asyncio.server import ServerConnection, serve
from websockets.http11 import Request, Response

from server import cli
from server.client import Control, ControlRefused, StreamLost, StreamRefused, control, find_token, message_stream
from server.client.runtime import runtime_folder, secret_file
from server.http.context import CONTEXT
from server.settings import user_data_folder
from tests.support.bad_server import HELLO, server_that
from tests.support.server import GEOMETRY, CameraClient, Server, camera_client, running_server


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


@pytest.mark.parametrize(("status", "raised"), [(404, StreamRefused), (503, StreamLost), (502, StreamLost)])
async def test_an_answer_that_may_be_another_one_later_is_a_loss_and_no_refusal(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, status: int, raised: type[Exception]
) -> None:
    def answer(connection: ServerConnection, _request: Request) -> Response:
        return connection.respond(HTTPStatus(status), json.dumps({"code": "any", "message": "the reason"}))

    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    runtime_folder().mkdir(parents=True)
    async with serve(lambda _: asyncio.sleep(0), "127.0.0.1", 0, process_request=answer) as server:
        port = next(iter(server.sockets)).getsockname()[1]
        secret_file(runtime_folder(), port).write_text("secret", encoding="ascii")
        address = f"ws://127.0.0.1:{port}"
        with pytest.raises(raised, match="the reason"):
            await asyncio.to_thread(find_token, address)
        with pytest.raises(raised, match="the reason"):
            async with control(address, token="any"):
                pass
        with pytest.raises(raised, match="the reason"):
            await anext(message_stream(address, reconnect=False))


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


def share_secret(server: Server, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As `server.service` does it at the start."""
    monkeypatch.setenv("XDG_DATA_HOME", str(folder / "data"))
    monkeypatch.delenv("SIGHTLINE_TOKEN", raising=False)
    runtime_folder().mkdir(parents=True)
    secret_file(runtime_folder(), server.port).write_text(server.app[CONTEXT].secret, encoding="ascii")


async def test_without_a_token_the_commands_find_that_of_the_newest_session(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    async with running_server(tmp_path) as server:
        share_secret(server, tmp_path, monkeypatch)
        assert await asyncio.to_thread(cli.main, ["token", server.http]) == 1
        assert "no camera is connected" in capsys.readouterr().err
        async with camera_client(server) as camera:
            token = (await camera.get("hello"))["token"]
            assert await asyncio.to_thread(cli.main, ["token", server.http]) == 0
            assert capsys.readouterr().out == f"{token}\n"
            assert await asyncio.to_thread(cli.main, ["token", "--lab", server.http]) == 0
            assert capsys.readouterr().out == f"{server.app[CONTEXT].lab_token}\n"
            assert await asyncio.to_thread(cli.main, ["mark", "trial 7", server.stream_url]) == 0
            assert (await camera.get("mark"))["label"] == "trial 7"
            async with control(server.http) as session:
                await session.mark("trial 8")
        secret_file(runtime_folder(), server.port).write_text("of an earlier server", encoding="ascii")
        assert await asyncio.to_thread(cli.main, ["token", server.http]) == 1
        assert "secret" in capsys.readouterr().err


def test_the_commands_say_where_a_token_comes_from(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    monkeypatch.delenv("SIGHTLINE_TOKEN", raising=False)
    for command in (["mark", "trial 7"], ["token"], ["token", "ftp://here"]):
        assert cli.main(command) == 1
    said = capsys.readouterr().err
    assert said.count("no server of this user is running") == 2
    assert "--token" in said
    assert "address looks like" in said
    (tmp_path / "sightline" / "run").mkdir(parents=True)
    secret_file(runtime_folder(), 1).write_text("left by a server that was killed")
    with pytest.raises(StreamLost, match=r"there is no server at 127\.0\.0\.1:1"):
        find_token("http://127.0.0.1:1")
    assert runtime_folder() == user_data_folder() / "run"


async def test_the_pages_game_gives_a_program_its_report_and_result(tmp_path: Path) -> None:
    async with controlled(tmp_path) as (camera, session):
        await camera.connection.send(json.dumps(GEOMETRY))
        with pytest.raises(ControlRefused) as refused:
            await session.validate()
        assert refused.value.code == "not_calibrated"
        playing = asyncio.create_task(session.calibrate())
        requested = await camera.get("calibration")
        assert (requested["state"], requested["by"]) == ("requested", "program")
        done = await camera.calibrate()
        assert await playing == done["report"]
        playing = asyncio.create_task(session.validate())
        assert (await camera.get("validation"))["state"] == "requested"
        await camera.validate(clock_ms=1_700_000_000_000.0)
        assert (await playing)["accuracy"]["px"] > 0.0


async def test_a_game_that_the_person_stops_or_the_page_does_not_begin_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with controlled(tmp_path) as (camera, session):
        await camera.connection.send(json.dumps(GEOMETRY))
        playing = asyncio.create_task(session.calibrate())
        await camera.get("calibration")
        await camera.say("calibration_start")
        await camera.get("calibration")
        with pytest.raises(ControlRefused) as busy:
            await session.calibrate()
        assert busy.value.code == "calibration_busy"
        await camera.say("calibration_cancel")
        with pytest.raises(ControlRefused, match="stopped on the page"):
            await playing
        monkeypatch.setattr(sys.modules["server.client.control"], "BEGIN_S", 0.05)
        with pytest.raises(ControlRefused, match="did not begin"):
            await session.calibrate()
        playing = asyncio.create_task(session.calibrate())
        monkeypatch.undo()
        await camera.connection.close()
        with pytest.raises((StreamLost, ControlRefused)):
            await playing


async def test_the_reason_for_which_the_page_plays_no_game_reaches_the_program(tmp_path: Path) -> None:
    async with controlled(tmp_path) as (camera, session):
        await camera.connection.send(json.dumps(GEOMETRY))
        playing = asyncio.create_task(session.calibrate())
        await camera.get("calibration")
        await camera.say("game_refuse", reason="stimuli are shown")
        with pytest.raises(ControlRefused, match="stimuli are shown") as refused:
            await playing
        assert refused.value.code == "refused"
        with pytest.raises(ControlRefused) as refused:
            await session.request("game_refuse", reason="I am no page")
        assert refused.value.code == "not_the_page"
