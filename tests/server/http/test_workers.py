"""Several cameras on worker processes, through real sockets."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import sys
from collections import Counter
from pathlib import Path

import psutil
import pytest

from tests.support.paths import ROOT
from tests.support.server import CameraClient, camera_client, frame_bytes, jpeg, running_server
from tests.support.times import LONG_WAIT_S, WAIT_S, wait_until
from tests.support.workers import endless_jpeg, process_pipeline

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGKILL")


def workers() -> list[psutil.Process]:
    """The worker processes of this process that run, with the forks."""
    found = []
    for child in psutil.Process().children(recursive=True):
        with contextlib.suppress(psutil.Error):
            if any("colour_worker" in word for word in child.cmdline()):
                found.append(child)
    return found


async def stream_frames(camera: CameraClient, stop: asyncio.Event) -> Counter[str]:
    """Sends frames, at most two of them unanswered, until `stop`. Returns the kinds of the answers."""
    kinds: Counter[str] = Counter()
    unanswered: set[int] = set()
    while not stop.is_set() or unanswered:
        while len(unanswered) < 2 and not stop.is_set():
            camera.seq += 1
            unanswered.add(camera.seq)
            await camera.connection.send(frame_bytes(camera.seq))
        message = await camera.get("gaze", "dropped")
        unanswered.remove(message["frame"])
        kinds[message["status"] if message["type"] == "gaze" else "dropped"] += 1
    return kinds


async def test_workers_that_are_killed_under_load_cost_frames_and_no_session(tmp_path: Path) -> None:
    async with contextlib.AsyncExitStack() as stack:
        server = await stack.enter_async_context(running_server(tmp_path, pipeline=process_pipeline(2)))
        cameras = [await stack.enter_async_context(camera_client(server)) for _ in range(4)]
        await wait_until(lambda: len(workers()) == 2)
        stop = asyncio.Event()
        streams = [asyncio.create_task(stream_frames(camera, stop)) for camera in cameras]
        killed: set[int] = set()
        for _ in range(3):
            for worker in workers():
                killed.add(worker.pid)
                worker.kill()
            await wait_until(lambda: len([worker for worker in workers() if worker.pid not in killed]) == 2)
        stop.set()
        kinds = [await asyncio.wait_for(stream, LONG_WAIT_S) for stream in streams]
        for camera in cameras:  # all sessions still work
            assert (await camera.show(0.5, 0.5))["status"] == "uncalibrated"
    assert len(killed) >= 6
    assert all(set(kind) <= {"uncalibrated", "dropped"} for kind in kinds), kinds
    await wait_until(lambda: workers() == [])


async def test_a_fast_camera_and_slow_ones_get_equal_shares_of_one_worker(tmp_path: Path) -> None:
    """The fast one sends without waiting for answers; the worker is stopped until all have sent."""
    async with contextlib.AsyncExitStack() as stack:
        server = await stack.enter_async_context(running_server(tmp_path, pipeline=process_pipeline(1)))
        fast, *slow = [await stack.enter_async_context(camera_client(server)) for _ in range(4)]
        (worker,) = workers()
        os.kill(worker.pid, signal.SIGSTOP)
        for seq in range(1, 201):
            await fast.connection.send(frame_bytes(seq))
        for camera in slow:
            await camera.connection.send(frame_bytes(1))
        for _ in range(198):  # one frame is with the worker, and one waits
            await fast.get("dropped")
        os.kill(worker.pid, signal.SIGCONT)
        for camera in slow:
            assert (await camera.get("gaze"))["frame"] == 1
        answers = [(await fast.get("gaze"))["frame"] for _ in range(2)]
    assert answers[1] == 200


async def test_a_poison_frame_has_an_error_and_the_other_session_continues(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("server.inference.worker_process.MAX_DECODE_S", 0.5)
    monkeypatch.setattr("server.protocol.frames.MAX_SCANS", 1_000_000)  # as if it were endless in another way
    whole = {"width": 2000, "height": 2000, "full_width": 2000, "full_height": 2000}
    async with (
        running_server(tmp_path, pipeline=process_pipeline(1), count_faces=False) as server,
        camera_client(server) as malicious,
        camera_client(server) as good,
    ):
        await malicious.connection.send(frame_bytes(1, endless_jpeg(), **whole))
        answer = await malicious.get("gaze")
        assert (answer["status"], answer["valid"]) == ("error", False)
        assert "longer than 0.5 s" in answer["reason"]
        assert (await good.show(0.5, 0.5))["status"] == "uncalibrated"
        malicious.seq = 1
        assert (await malicious.show(0.5, 0.5))["status"] == "uncalibrated"


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGKILL])
async def test_no_worker_outlives_a_server_that_is_stopped_or_killed(number: signal.Signals, tmp_path: Path) -> None:
    serve = (
        "import asyncio, sys; from pathlib import Path; from server import service;"
        "from server.settings import Settings;"
        "from tests.support.workers import process_pipeline; folder = Path(sys.argv[1]);"
        "settings = Settings(port=0, profiles=folder / 'p', recordings=folder / 'r');"
        "asyncio.run(service.serve(settings, process_pipeline(1), ''))"
    )
    server = await asyncio.create_subprocess_exec(
        sys.executable, "-c", serve, str(tmp_path), cwd=ROOT, stdout=asyncio.subprocess.PIPE
    )
    assert server.stdout is not None
    assert b"ready" in await asyncio.wait_for(server.stdout.readline(), LONG_WAIT_S)
    (worker,) = psutil.Process(server.pid).children()
    server.send_signal(number)
    status = await asyncio.wait_for(server.wait(), WAIT_S)
    assert status == (-signal.SIGKILL if number is signal.SIGKILL else 0)
    await wait_until(lambda: not worker.is_running() or worker.status() == psutil.STATUS_ZOMBIE)


async def test_a_camera_that_disconnects_while_its_frame_is_analysed_leaves_nothing(tmp_path: Path) -> None:
    async with running_server(tmp_path, pipeline=process_pipeline(1)) as server:
        (worker,) = workers()
        os.kill(worker.pid, signal.SIGSTOP)
        async with camera_client(server) as camera:
            await camera.connection.send(frame_bytes(1, jpeg()))
        os.kill(worker.pid, signal.SIGCONT)
        async with camera_client(server) as camera:
            assert (await camera.show(0.5, 0.5))["seq"] == 1
