from __future__ import annotations

import asyncio
import contextlib
import gc
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import psutil
import pytest

from models.face.camera import CameraIntrinsics
from server.inference import worker_process
from server.inference.forks import CannotFork, ForkSocket
from server.inference.jobs import Analyze, Analyzed, Count, Counted, Lost, Ready, Undecodable, encode
from server.inference.shared_memory import MAX_BATCH, SharedMemory
from server.inference.worker import LENGTH, LoadFailed, load
from server.inference.worker_process import WorkerFailed, WorkerProcess
from server.inference.worker_starter import WorkerStarter
from tests.support.paths import ROOT
from tests.support.server import NOW_MS, OWN_FACE, jpeg
from tests.support.times import WAIT_S, wait_until
from tests.support.workers import COLOUR_WORKER, endless_jpeg

ANALYZE = Analyze(64, 48, CameraIntrinsics.from_field_of_view(64, 48), NOW_MS, None)
ENDLESS = Analyze(2000, 2000, ANALYZE.intrinsics, NOW_MS, None)
needs_forks = pytest.mark.skipif(sys.platform != "linux", reason="only Linux has forks of workers")
needs_signals = pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGSTOP and no SIGKILL")


@contextlib.asynccontextmanager
async def running(*options: str) -> AsyncIterator[WorkerProcess]:
    worker = await WorkerProcess.start((*COLOUR_WORKER, *options), None)
    try:
        yield worker
    finally:
        await worker.close()


async def test_a_worker_answers_each_job_and_what_it_prints_does_not_matter() -> None:
    async with running() as worker:
        assert worker.ready == Ready((4, 1), True, None)
        for x in (0.2, 0.8):
            seen, counted, broken = await worker.analyze(
                [ANALYZE, Count(64, 48), ANALYZE], [jpeg(x, 0.5), jpeg(), jpeg()[:-2]]
            )
            assert isinstance(seen, Analyzed)
            assert seen.analysis.features is not None
            assert seen.analysis.features.yaw_rad == pytest.approx(0.5 * (x - 0.5), abs=0.01)
            assert counted == Counted((OWN_FACE,))
            assert isinstance(broken, Undecodable)
            assert not broken.ended_worker


async def test_the_track_of_a_frame_goes_to_the_next_one() -> None:
    async with running() as worker:
        (seen,) = await worker.analyze([ANALYZE], [jpeg()])
        assert isinstance(seen, Analyzed)
        (again,) = await worker.analyze([Analyze(64, 48, ANALYZE.intrinsics, NOW_MS + 1.0, seen.track)], [jpeg()])
        assert isinstance(again, Analyzed)
        assert seen.track is not None
        assert again.track is not None
        assert again.track.captured_ms == seen.track.captured_ms + 1.0


@needs_signals
async def test_the_pictures_of_a_killed_worker_are_lost() -> None:
    async with running() as worker:
        os.kill(worker.pid, signal.SIGSTOP)
        outcomes = worker.analyze([ANALYZE, ANALYZE], [jpeg(), jpeg()])
        os.kill(worker.pid, signal.SIGKILL)
        assert await asyncio.wait_for(outcomes, WAIT_S) == [Lost(), Lost()]
        await asyncio.wait_for(worker.ended, WAIT_S)
        assert await worker.analyze([ANALYZE], [jpeg()]) == [Lost()]
        assert await worker.close() == -signal.SIGKILL


@needs_signals
async def test_a_worker_that_is_killed_while_it_waits_has_ended() -> None:
    async with running() as worker:
        os.kill(worker.pid, signal.SIGKILL)
        await asyncio.wait_for(worker.ended, WAIT_S)


async def test_a_picture_that_takes_too_long_ends_its_worker_and_is_undecodable(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(worker_process, "MAX_DECODE_S", 0.5)
    async with running() as worker:
        outcomes = await asyncio.wait_for(worker.analyze([ANALYZE, ENDLESS], [jpeg(), endless_jpeg()]), WAIT_S)
        await asyncio.wait_for(worker.ended, WAIT_S)
    assert outcomes == [Lost(), Undecodable("decoding the JPEG takes longer than 0.5 s", ended_worker=True)]


async def test_a_worker_that_cannot_load_says_why() -> None:
    with pytest.raises(WorkerFailed, match="the weights are gone"):
        await WorkerProcess.start((*COLOUR_WORKER, "--unable", "the weights are gone"), None)


async def test_a_worker_that_ends_while_it_loads_has_failed() -> None:
    with pytest.raises(WorkerFailed, match="while it was loading"):
        await WorkerProcess.start((*COLOUR_WORKER, "--dies"), None)


async def test_a_start_that_is_cancelled_leaves_no_process() -> None:
    others = set(psutil.Process().children())  # servers of other tests in this process
    starting = asyncio.create_task(WorkerProcess.start(COLOUR_WORKER, None))
    await wait_until(lambda: set(psutil.Process().children()) > others)
    starting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await starting
    assert set(psutil.Process().children()) <= others


@pytest.mark.parametrize(
    "lies", [b"\x04\x00\x00\x00lies", b"\xff\xff\xff\x7f", LENGTH.pack(len(encode([]))) + encode([])]
)
async def test_a_worker_whose_answer_is_none_of_ours_is_ended(lies: bytes) -> None:
    ready = encode(Ready((1,), True, None))
    script = (
        f"import os; os.write(1, {LENGTH.pack(len(ready)) + ready!r}); os.read(0, 1); os.write(1, {lies!r}); "
        "[None for _ in iter(lambda: os.read(0, 999), b'')]"
    )
    worker = await WorkerProcess.start((sys.executable, "-c", script), None)
    assert await asyncio.wait_for(worker.analyze([ANALYZE], [jpeg()]), WAIT_S) == [Lost()]
    await asyncio.wait_for(worker.ended, WAIT_S)
    assert await worker.close() != 0


@pytest.mark.skipif(not hasattr(os, "sched_getaffinity"), reason="this system does not pin")
async def test_a_worker_stays_on_its_core() -> None:
    core = worker_process.usable_cores()[-1]
    worker = await WorkerProcess.start(COLOUR_WORKER, core)
    assert os.sched_getaffinity(worker.pid) == {core}
    await worker.close()


@needs_signals
@pytest.mark.parametrize("picture", ["none", "endless"])
@pytest.mark.parametrize("forked", [False, pytest.param(True, marks=needs_forks)])
async def test_a_killed_server_leaves_no_worker_not_even_one_that_is_decoding(picture: str, forked: bool) -> None:
    """The server is a process that starts one worker, or one and its fork."""
    script = f"""
import asyncio
from server.inference import worker_process
from tests.server.inference.test_worker_process import ENDLESS, COLOUR_WORKER, endless_jpeg

async def serve():
    worker_process.MAX_DECODE_S = 1000.0
    worker = await worker_process.WorkerProcess.start(COLOUR_WORKER, None)
    if {forked}:
        worker = await worker.fork(None)
    if {picture == "endless"}:
        answer = worker.analyze([ENDLESS], [endless_jpeg(100_000)])
        while worker._memory.decoding is None:
            await asyncio.sleep(0.01)
    print(worker.pid, flush=True)
    await asyncio.Event().wait()

asyncio.run(serve())
"""
    server = await asyncio.create_subprocess_exec(
        sys.executable, "-c", script, cwd=ROOT, stdout=asyncio.subprocess.PIPE
    )
    assert server.stdout is not None
    worker = psutil.Process(int(await server.stdout.readline()))
    server.kill()
    await server.wait()
    await wait_until(lambda: not worker.is_running() or worker.status() == psutil.STATUS_ZOMBIE)


@needs_signals
async def test_ctrl_c_and_a_closed_terminal_do_not_end_a_worker_before_its_server() -> None:
    async with running() as worker:
        for number in (signal.SIGINT, signal.SIGHUP):
            os.kill(worker.pid, number)
        (seen,) = await worker.analyze([ANALYZE], [jpeg()])
        assert isinstance(seen, Analyzed)


@contextlib.asynccontextmanager
async def with_fork() -> AsyncIterator[tuple[WorkerProcess, WorkerProcess]]:
    """A worker and its fork."""
    async with running() as worker:
        fork = await worker.fork(None)
        try:
            yield worker, fork
        finally:
            await fork.close()


async def place_of_gaze(worker: WorkerProcess, x: float) -> float:
    (seen,) = await asyncio.wait_for(worker.analyze([ANALYZE], [jpeg(x, 0.5)]), WAIT_S)
    assert isinstance(seen, Analyzed)
    assert seen.analysis.features is not None
    return 2.0 * seen.analysis.features.yaw_rad + 0.5


@needs_forks
async def test_a_worker_and_its_fork_answer_each_on_its_own() -> None:
    async with with_fork() as (worker, fork):
        assert fork.ready == worker.ready
        assert psutil.Process(fork.pid).ppid() == worker.pid
        found = await asyncio.gather(place_of_gaze(worker, 0.2), place_of_gaze(fork, 0.8))
        assert found == pytest.approx([0.2, 0.8], abs=0.02)
        assert await place_of_gaze(fork, 0.4) == pytest.approx(0.4, abs=0.02)


@needs_forks
async def test_a_fork_goes_on_when_its_worker_is_killed() -> None:
    async with with_fork() as (worker, fork):
        os.kill(worker.pid, signal.SIGKILL)
        await asyncio.wait_for(worker.ended, WAIT_S)
        assert await place_of_gaze(fork, 0.8) == pytest.approx(0.8, abs=0.02)
        assert not fork.ended.done()
        # So it is still found as a process of the server.
        await wait_until(lambda: psutil.Process(fork.pid).ppid() == os.getpid())


@needs_forks
async def test_a_worker_goes_on_when_its_fork_is_killed_and_makes_another_one() -> None:
    async with with_fork() as (worker, fork):
        os.kill(fork.pid, signal.SIGSTOP)
        outcomes = fork.analyze([ANALYZE], [jpeg()])
        os.kill(fork.pid, signal.SIGKILL)
        assert await asyncio.wait_for(outcomes, WAIT_S) == [Lost()]
        await asyncio.wait_for(fork.ended, WAIT_S)
        another = await worker.fork(None)
        assert await place_of_gaze(another, 0.8) == pytest.approx(0.8, abs=0.02)
        await another.close()
        assert await place_of_gaze(worker, 0.2) == pytest.approx(0.2, abs=0.02)


@needs_forks
async def test_a_picture_that_takes_too_long_ends_only_the_fork_that_decodes_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(worker_process, "MAX_DECODE_S", 0.5)
    async with with_fork() as (worker, fork):
        (outcome,) = await asyncio.wait_for(fork.analyze([ENDLESS], [endless_jpeg()]), WAIT_S)
        assert outcome == Undecodable("decoding the JPEG takes longer than 0.5 s", ended_worker=True)
        await asyncio.wait_for(fork.ended, WAIT_S)
        assert not worker.ended.done()


@needs_forks
async def test_a_fork_stays_on_its_own_core() -> None:
    cores = worker_process.usable_cores()
    worker = await WorkerProcess.start(COLOUR_WORKER, cores[0])
    fork = await worker.fork(cores[-1])
    assert os.sched_getaffinity(fork.pid) == {cores[-1]}
    assert os.sched_getaffinity(worker.pid) == {cores[0]}
    await worker.close()
    await fork.close()


@needs_forks
async def test_closed_forks_leave_no_process_and_no_file() -> None:
    async with running() as worker:
        files: list[int] = []
        for _ in range(3):
            fork = await worker.fork(None)
            process = psutil.Process(fork.pid)
            await fork.close()
            await wait_until(lambda process=process: not process.is_running())  # type: ignore[misc]
            files.append(psutil.Process().num_fds() + psutil.Process(worker.pid).num_fds())
        assert files[0] == files[1] == files[2]


@needs_forks
async def test_the_first_worker_of_a_pool_is_a_new_process_and_the_others_are_its_forks() -> None:
    start = WorkerStarter(COLOUR_WORKER, [None])
    first, second = await start(0), await start(1)
    assert psutil.Process(second.pid).ppid() == first.pid
    os.kill(first.pid, signal.SIGKILL)
    await asyncio.wait_for(first.ended, WAIT_S)
    again, third = await start(0), await start(2)
    assert psutil.Process(again.pid).ppid() == os.getpid()
    assert psutil.Process(third.pid).ppid() == again.pid
    for worker in (first, second, again, third):
        await worker.close()


@needs_forks
def test_a_worker_that_compiles_forks_when_it_is_done() -> None:
    """A fork would have the locks of the thread that compiles, and not the thread."""
    script = """
import socket, threading, types
from server.inference.worker import _asks_for_fork

ours, theirs = socket.socketpair()
done = threading.Event()
compiling = threading.Thread(target=done.wait)
compiling.start()
threading.Timer(0.3, done.set).start()
ours.send(b"core")
print(_asks_for_fork(theirs, types.SimpleNamespace(compiling=[compiling])), compiling.is_alive())
"""
    nothing, end = os.pipe()  # an open input without a batch
    asked = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, stdin=nothing, capture_output=True, text=True, check=True
    )
    os.close(nothing)
    os.close(end)
    assert asked.stdout.split() == ["True", "False"]


async def test_without_forks_every_worker_is_a_new_process(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ForkSocket, "where_possible", lambda: None)
    start = WorkerStarter(COLOUR_WORKER, [None])
    workers = [await start(0), await start(1)]
    assert [psutil.Process(worker.pid).ppid() for worker in workers] == [os.getpid()] * 2
    with pytest.raises(CannotFork):
        await workers[0].fork(None)
    for worker in workers:
        await worker.close()


async def test_neither_frames_nor_replaced_workers_leave_memory_behind() -> None:
    batch = [ANALYZE] * 4
    counts: list[tuple[int, int]] = []
    for _ in range(3):
        async with running() as worker:
            for _ in range(250):
                await worker.analyze(batch, [jpeg()] * 4)
        gc.collect()
        counts.append((len(gc.get_objects()), psutil.Process().num_fds() if hasattr(psutil.Process, "num_fds") else 0))
    objects, files = zip(*counts, strict=True)
    assert files[1] == files[2]
    assert objects[2] - objects[1] < 250, counts  # 1000 frames


def test_shared_memory_holds_the_pictures_of_a_batch_for_a_process_with_its_handle() -> None:
    ours = SharedMemory.create()
    pictures = [bytes([number]) * (1000 + number) for number in range(MAX_BATCH)]
    for slot, picture in enumerate(pictures):
        ours.put(slot, picture)
    ours.set_decoding(None)
    script = (
        "import sys; from server.inference.shared_memory import *; m = SharedMemory.open(sys.argv[1]);"
        "print([(len(p := bytes(m.get(i, 1000 + i))), set(p)) for i in range(MAX_BATCH)]); m.set_decoding(7)"
    )
    seen = subprocess.run(
        [sys.executable, "-c", script, ours.handle], cwd=ROOT, pass_fds=ours.inherited, capture_output=True, text=True
    )
    assert seen.stdout.strip() == str([(len(picture), set(picture)) for picture in pictures]), seen.stderr
    assert ours.decoding == 7
    ours.close()
    assert not list(Path("/dev/shm").glob("sightline*"))


def test_a_worker_imports_what_the_analysis_needs_and_not_the_rest_of_the_server() -> None:
    script = (
        "import sys; from server.inference.worker import load; load('cpu', 'fast', 'networks', lambda: None); "
        "print(*(name for name in sys.modules))"
    )
    loaded = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True)
    names = loaded.stdout.split()
    packages = {name.split(".")[0] for name in names}
    assert "numpy" in packages
    assert not packages & {
        "aiohttp",
        "asyncio",
        "calibration",
        "mediapipe",
        "multiprocessing",
        "scipy",
        "sklearn",
        "torch",
        "websockets",
    }
    ours = {".".join(name.split(".")[:2]) for name in names if name.startswith("server.")}
    assert ours <= {"server.errors", "server.inference", "server.settings"}


def test_workers_share_the_frames_of_a_stream_and_mediapipe_s_graphs_stay_in_one_worker() -> None:
    script = (
        "from server.inference.worker import load; "
        "print(*(load('cpu', 'fast', name, lambda: None).ready.max_workers for name in ('networks', 'mediapipe')))"
    )
    loaded = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True)
    assert loaded.stdout == "None 1\n"


def test_a_worker_without_mediapipe_says_which_extra_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "mediapipe", None)
    with pytest.raises(LoadFailed, match=r"pip install 'sightline-gaze\[mediapipe\]'"):
        load("cpu", "fast", "mediapipe", lambda: None)
