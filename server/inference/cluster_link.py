"""The server's side of the process that hands frames to a Ray cluster (server/inference/cluster_worker.py).

To the pool, each lane of that process is a worker that takes one frame at a time. So dropping, fairness and pace are
those of workers on this machine, and a frame that waits for its replica delays no other session.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
from collections.abc import Sequence

import msgspec

from server.inference import jobs
from server.inference.cluster_worker import FRAME, OUTCOME
from server.inference.jobs import Job, Outcome, Placed, Ready, Unable, Unanswered
from server.inference.worker import LENGTH
from server.inference.worker_process import APP, CLOSE_S, MAX_ANSWER_BYTES, WorkerFailed

LANES = 8  # of one process, which takes 2 ms for a frame, and can't use more than one core
RETRY_S = 2.0  # between attempts to connect to a cluster that was there before

log = logging.getLogger(__name__)


class ClusterStarter:
    """Starts the workers of a pool: lanes of processes, each of which is started again when it ends."""

    def __init__(self, command: Sequence[str]) -> None:
        self._command = command
        self._links: dict[int, ClusterLink] = {}
        self._starting = asyncio.Lock()

    async def __call__(self, number: int) -> ClusterLane:
        """Raises WorkerFailed when the cluster can't be used at the start. Later it waits until it can be used."""
        process = number // LANES
        async with self._starting:
            if not self._links:
                self._links[process] = await ClusterLink.start(self._command)
            while process not in self._links or self._links[process].ended.done():
                try:
                    self._links[process] = await ClusterLink.start(self._command)
                except WorkerFailed as problem:
                    log.error("no frame is analysed: %s", problem)
                    await asyncio.sleep(RETRY_S)
            return self._links[process].lane(number)


class ClusterLink:
    """A process with a connection to the cluster, until `ended` is done."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        """Use `start`."""
        assert process.stdin is not None
        assert process.stdout is not None
        self.ended: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._process = process
        self._frames, self._answers = process.stdin, process.stdout
        self._lanes: dict[int, ClusterLane] = {}
        self._reading: asyncio.Task[None] | None = None

    @classmethod
    async def start(cls, command: Sequence[str]) -> ClusterLink:
        """Starts the process and waits until it has connected. Raises WorkerFailed."""
        environment = {name: value for name, value in os.environ.items() if name != "PYTHONSAFEPATH"}
        link = cls(
            await asyncio.create_subprocess_exec(
                *command, cwd=APP, env=environment, stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE
            )
        )
        try:
            await link._become_ready()
        except BaseException:
            await link.close()
            raise
        link._reading = asyncio.create_task(link._read())
        return link

    @property
    def pid(self) -> int:
        return self._process.pid

    def lane(self, number: int) -> ClusterLane:
        self._lanes[number] = ClusterLane(self, number)
        return self._lanes[number]

    def send(self, number: int, job: Job, jpeg: bytes) -> None:
        message = jobs.encode([Placed(job, len(jpeg))])
        self._frames.write(FRAME.pack(number, len(message), len(jpeg)) + message + jpeg)

    async def leave(self, number: int) -> int | None:
        """Closes the lane. The process ends with the last one. Returns its exit status."""
        self._lanes.pop(number, None)
        return None if self._lanes else await self.close()

    async def close(self) -> int | None:
        if self._reading is not None:
            self._reading.cancel()
        self._frames.close()
        try:
            await asyncio.wait_for(self._process.wait(), CLOSE_S)
        except asyncio.TimeoutError:
            self._kill()
            await self._process.wait()
        self._end()
        return self._process.returncode

    async def _become_ready(self) -> None:
        try:
            (length,) = LENGTH.unpack(await self._answers.readexactly(LENGTH.size))
            first = jobs.decode_first(await self._answers.readexactly(min(length, MAX_ANSWER_BYTES)))
        except (asyncio.IncompleteReadError, msgspec.ValidationError, msgspec.DecodeError) as problem:
            raise WorkerFailed("it ended while it was connecting; its error is printed above") from problem
        if isinstance(first, Unable):
            raise WorkerFailed(first.reason)
        self.ready: Ready = first

    async def _read(self) -> None:
        """Gives each outcome to its lane, until the process ends."""
        try:
            while True:
                number, length = OUTCOME.unpack(await self._answers.readexactly(OUTCOME.size))
                if length > MAX_ANSWER_BYTES:
                    break
                (outcome,) = jobs.decode_outcomes(await self._answers.readexactly(length))
                if number in self._lanes:
                    self._lanes[number].settle(outcome)
        except (asyncio.IncompleteReadError, ConnectionError, msgspec.ValidationError, msgspec.DecodeError, ValueError):
            pass
        self._end()  # the pool closes the lanes, and with them the process

    def _kill(self) -> None:
        with contextlib.suppress(ProcessLookupError):
            self._process.kill()

    def _end(self) -> None:
        if not self.ended.done():
            self.ended.set_result(None)
        for lane in tuple(self._lanes.values()):
            lane.settle(Unanswered())


class ClusterLane:
    """The pool's `Worker`: takes one frame at a time."""

    def __init__(self, link: ClusterLink, number: int) -> None:
        self.ready = link.ready
        self.ended = link.ended
        self._link = link
        self._number = number
        self._answer: asyncio.Future[list[Outcome]] | None = None

    def analyze(self, batch: Sequence[Job], jpegs: Sequence[bytes]) -> asyncio.Future[list[Outcome]]:
        """`Unanswered` when the cluster has no result in time."""
        self._answer = asyncio.get_running_loop().create_future()
        answer = self._answer
        if self.ended.done():
            self.settle(Unanswered())
        else:
            for job, jpeg in zip(batch, jpegs, strict=True):
                self._link.send(self._number, job, jpeg)
        return answer

    def settle(self, outcome: Outcome) -> None:
        if self._answer is not None and not self._answer.done():
            self._answer.set_result([outcome])

    async def close(self) -> int | None:
        self.settle(Unanswered())
        return await self._link.leave(self._number)
