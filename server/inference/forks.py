"""Forks of a worker, the server's side. Linux only.

A fork shares the networks and modules of its worker in memory: it takes 25 MB and some milliseconds, a new process
120 MB and seconds.

1. The server asks through a socket (`ForkSocket`). It sends the core, and the files that will be the fork's input,
   output and shared memory.
2. The worker forks itself between two batches (server/inference/worker.py) and answers with the fork's number.
3. `ForkedProcess` is the server's handle. The fork is a child of its worker, so the system reports its end through a
   file (pidfd), not to the server as its parent.
4. When its worker ends, the fork continues as a child of the server (prctl(2), PR_SET_CHILD_SUBREAPER).
"""

from __future__ import annotations

import asyncio
import contextlib
import ctypes
import os
import signal
import socket
import sys
from typing import TYPE_CHECKING

from server.inference.worker import CORE, PID

if TYPE_CHECKING:
    from server.inference.worker_process import WorkerProcess

_PR_SET_CHILD_SUBREAPER = 36


class CannotFork(Exception):  # noqa: N818
    """The worker did not fork: it has ended, or the system has too few resources."""


class ForkSocket:
    """Two ends of a socket: the server's, and the one that the worker inherits."""

    def __init__(self) -> None:
        self._ours, self._theirs = socket.socketpair()
        self._ours.setblocking(False)
        self._turn = asyncio.Lock()  # one answer at a time

    @classmethod
    def where_possible(cls) -> ForkSocket | None:
        if sys.platform != "linux" or not hasattr(os, "pidfd_open"):
            return None
        try:
            os.close(os.pidfd_open(os.getpid()))
        except OSError:  # before Linux 5.3, or forbidden in a container
            return None
        ctypes.CDLL(None).prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
        return cls()

    @property
    def inherited(self) -> int:
        """The file descriptor for the worker."""
        return self._theirs.fileno()

    def handed_over(self) -> None:
        """The worker has its end now."""
        self._theirs.close()

    async def fork(self, core: int | None, memory: int, worker: WorkerProcess) -> ForkedProcess:
        """A fork whose output goes to `worker`. memory: the file of its shared memory. Raises CannotFork."""
        their_input, our_output = os.pipe()
        our_input, their_output = os.pipe()
        try:
            async with self._turn:
                message = CORE.pack(-1 if core is None else core)
                socket.send_fds(self._ours, [message], [their_input, their_output, memory])
                answer = await asyncio.get_running_loop().sock_recv(self._ours, PID.size)
            if len(answer) < PID.size:
                raise CannotFork("its worker has ended")
            (pid,) = PID.unpack(answer)
            process = ForkedProcess(pid, os.pidfd_open(pid), worker)
        except (OSError, CannotFork) as problem:
            os.close(our_input)
            os.close(our_output)
            raise problem if isinstance(problem, CannotFork) else CannotFork("the system made no fork") from problem
        finally:
            os.close(their_input)
            os.close(their_output)
        await process.connect(our_input, our_output)
        return process

    def close(self) -> None:
        self._ours.close()
        self._theirs.close()


class ForkedProcess:
    """A process that is not our child, with a pipe in each direction."""

    def __init__(self, pid: int, pidfd: int, worker: WorkerProcess) -> None:
        self.pid = pid
        self._pidfd = pidfd
        self._worker = worker
        self._input: asyncio.ReadTransport | None = None
        self._output: asyncio.WriteTransport | None = None
        asyncio.get_running_loop().add_reader(pidfd, self._exited)

    async def connect(self, our_input: int, our_output: int) -> None:
        loop = asyncio.get_running_loop()
        self._input, _ = await loop.connect_read_pipe(lambda: _Pipe(self._worker), os.fdopen(our_input, "rb", 0))
        self._output, _ = await loop.connect_write_pipe(lambda: _Pipe(self._worker), os.fdopen(our_output, "wb", 0))

    def write(self, data: bytes) -> None:
        if self._output is not None:
            self._output.write(data)

    def close_input(self) -> None:
        if self._output is not None:
            self._output.close()

    def kill(self) -> None:
        if self._pidfd >= 0:
            with contextlib.suppress(ProcessLookupError):
                signal.pidfd_send_signal(self._pidfd, signal.SIGKILL)

    def status(self) -> int | None:
        return None  # only its parent knows

    def close(self) -> None:
        for transport in (self._input, self._output):
            if transport is not None:
                transport.close()
        self._forget()

    def _exited(self) -> None:
        with contextlib.suppress(ChildProcessError):  # it is a child of its worker
            os.waitid(os.P_PIDFD, self._pidfd, os.WEXITED | os.WNOHANG)
        self._forget()
        self._worker.process_exited()

    def _forget(self) -> None:
        if self._pidfd >= 0:
            asyncio.get_running_loop().remove_reader(self._pidfd)
            os.close(self._pidfd)
            self._pidfd = -1


class _Pipe(asyncio.Protocol):
    def __init__(self, worker: WorkerProcess) -> None:
        self._worker = worker

    def data_received(self, data: bytes) -> None:
        self._worker.pipe_data_received(1, data)

    def connection_lost(self, exc: Exception | None) -> None:
        self._worker.pipe_connection_lost(1, exc)
