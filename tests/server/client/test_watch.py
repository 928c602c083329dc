from __future__ import annotations

import argparse
import asyncio
import contextlib
import io
import json
from pathlib import Path
from typing import Any

import pytest

from server import cli
from server.client import Sample, watch
from server.protocol.subscription import EVENT_TOPICS
from server.settings import DEFAULT_HOST, DEFAULT_PORT
from tests.support.gaze_messages import STREAMED_GAZE
from tests.support.server import camera_client, running_server
from tests.support.times import POLL_S, attempts


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


async def watched(tmp_path: Path, out: io.StringIO, *options: str) -> str:
    """The output while a calibrated person looks around and the page sends a mark."""
    async with running_server(tmp_path) as server, camera_client(server) as camera:
        await camera.calibrate()
        parser = argparse.ArgumentParser()
        watch.add_arguments(parser)
        parsed = parser.parse_args([server.http, *options])
        watching = asyncio.create_task(watch.watch(parsed, out))
        for _ in attempts():
            await camera.show(0.25, 0.5)
            if "ok" in out.getvalue():
                break
        await camera.say("mark", label="a moment")
        for _ in attempts():
            await camera.show(0.25, 0.5)
            if "a moment" in out.getvalue():
                break
        watching.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await watching
    return out.getvalue()


async def test_a_pipe_gets_one_line_for_each_sample_and_event(tmp_path: Path) -> None:
    lines = (await watched(tmp_path, io.StringIO())).splitlines()
    assert any(line.startswith("mark ") and "label a moment" in line for line in lines)
    gaze = next(line for line in lines if line.startswith("s_") and " ok " in line)
    assert "x  0.2" in gaze
    assert "px ±" in gaze
    assert "\x1b" not in "".join(lines)


async def test_a_terminal_gets_one_live_line_with_the_events_above_it(tmp_path: Path) -> None:
    printed = await watched(tmp_path, Terminal())
    assert printed.count("\r\x1b[K") > printed.count("\n")
    assert "label a moment\n" in printed


async def test_json_prints_all_messages_unchanged(tmp_path: Path) -> None:
    lines = (await watched(tmp_path, io.StringIO(), "--json", "--events", "mark")).splitlines()
    messages = [json.loads(line) for line in lines]
    assert messages[0]["type"] == "hello"
    assert {message["type"] for message in messages} == {"hello", "gaze", "mark"}


def test_the_line_of_an_invalid_sample_names_its_status() -> None:
    nothing: dict[str, Any] = {**STREAMED_GAZE, "valid": False, "status": "no_face"} | dict.fromkeys(
        ("x", "y", "x_px", "y_px")
    )
    line = watch.gaze_line(Sample.from_message(nothing, 0.0), 30.0)
    assert "no_face" in line
    assert "no point" in line
    assert "30.0/s" in line


def test_a_missing_server_is_reported_in_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    for url in ("ws://127.0.0.1:9", "http://localhost:9/"):
        assert cli.main(["watch", url, "--once"]) == 1
        error = capsys.readouterr().err
        assert error.startswith("\nsightline: there is no server at ")
        assert "Errno" not in error
    assert cli.main(["watch", "gopher://127.0.0.1"]) == 1
    assert "looks like ws://" in capsys.readouterr().err


def test_an_unknown_topic_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        cli.main(["watch", "--events", "dance"])
    assert "invalid choice: 'dance'" in capsys.readouterr().err


def test_it_knows_the_server_s_topics_and_address() -> None:
    assert {*watch.EVENTS, *watch.MORE_EVENTS} == EVENT_TOPICS
    assert f"ws://{DEFAULT_HOST}:{DEFAULT_PORT}" == watch.DEFAULT_URL


async def printed_until(words: str, url: str, *options: str) -> str:
    parser = argparse.ArgumentParser()
    watch.add_arguments(parser)
    out = io.StringIO()
    watching = asyncio.create_task(watch.watch(parser.parse_args([url, *options]), out))
    for _ in attempts():
        if words in out.getvalue():
            break
        await asyncio.sleep(POLL_S)
    watching.cancel()
    await asyncio.gather(watching, return_exceptions=True)
    return out.getvalue()


async def test_without_a_server_it_prints_what_it_waits_for_once() -> None:
    printed = await printed_until("Trying again", "ws://127.0.0.1:9")
    assert printed.startswith("there is no server at 127.0.0.1:9. Start the server")
    assert printed.count("\n") == 1


async def test_without_a_camera_it_prints_where_to_start_one(tmp_path: Path) -> None:
    async with running_server(tmp_path) as server:
        printed = await printed_until("hello", server.http)
    assert f"no camera sends. Open {server.http}/ in a browser" in printed


async def test_json_has_messages_only_and_notes_go_to_the_other_output(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    async with running_server(tmp_path) as server:
        printed = await printed_until("hello", server.http, "--json")
    assert [json.loads(line)["type"] for line in printed.splitlines()] == ["hello"]
    assert "no camera sends" in capsys.readouterr().err
