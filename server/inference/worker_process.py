"""The server's side of one worker process (server/inference/worker.py)."""

from __future__ import annotations

import asyncio
import contextlib
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

import msgspec

from server.inference import jobs
from server.inference.forks import CannotFork, ForkSocket
from server.inference.jobs import Job, Lost, Outcome, Placed, Ready, Unable, Undecodable
from server.inference.shared_memory import SharedMemory
from server.inference.worker import LENGTH

MAX_DECODE_S = 2.0
"""How long a worker may decode one picture. The largest allowed one takes 0.1 s; more than that is malice."""

MAX_BATCH_S = 60.0  # how long a worker may take for a batch; the networks may have to be compiled for its size first

HUGE_PAGES = "glibc.malloc.hugetlb=1"
"""Large arrays in huge pages, where Linux has them: the networks' weights are all read for each frame, which takes 4 %
less time with them, and 2 MB more memory. Other systems ignore it."""

CLOSE_S = 2.0  # how long a worker may take to end after its input is closed
MAX_ANSWER_BYTES = 4 * 1024 * 1024  # the outcomes of a batch; one has 8 kB
WORKER = (sys.executable, "-m", "server.inference.worker")
CLUSTER_WORKER = (sys.executable, "-m", "server.inference.cluster_worker")
# The folder of our packages. The current folder may have other modules of the same names.
APP = Path(__file__).resolve().parents[2]


def usable_cores() -> list[int]:
    """The numbers of the cores that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return sorted(os.sched_getaffinity(0))
    return list(range(os.cpu_count() or 1))


class WorkerFailed(Exception):  # noqa: N818
    """The worker ended before it was ready, or could not load the networks."""


class _Process(Protocol):
    """Implemented by `_Child` and by `forks.ForkedProcess`."""

    @property
    def pid(self) -> int: ...

    def write(self, data: bytes) -> None: ...

    def close_input(self) -> None: ...

    def kill(self) -> None: ...

    def status(self) -> int | None: ...

    def close(self) -> None: ...


class _Child:
    """A process that we started."""

    def __init__(self, transport: asyncio.SubprocessTransport) -> None:
        self._transport = transport

    @property
    def pid(self) -> int:
        pid: int = self._transport.get_pid()
        return pid

    def write(self, data: bytes) -> None:
        stdin = self._transport.get_pipe_transport(0)
        assert isinstance(stdin, asyncio.WriteTransport)
        stdin.write(data)

    def close_input(self) -> None:
        stdin = self._transport.get_pipe_transport(0)
        if stdin is not None:
            stdin.close()

    def kill(self) -> None:
        with contextlib.suppress(ProcessLookupError):
            self._transport.kill()

    def status(self) -> int | None:
        return self._transport.get_returncode()

    def close(self) -> None:
        self._transport.close()


class WorkerProcess(asyncio.SubprocessProtocol):
    """A worker that runs, until `ended` is done."""

    ready: Ready

    def __init__(self, memory: SharedMemory) -> None:
        """Use `start`."""
        loop = asyncio.get_running_loop()
        self.ended: asyncio.Future[None] = loop.create_future()
        self._memory = memory
        self._process: _Process | None = None
        self._forks: ForkSocket | None = None
        self._first: asyncio.Future[Ready | Unable] = loop.create_future()
        self._exited = asyncio.Event()
        self._received = bytearray()
        self._answer: asyncio.Future[list[Outcome]] | None = None
        self._n_jobs = 0
        self._limit: asyncio.TimerHandle | None = None
        self._endless: int | None = None  # the number of the picture whose decoding took too long

    @classmethod
    async def start(cls, command: Sequence[str], core: int | None) -> WorkerProcess:
        """Starts a worker and waits until it is ready. Raises WorkerFailed."""
        memory = SharedMemory.create()
        worker = cls(memory)
        worker._forks = forks = ForkSocket.where_possible()
        place = ["--memory", memory.handle, *([] if core is None else ["--core", str(core)])]
        place += [] if forks is None else ["--forks", str(forks.inherited)]
        inherited = [*memory.inherited, *([] if forks is None else [forks.inherited])]
        # With PYTHONSAFEPATH, -m would not find our packages in the current folder.
        environment = {name: value for name, value in os.environ.items() if name != "PYTHONSAFEPATH"}
        tunables = [environment["GLIBC_TUNABLES"]] if "GLIBC_TUNABLES" in environment else []
        environment["GLIBC_TUNABLES"] = ":".join([*tunables, HUGE_PAGES])
        try:
            await asyncio.get_running_loop().subprocess_exec(
                lambda: worker, *command, *place, cwd=APP, env=environment, stderr=None, pass_fds=inherited
            )
            if forks is not None:
                forks.handed_over()
            await worker._become_ready()
        except BaseException:
            await worker.close()
            raise
        return worker

    async def fork(self, core: int | None) -> WorkerProcess:
        """A worker that shares the memory of this one (server/inference/forks.py). Raises CannotFork, WorkerFailed."""
        if self._forks is None:
            raise CannotFork("this system has no forks")
        memory = SharedMemory.create()
        worker = WorkerProcess(memory)
        try:
            (file,) = memory.inherited
            worker._process = await self._forks.fork(core, file, worker)
            await worker._become_ready()
        except BaseException:
            await worker.close()
            raise
        return worker

    async def _become_ready(self) -> None:
        first = await self._first
        if isinstance(first, Unable):
            raise WorkerFailed(first.reason)
        self.ready = first

    @property
    def pid(self) -> int:
        assert self._process is not None
        return self._process.pid

    def analyze(self, batch: Sequence[Job], jpegs: Sequence[bytes]) -> asyncio.Future[list[Outcome]]:
        """One outcome for each job, all of them `Lost` when the worker ends before. One batch at a time."""
        loop = asyncio.get_running_loop()
        self._answer = loop.create_future()
        self._n_jobs = len(batch)
        if self.ended.done() or self._process is None:
            self._settle([Lost()] * len(batch))
            return self._answer
        for slot, jpeg in enumerate(jpegs):
            self._memory.put(slot, jpeg)
        message = jobs.encode([Placed(job, len(jpeg)) for job, jpeg in zip(batch, jpegs, strict=True)])
        answer = self._answer
        self._limit = loop.call_later(MAX_DECODE_S, self._check_progress, None, loop.time())
        self._process.write(LENGTH.pack(len(message)) + message)
        return answer

    async def close(self) -> int | None:
        """Ends the process, if it runs, and frees the shared memory. Returns the exit status."""
        self._first.cancel()  # `start` no longer waits for it
        status = None
        if self._process is not None:
            self._process.close_input()
            try:
                await asyncio.wait_for(self._exited.wait(), CLOSE_S)
            except asyncio.TimeoutError:
                self._process.kill()
                await self._exited.wait()
            status = self._process.status()
            self._process.close()
        if self._forks is not None:
            self._forks.close()
        self._memory.close()
        return status

    # asyncio.SubprocessProtocol

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.SubprocessTransport)
        self._process = _Child(transport)

    def pipe_data_received(self, fd: int, data: bytes) -> None:
        self._received += data
        while len(self._received) >= LENGTH.size:
            (length,) = LENGTH.unpack_from(self._received)
            end = LENGTH.size + length
            if length > MAX_ANSWER_BYTES:
                self._kill()
                return
            if len(self._received) < end:
                return
            message = bytes(memoryview(self._received)[LENGTH.size : end])
            del self._received[:end]
            try:
                self._take(message)
            except (msgspec.ValidationError, msgspec.DecodeError):
                self._kill()  # the answer is not one of ours: a broken decoder may have changed the process

    def pipe_connection_lost(self, fd: int, exc: Exception | None) -> None:
        self._end()

    def process_exited(self) -> None:
        self._exited.set()
        self._end()

    def _take(self, message: bytes) -> None:
        if not self._first.done():
            self._first.set_result(jobs.decode_first(message))
            return
        outcomes = jobs.decode_outcomes(message)
        if len(outcomes) != self._n_jobs:
            raise msgspec.ValidationError(f"{self._n_jobs} jobs, {len(outcomes)} outcomes")
        self._settle(outcomes)

    def _settle(self, outcomes: list[Outcome]) -> None:
        if self._limit is not None:
            self._limit.cancel()
            self._limit = None
        if self._answer is not None and not self._answer.done():
            self._answer.set_result(outcomes)

    def _check_progress(self, decoded_before: int | None, began_s: float) -> None:
        """Ends the worker if it still decodes the picture of the check before."""
        loop, decoding = asyncio.get_running_loop(), self._memory.decoding
        if decoding is not None and decoding == decoded_before:
            self._endless = decoding
            self._kill()
        elif loop.time() - began_s >= MAX_BATCH_S:
            self._kill()
        else:
            self._limit = loop.call_later(MAX_DECODE_S, self._check_progress, decoding, began_s)

    def _kill(self) -> None:
        if self._process is not None:
            self._process.kill()

    def _end(self) -> None:
        """The process has ended, or ends: it has closed a pipe."""
        if not self.ended.done():
            self.ended.set_result(None)
        if not self._first.done():
            self._first.set_exception(WorkerFailed("it ended while it was loading; its error is printed above"))
        too_long = Undecodable(f"decoding the JPEG takes longer than {MAX_DECODE_S:g} s", ended_worker=True)
        self._settle([too_long if number == self._endless else Lost() for number in range(self._n_jobs)])
