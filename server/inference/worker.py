"""A worker process: takes batches of JPEGs and answers with what the models find in them.

    python -m server.inference.worker --memory HANDLE [--core N] --device cpu --network fast

1. The server starts it (server/inference/worker_process.py) and shares memory with it, in which the JPEGs lie.
2. It loads the networks, analyses a grey picture, and answers with Ready, or with Unable if it can't.
3. Standard input brings batches and standard output takes their outcomes, each with its length before it, as 4 bytes.
4. It ends when its standard input closes, so no worker outlives its server, however that ends.
5. On Linux the server can ask it for a fork (server/inference/forks.py), which continues like this with an input, an
   output and a shared memory of its own.

It imports what the analysis needs, not the rest of the server: every worker would hold a copy in memory.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import select
import signal
import socket
import struct
import sys
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from server.inference import jobs
from server.inference.engine import Engine
from server.inference.shared_memory import SharedMemory

if TYPE_CHECKING:
    from models.face.tracking import LandmarksName
    from models.predictor import NetworkName

LENGTH = struct.Struct("<I")
CORE, PID = struct.Struct("<i"), struct.Struct("<i")  # of a request for a fork, and its answer; core -1: any
COMPILING_MS = 100.0
CPU_BATCH_SIZES = (4, 1)
"""On a CPU, a face takes a third less time in a batch of four than alone. Pairs gain half of that for as much memory.
Each size takes 70 MB, and a second to compile."""

GPU_BATCH_SIZES = tuple(range(16, 0, -1))  # models/torch_runtime.py is prepared for all of them


@dataclass(frozen=True, slots=True)
class Loaded:
    """What a worker runs, and what it says of itself."""

    engine: Engine
    ready: jobs.Ready


class LoadFailed(Exception):  # noqa: N818
    """The networks can't be loaded. The text says what to do."""


def main(argv: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="python -m server.inference.worker")
    add_place_options(parser)
    parser.add_argument("--device", required=True)
    parser.add_argument("--network", required=True)
    parser.add_argument("--landmarks", required=True)
    options = parser.parse_args(argv)
    work(options, lambda pin: load(options.device, options.network, options.landmarks, pin))


def add_place_options(parser: argparse.ArgumentParser) -> None:
    """Adds the options of every worker, which `worker_process` gives."""
    parser.add_argument("--memory", required=True, help="the handle of the shared memory")
    parser.add_argument("--core", type=int, help="the core to stay on")
    parser.add_argument("--forks", type=int, help="the socket on which the server asks for forks")


def work(place: argparse.Namespace, load: Callable[[Callable[[], None]], Loaded]) -> None:
    """Serves the server until it closes the standard input.

    load: gets a function that keeps this process on its core, to be called before threads start.
    """
    for name in ("SIGINT", "SIGHUP"):  # Ctrl-C and a closed terminal reach all processes; the server ends its workers
        if hasattr(signal, name):
            signal.signal(getattr(signal, name), signal.SIG_IGN)
    answers = os.dup(1)
    os.dup2(2, 1)  # what a library prints must not mix with the answers
    end_with_the_server()
    try:
        loaded = load(lambda: _stay_on(place.core))
    except LoadFailed as problem:
        _write(answers, jobs.encode(jobs.Unable(str(problem))))
        return
    memory = SharedMemory.open(place.memory)
    forks = None if place.forks is None else socket.socket(fileno=place.forks)
    if hasattr(signal, "SIGCHLD"):
        signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # a fork that ends leaves no zombie
    _write(answers, jobs.encode(loaded.ready))
    while True:
        if _asks_for_fork(forks, loaded.engine):
            assert forks is not None
            fork = _fork(forks)
            if fork is not None:
                memory.close()
                os.close(answers)  # else the server would not notice the end of the other process
                memory, answers, forks = fork.memory, fork.answers, None
                end_with_the_server()
                _write(answers, jobs.encode(loaded.ready))
            continue
        message = _read()
        if message is None:
            return
        batch = jobs.decode_jobs(message)
        jpegs = [bytes(memory.get(slot, placed.n_bytes)) for slot, placed in enumerate(batch)]
        outcomes = loaded.engine.run([placed.job for placed in batch], jpegs, memory.set_decoding)
        _write(answers, jobs.encode(outcomes))


def _asks_for_fork(forks: socket.socket | None, engine: Engine) -> bool:
    """Waits for a batch or for a request to fork, and returns whether it is the latter. Without forks it does not wait.

    While a thread compiles, there is no fork: it would have the locks that the thread holds, and not the thread.
    """
    while forks is not None:
        compiles = any(thread.is_alive() for thread in engine.compiling)
        waiting = select.poll()
        waiting.register(0, select.POLLIN)
        if not compiles:
            waiting.register(forks, select.POLLIN)
        ready = [file for file, _ in waiting.poll(COMPILING_MS if compiles else None)]
        if ready:
            return 0 not in ready
    return False


@dataclass(frozen=True, slots=True)
class _Fork:
    """What the fork has of its own. answers: its output."""

    memory: SharedMemory
    answers: int


def _fork(forks: socket.socket) -> _Fork | None:
    """None in the process that continues as before."""
    message, files, _, _ = socket.recv_fds(forks, CORE.size, 3)
    if len(files) < 3:
        return None  # the server has ended; the input closes, too
    pid = os.fork()
    if pid != 0:
        for file in files:
            os.close(file)
        forks.sendall(PID.pack(pid))
        return None
    forks.close()
    (core,) = CORE.unpack(message)
    _stay_on(None if core < 0 else core)
    os.dup2(files[0], 0)
    os.close(files[0])
    return _Fork(SharedMemory.open(str(files[2])), files[1])


def _stay_on(core: int | None) -> None:
    if core is not None and hasattr(os, "sched_setaffinity"):
        with contextlib.suppress(OSError):  # the core was taken from us since the server started
            os.sched_setaffinity(0, {core})


def end_with_the_server() -> None:
    """Ends this process when the server has ended, also in the middle of a picture."""
    if not hasattr(select, "poll"):
        return  # Windows: ends after its batch

    def wait_for_end() -> None:
        closed = select.poll()
        closed.register(0, 0)  # reports only that the other side is closed
        closed.poll()
        os._exit(0)

    threading.Thread(target=wait_for_end, daemon=True, name="end with the server").start()


def _read() -> bytes | None:
    """The next message. None when the server has closed the pipe."""
    header = read_bytes(LENGTH.size)
    return None if header is None else read_bytes(LENGTH.unpack(header)[0])


def read_bytes(n: int) -> bytes | None:
    """From standard input. None when the server has closed it."""
    data = b""
    while len(data) < n:
        part = os.read(0, n - len(data))
        if not part:
            return None
        data += part
    return data


def _write(file: int, message: bytes) -> None:
    write_bytes(file, LENGTH.pack(len(message)) + message)


def write_bytes(file: int, data: bytes) -> None:
    left = memoryview(data)
    while left:
        left = left[os.write(file, left) :]


def load(device: str, network: NetworkName, landmarks: LandmarksName, pin: Callable[[], None]) -> Loaded:
    """The committed networks, used once, because first use takes longer. Raises LoadFailed."""
    try:
        from models.analyzer import create_analyzer
    except ImportError as problem:
        if "libGL" not in str(problem):
            raise
        raise LoadFailed(_headless_advice(problem)) from problem
    from models.checkpoints import CheckpointError
    from models.face.detector import FaceDetector
    from models.predictor import choose_device, load_predictor

    try:
        chosen = choose_device(device)
        if chosen == "cpu":
            pin()
        engine = Engine(create_analyzer(load_predictor(chosen, network), chosen, landmarks), FaceDetector())
    except OSError as problem:
        from calibration.profiles.disk import file_problem  # only here: a worker does without calibration

        raise LoadFailed(file_problem(problem)) from problem
    except (CheckpointError, ValueError) as problem:
        raise LoadFailed(str(problem)) from problem
    engine.warm_up()
    if chosen == "cuda":  # one queue of work
        return Loaded(engine, jobs.Ready(GPU_BATCH_SIZES, prepared=True, max_workers=1))
    if landmarks == "mediapipe":  # its graphs have state, which has to be in one process
        return Loaded(engine, jobs.Ready((1,), prepared=True, max_workers=1))
    return Loaded(engine, jobs.Ready(CPU_BATCH_SIZES, prepared=False, max_workers=None))


def _headless_advice(problem: ImportError) -> str:
    """MediaPipe installs the OpenCV with windows into the folder of the headless one. The last installed one counts."""
    from importlib.metadata import version

    headless = f"opencv-python-headless=={version('opencv-python-headless')}"
    return (
        f"OpenCV needs a desktop library that is missing ({problem}). Replace OpenCV with its headless version: "
        f"{sys.executable} -m pip install --force-reinstall --no-deps {headless}"
    )


if __name__ == "__main__":
    main()
