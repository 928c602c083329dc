"""The workers, and the work that each of them gets. Runs on the event loop; no call waits for a picture.

1. Work is given out when a picture arrives, when a lane opens and when a worker is free. Nothing polls.
2. `Scheduler` decides which pictures a free worker takes.
3. The first worker is ready before the server is. There are at most as many workers as streams, because a stream has
   one frame analysed at a time, and a worker needs memory.
4. Networks are compiled for a batch size when there are enough streams to fill it, because it takes memory. A worker
   does that beside its frames, which it takes one by one until it is done.
5. A worker that ends is replaced at once, and its pictures are `Lost`. When workers end early again and again, each
   next start waits longer.
"""

from __future__ import annotations

import asyncio
import logging
import math
import time
from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from typing import Protocol

from server.inference.jobs import Analyze, Broken, Job, Outcome, Prepare, Ready
from server.inference.pace import Pacer
from server.inference.scheduler import Lane, Scheduler
from server.inference.worker_process import WorkerFailed
from server.metrics import Metrics
from server.protocol.frames import FrameMessage

HEALTHY_S = 5.0  # a worker that has run for so long does not end because of a broken installation
RESTART_S = (0.0, 0.5, 1.0, 2.0, 4.0, 8.0, 15.0, 30.0)  # the wait before the next start, after 1, 2, ... early ends

log = logging.getLogger(__name__)


class Worker(Protocol):
    """Implemented by `WorkerProcess` and by `WorkerThread`."""

    ready: Ready
    ended: asyncio.Future[None]

    def analyze(self, batch: Sequence[Job], jpegs: Sequence[bytes]) -> asyncio.Future[list[Outcome]]: ...

    async def close(self) -> int | None: ...


StartWorker = Callable[[int], Awaitable[Worker]]
"""Starts the worker of this number and waits until it is ready. Raises WorkerFailed."""


class Work(Protocol):
    """A picture on its way. needs_worker: whether it has to be decoded. job: called when its turn comes."""

    @property
    def frame(self) -> FrameMessage: ...

    @property
    def needs_worker(self) -> bool: ...

    def job(self) -> Job: ...

    def settle(self, outcome: Outcome | None) -> None: ...


class WorkerPool:
    def __init__(self, *, start_worker: StartWorker, max_workers: int, metrics: Metrics) -> None:
        self._start_worker = start_worker
        self.metrics = metrics
        self._max_workers = max_workers
        self.pacer = Pacer()
        self._scheduler: Scheduler[Work] = Scheduler()
        self._keepers: list[asyncio.Task[None]] = []  # one for each worker, running or not
        self._n_running = 0
        self._idle: list[Worker] = []
        self._prepared: set[Worker] = set()  # for all their batch sizes
        self._is_preparing = False
        self._n_streams = 0
        metrics.workers.set_function(lambda: self._n_running)
        metrics.pace_fps.set_function(lambda: self.pacer.max_fps or math.inf)
        for picture, urgent in (("frame", True), ("overview", False)):
            count = partial(self._scheduler.n_waiting, urgent=urgent)
            metrics.pictures_waiting.labels(picture).set_function(count)

    @property
    def n_running(self) -> int:
        """The workers that run now."""
        return self._n_running

    async def open(self) -> None:
        """Starts the first worker and waits until it is ready. Raises WorkerFailed."""
        first = await self._start_worker(0)
        self._max_workers = min(self._max_workers, first.ready.max_workers or self._max_workers)
        self._keep(first)
        self._grow()

    async def close(self) -> None:
        """Ends the workers. Pictures that are still with one are lost."""
        for keeper in self._keepers:
            keeper.cancel()
        await asyncio.gather(*self._keepers, return_exceptions=True)

    def add_stream(self) -> tuple[Lane[Work], Lane[Work]]:
        """The lanes of a new stream: for frames, for overviews."""
        self._n_streams += 1
        if self._keepers:  # else the first worker still starts
            self._grow()
        return self._scheduler.add(urgent=True), self._scheduler.add(urgent=False)

    def remove_stream(self, lanes: tuple[Lane[Work], Lane[Work]]) -> None:
        self._n_streams -= 1
        for lane in lanes:
            self._scheduler.remove(lane)

    def give_out(self) -> None:
        """Gives what is ready to the workers that are free."""
        self._idle = [worker for worker in self._idle if not worker.ended.done()]
        for worker in [worker for worker in self._idle if self._should_prepare(worker)][:1]:
            self._idle.remove(worker)
            self._prepare(worker)
        while self._idle:
            worker = self._idle[-1]
            batch = self._scheduler.take(worker.ready.batch_sizes if worker in self._prepared else (1,))
            if not batch:
                return
            self._idle.pop()
            self._give(worker, [work for _, work in batch])

    def _should_prepare(self, worker: Worker) -> bool:
        """Only so many streams can fill the largest batch. One worker at a time, so that others can work."""
        largest = worker.ready.batch_sizes[0]
        wanted = 1 < largest <= self._n_streams
        return wanted and worker not in self._prepared and not self._is_preparing

    def _prepare(self, worker: Worker) -> None:
        def finished(answer: asyncio.Future[list[Outcome]]) -> None:
            if answer.cancelled():
                return  # the server stops
            self._is_preparing = False
            if not worker.ended.done():
                self._prepared.add(worker)  # also after a failure, which would come again
            self._idle.append(worker)
            self.give_out()

        self._is_preparing = True
        sizes = [size for size in worker.ready.batch_sizes if size > 1]
        worker.analyze([Prepare(size) for size in sizes], [b""] * len(sizes)).add_done_callback(finished)

    def _grow(self) -> None:
        while len(self._keepers) < min(self._n_streams, self._max_workers):
            self._keep(None)

    def _give(self, worker: Worker, works: Sequence[Work]) -> None:
        batch, began_s = [work.job() for work in works], time.monotonic()
        n_frames = sum(isinstance(job, Analyze) for job in batch)

        def finished(answer: asyncio.Future[list[Outcome]]) -> None:
            if answer.cancelled():
                return  # the server stops
            busy_s = time.monotonic() - began_s
            self.pacer.worked(n_frames, busy_s)
            self.metrics.worker_busy_seconds.inc(busy_s)
            if n_frames:
                self.metrics.batch_frames.observe(n_frames)
                self.metrics.took("analysis", 1000.0 * busy_s)
            problem = answer.exception()
            outcomes = answer.result() if problem is None else [Broken(repr(problem)) for _ in works]
            self._idle.append(worker)
            self.give_out()
            for work, outcome in zip(works, outcomes, strict=True):
                work.settle(outcome)

        worker.analyze(batch, [work.frame.jpeg for work in works]).add_done_callback(finished)

    def _keep(self, worker: Worker | None) -> None:
        number = len(self._keepers)
        self._keepers.append(asyncio.create_task(self._keep_running(number, worker), name=f"inference worker {number}"))

    async def _keep_running(self, number: int, worker: Worker | None) -> None:
        """Runs the worker, and another one whenever it ends."""
        n_ends = 0
        while True:
            started_s = time.monotonic()
            try:
                worker = worker or await self._start_worker(number)
                reason = await self._run(worker)
            except WorkerFailed as problem:
                reason = f"did not start: {problem}"
            except OSError as problem:
                log.error("inference worker %d: %s", number, problem)
                reason = "did not start"
            worker = None
            self.metrics.worker_ends.inc()
            n_ends = 1 if time.monotonic() - started_s >= HEALTHY_S else n_ends + 1
            wait_s = RESTART_S[min(n_ends, len(RESTART_S)) - 1]
            when = f"in {wait_s:g} s, because this was end {n_ends} in a row" if wait_s > 0.0 else "now"
            log.error("inference worker %d %s; another one starts %s", number, reason, when)
            await asyncio.sleep(wait_s)

    async def _run(self, worker: Worker) -> str:
        """Lets the worker work until it ends. Returns how it ended."""
        self._n_running += 1
        self._idle.append(worker)
        if worker.ready.prepared:
            self._prepared.add(worker)
        self.give_out()
        try:
            await worker.ended
        finally:
            self._n_running -= 1
            self._prepared.discard(worker)
            if worker in self._idle:
                self._idle.remove(worker)
            status = await asyncio.shield(worker.close())
        return f"ended with status {status}"
