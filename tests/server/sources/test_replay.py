"""serve --replay: what readers get of a recording, from its file to the stream."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import itertools
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from aiohttp import ClientSession
from websockets.asyncio.client import connect

from server import cli
from server.client import ControlRefused, control
from server.errors import StartupError
from server.http.context import CONTEXT
from server.options import add_serve_options, settings_from
from server.peers.interface import Peers
from server.protocol.events import FixationEvent, MarkEvent
from server.protocol.gaze import Gaze
from server.service import source_parts
from server.settings import ReplayFrom, VideoFrom
from server.sources.recorded import Pass, read_recorded
from server.sources.replay import Replay
from tests.support.peers import peers
from tests.support.received import next_message, received
from tests.support.redis_server import redis_server
from tests.support.server import Server, running_server
from tests.support.times import wait_until

STEP_MS = 40.0
START_MS = 1_763_843_912_000.0


def sample(seq: int, x: float, **changed: Any) -> dict[str, Any]:
    return {
        "type": "gaze", "v": 1, "session": "s_1", "seq": seq, "frame": seq, "timestamp": START_MS + STEP_MS * seq,
        "latency_ms": 38.0, "valid": True, "status": "ok", "space": "screen", "x": x, "y": 0.5, "x_px": 1000.0 * x,
        "y_px": 250.0, "on_screen": True, "error_px": 60.0, "confidence": 0.9, "raw": {"x": x, "y": 0.5},
        "calibration": "c_1", "target": None, "phase": "",
    } | changed  # fmt: skip


def two_fixations() -> list[dict[str, Any]]:
    """Half a second at the left, half a second at the right, with a mark between them."""
    samples = [sample(seq, 0.2 if seq < 13 else 0.8) for seq in range(1, 26)]
    mark = {"type": "mark", "session": "s_1", "label": "trial 7", "timestamp": START_MS + STEP_MS * 13}
    active = {"type": "calibration", "session": "s_1", "state": "done", "timestamp": START_MS - 60_000.0}
    return [active, *samples[:13], mark, *samples[13:]]


def write(folder: Path, lines: list[dict[str, Any]]) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "samples.ndjson").write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
    screen = {"width_px": 1000, "height_px": 500, "width_mm": 344}
    (folder / "session.json").write_text(json.dumps({"version": 1, "person": "Ada", "screen": screen}))
    return folder


@contextlib.asynccontextmanager
async def replaying(
    folder: Path, *, speed: float = 20.0, loop: bool = True, peers: Peers | None = None
) -> AsyncIterator[Server]:
    recorded = read_recorded(write(folder / "r", two_fixations()))
    async with running_server(folder, peers=peers) as server:
        context = server.app[CONTEXT]
        parts = source_parts(context, server.camera_url)
        task = asyncio.create_task(Replay(recorded, speed=speed, loop=loop).run(parts))
        await wait_until(lambda: bool(context.live) or task.done())
        try:
            yield server
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)


def test_a_recording_without_events_gets_the_events_of_a_live_stream(tmp_path: Path) -> None:
    recorded = read_recorded(write(tmp_path / "r", two_fixations()))
    kinds = [type(due.message).__name__ for due in recorded.messages]
    assert kinds.count("Gaze") == recorded.n_samples == 25
    assert kinds.count("MarkEvent") == 1
    fixations = [due.message for due in recorded.messages if isinstance(due.message, FixationEvent)]
    assert [(one.phase, one.x) for one in fixations if one.phase == "end"] == [("end", 0.2), ("end", 0.8)]
    assert kinds[:2] == ["StatusEvent", "Gaze"]  # the calibration without a report is left out
    assert recorded.n_left_out == 1


def test_messages_are_due_in_their_order_at_their_own_times(tmp_path: Path) -> None:
    recorded = read_recorded(write(tmp_path / "r", two_fixations()))
    due = [one.at_ms for one in recorded.messages]
    assert due == sorted(due)
    gaze = [one.at_ms for one in recorded.messages if isinstance(one.message, Gaze)]
    assert gaze == [STEP_MS * number for number in range(25)]
    (mark,) = (one for one in recorded.messages if isinstance(one.message, MarkEvent))
    assert mark.at_ms == STEP_MS * 12
    assert recorded.length_ms == STEP_MS * 25


def test_events_of_a_saved_stream_are_kept_and_not_detected_again(tmp_path: Path) -> None:
    blink = {"type": "blink", "session": "s_1", "timestamp": START_MS, "phase": "end", "id": 9, "start": START_MS - 100}
    lines = [sample(1, 0.2), {**blink, "duration_ms": 100.0}, *(sample(seq, 0.2) for seq in range(2, 20))]
    recorded = read_recorded(write(tmp_path / "r", lines))
    kinds = [type(one.message).__name__ for one in recorded.messages]
    assert (kinds.count("BlinkEvent"), kinds.count("FixationEvent")) == (1, 0)


def test_a_pass_scales_times_and_counts_on(tmp_path: Path) -> None:
    recorded = read_recorded(write(tmp_path / "r", two_fixations()))
    second = Pass("s_ab", recorded.first_ms, 5_000.0, speed=2.0, numbers=100, ids=7)
    live = [second.live(one.message) for one in recorded.messages]
    gaze = [message for message in live if isinstance(message, Gaze)]
    assert [(one.session, one.seq, one.timestamp) for one in gaze[:2]] == [
        ("s_ab", 101, 5_000.0),
        ("s_ab", 102, 5_000.0 + STEP_MS / 2.0),
    ]
    ended = next(one for one in live if isinstance(one, FixationEvent) and one.phase == "end")
    assert ended.timestamp - ended.start == pytest.approx(ended.duration_ms, abs=0.1)
    assert ended.id > 7


async def test_every_reader_gets_the_replay_as_a_live_session(tmp_path: Path) -> None:
    async with replaying(tmp_path) as server, ClientSession() as http:
        async with http.get(f"{server.http}/v1/sessions") as answer:
            (listed,) = (await answer.json())["sessions"]
        assert listed["session"].startswith("s_")
        async with connect(f"{server.stream_url}?topics=gaze,fixation,mark,geometry,status") as reader:
            seen = {(await next_message(reader))["type"]}
            while not {"gaze", "fixation", "mark", "geometry", "status"} <= seen:
                seen.add((await next_message(reader))["type"])
            gaze = [await received(reader, "gaze") for _ in range(60)]  # more than two passes
        assert {one["session"] for one in gaze} == {listed["session"]}
        assert all(a["seq"] < b["seq"] and a["timestamp"] <= b["timestamp"] for a, b in itertools.pairwise(gaze))
        for path in ("sse", "ndjson"):
            async with http.get(f"{server.http}/v1/stream/{path}?topics=gaze") as answer:
                assert b"gaze" in await answer.content.readuntil(b'"gaze"')
        async with http.get(f"{server.http}/v1/heatmap.png?width=64&height=36") as answer:
            assert answer.status == 200


async def test_the_end_is_that_of_a_camera_that_stops(tmp_path: Path) -> None:
    async with replaying(tmp_path, loop=False) as server:
        (session_id,) = server.app[CONTEXT].live
        async with connect(f"{server.stream_url}?topics=gaze&session={session_id}") as reader:
            while (last := await received(reader, "gaze"))["status"] == "ok":
                pass
        assert (last["status"], last["valid"]) == ("no_frames", False)
        await wait_until(lambda: not server.app[CONTEXT].live)


async def test_a_program_can_mark_a_replay_and_nothing_else(tmp_path: Path) -> None:
    async with replaying(tmp_path) as server:
        (live,) = server.app[CONTEXT].live.values()
        async with control(server.http, token=live.token) as session:
            assert await session.mark("mine") > START_MS
            with pytest.raises(ControlRefused, match="replays a recording") as refused:
                await session.record()
            assert refused.value.code == "replay"


@pytest.mark.parametrize(
    ("lines", "says"),
    [
        (None, "there is no recording"),
        ([{"type": "mark", "label": "a", "timestamp": 1.0}], "there is no gaze message"),
        ([sample(1, 0.5), "no JSON", sample(2, 0.5)], "this is not JSON|must be an object"),
        ([sample(1, 0.5, confidence=7.0)], "the sample 1 can't be replayed"),
        ([sample(1, 0.5), sample(2, 0.5, session="s_2")], "several sessions"),
    ],
)
def test_a_recording_that_cannot_be_replayed_is_refused_at_the_start(
    tmp_path: Path, lines: list[Any] | None, says: str
) -> None:
    folder = tmp_path / "r"
    if lines is not None:
        write(folder, lines)
    with pytest.raises(StartupError, match=says):
        Replay.open(ReplayFrom(folder))


def test_options_that_do_not_fit_together_are_refused(capsys: pytest.CaptureFixture[str]) -> None:
    parser = argparse.ArgumentParser()
    add_serve_options(parser)

    def settings(*arguments: str) -> Any:
        return settings_from(parser.parse_args(arguments)).source

    assert settings("--replay", "r", "--speed", "2", "--loop") == ReplayFrom(Path("r"), 2.0, True)
    assert settings("--video", "v.mp4", "--profile", "Ada") == VideoFrom(Path("v.mp4"), "Ada", False)
    for wrong in (("--speed", "2"), ("--loop",), ("--profile", "Ada"), ("--video", "v", "--replay", "r")):
        with pytest.raises(StartupError, match="--"):
            settings(*wrong)
    for speed in ("0", "nan", "-1", "1e9", "fast"):
        with pytest.raises(SystemExit):
            settings("--replay", "r", f"--speed={speed}")
        assert "a speed lies between" in capsys.readouterr().err
    assert cli.main(["serve", "--loop"]) == 1
    assert "--loop belongs to" in capsys.readouterr().err


async def test_a_server_with_the_same_redis_passes_the_replay_on(tmp_path: Path) -> None:
    for name in ("redis", "a", "b"):
        (tmp_path / name).mkdir()
    with redis_server(tmp_path / "redis") as redis:
        there = replaying(tmp_path / "a", peers=peers(redis.url))
        async with there as a, running_server(tmp_path / "b", peers=peers(redis.url)) as b:
            (session,) = a.app[CONTEXT].live
            async with connect(f"{b.stream_url}?session={session}&topics=gaze,mark") as stream:
                assert (await received(stream, "hello"))["session"] == session
                assert (await received(stream, "gaze"))["x"] in (0.2, 0.8)
                assert (await received(stream, "mark"))["label"] == "trial 7"
