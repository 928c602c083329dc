"""A server that gets signals, in a process of its own with the tests' analyzer."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed

from server.inference.pipeline import Pipeline
from server.inference.worker_thread import WorkerThread
from server.recordings.store import RecordingStore
from server.service import TOO_SLOW, serve
from server.settings import Settings
from tests.support.paths import ROOT
from tests.support.received import received
from tests.support.server import GEOMETRY, frame_bytes
from tests.support.times import WAIT_S, wait_until

SERVE = """
import asyncio, sys, time
from pathlib import Path
from server import service
from server.settings import Settings
from tests.support.server import thread_pipeline

folder = Path(sys.argv[1])
pipeline = thread_pipeline()
if "busy" in sys.argv:  # work that does not end
    pipeline.in_background(time.sleep, 3600.0)
if "hurried" in sys.argv:
    service.STOP_LIMIT_S = 0.2
settings = Settings(
    port=0, profiles=folder / "profiles", recordings=folder / "recordings", runtime=folder / "run"
)
asyncio.run(service.serve(settings, pipeline, ""))
"""


@contextlib.contextmanager
def serving(folder: Path, *how: str) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """The process and its address without the scheme."""
    command = [sys.executable, "-c", SERVE, str(folder), *how]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert process.stdout is not None
    try:
        found = re.search(r"http://(\S+)/", process.stdout.readline())
        assert found
        yield process, found[1]
    finally:
        process.kill()
        process.communicate()


async def ended(process: subprocess.Popen[str]) -> int:
    return await asyncio.to_thread(process.wait, WAIT_S)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
async def test_a_signal_ends_it_in_order_with_cameras_told_and_the_recording_whole(
    number: signal.Signals, tmp_path: Path
) -> None:
    with serving(tmp_path) as (process, address):
        async with connect(f"ws://{address}/v1/camera") as records, connect(f"ws://{address}/v1/camera") as idle:
            await records.send(json.dumps(GEOMETRY))
            await records.send(json.dumps({"type": "record_start", "frames": True, "consent": True}))
            name = (await received(records, "record"))["recording"]
            for seq in range(1, 6):
                await records.send(frame_bytes(seq))
                await received(records, "gaze")
            (secret,) = list((tmp_path / "run").iterdir())
            assert (secret.suffix, secret.stat().st_mode & 0o777) == (".key", 0o600)
            process.send_signal(number)
            assert (await received(records, "stopping"))["retry_ms"] > 0
            stopped = await received(records, "record")
            assert (stopped["state"], stopped["reason"]) == ("stopped", "the server is stopping")
            await received(idle, "stopping")
            for camera in (records, idle):
                with pytest.raises(ConnectionClosed) as closed:
                    await received(camera, "nothing")
                assert closed.value.rcvd is not None
                assert closed.value.rcvd.code == 1001
        assert await ended(process) == 0
    assert not secret.exists()
    (recording,) = RecordingStore(tmp_path / "recordings").list()
    assert (recording.recording, recording.n_frames, recording.n_samples) == (name, 5, 5)
    assert recording.duration_s is not None


async def test_a_second_signal_ends_it_at_once(tmp_path: Path) -> None:
    with serving(tmp_path, "busy") as (process, _):
        process.send_signal(signal.SIGTERM)
        assert process.stdout is not None
        assert await asyncio.to_thread(process.stdout.readline) == "Sightline is stopping.\n"
        process.send_signal(signal.SIGTERM)
        assert await ended(process) == -signal.SIGTERM


async def test_an_end_that_takes_too_long_is_cut_with_a_reason(tmp_path: Path) -> None:
    with serving(tmp_path, "busy", "hurried") as (process, _):
        process.send_signal(signal.SIGTERM)
        assert await ended(process) == TOO_SLOW
        assert process.stderr is not None
        assert "takes longer than" in process.stderr.read()


async def test_a_signal_while_the_workers_load_ends_it(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    async def never(_number: int) -> WorkerThread:
        await asyncio.Event().wait()
        raise AssertionError

    pipeline = Pipeline(start_worker=never, max_workers=1, hfov_deg=65.0)
    before = signal.getsignal(signal.SIGTERM)
    serving = asyncio.create_task(serve(Settings(port=0, profiles=tmp_path), pipeline, ""))
    await wait_until(lambda: signal.getsignal(signal.SIGTERM) is not before)
    os.kill(os.getpid(), signal.SIGTERM)
    await asyncio.wait_for(serving, WAIT_S)
    assert capsys.readouterr().out == "Sightline is stopping.\n"
    assert signal.getsignal(signal.SIGTERM) is before
