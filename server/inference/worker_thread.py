"""A worker in a thread of the server's process. Its analyzer can be an object of a test."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor

from server.inference.engine import Engine
from server.inference.jobs import Job, Outcome, Ready


class WorkerThread:
    """Creates its engine in the thread, for the first batch. `ended` is never done."""

    def __init__(self, create_engine: Callable[[], Engine], ready: Ready) -> None:
        self.ready = ready
        self.ended: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._create_engine = create_engine
        self._engine: Engine | None = None
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="inference")

    def analyze(self, batch: Sequence[Job], jpegs: Sequence[bytes]) -> asyncio.Future[list[Outcome]]:
        return asyncio.get_running_loop().run_in_executor(self._thread, self._run, batch, jpegs)

    def _run(self, batch: Sequence[Job], jpegs: Sequence[bytes]) -> list[Outcome]:
        if self._engine is None:
            self._engine = self._create_engine()
        return self._engine.run(batch, jpegs)

    async def close(self) -> int | None:
        await asyncio.to_thread(self._thread.shutdown, cancel_futures=True)
        return None
