"""Work outside the event loop: decoding, landmarks and networks in the workers, fits and files in a thread."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any, TypeVar

from server.inference.pool import StartWorker, WorkerPool
from server.inference.stream import InferenceStream
from server.metrics import Metrics

T = TypeVar("T")


class Pipeline:
    """The workers and the background thread."""

    def __init__(self, *, start_worker: StartWorker, max_workers: int, hfov_deg: float) -> None:
        """hfov_deg: the camera's field of view unless the page sends one."""
        self.metrics = Metrics()
        self._pool = WorkerPool(start_worker=start_worker, max_workers=max_workers, metrics=self.metrics)
        self._hfov_deg = hfov_deg
        self._background = ThreadPoolExecutor(max_workers=1, thread_name_prefix="background")

    async def open(self) -> None:
        """Starts the first worker and waits until it is ready. Raises WorkerFailed."""
        await self._pool.open()

    @property
    def is_ready(self) -> bool:
        """Whether a worker runs that has answered."""
        return self._pool.n_running > 0

    def open_stream(self) -> InferenceStream:
        return InferenceStream(self._pool, self._hfov_deg)

    def in_background(self, work: Callable[..., T], *args: Any) -> Future[T]:
        """Runs fits and file access in the background thread. They may take seconds and must not delay frames."""
        return self._background.submit(work, *args)

    async def close(self) -> None:
        """Ends the workers, and the thread after its current work."""
        await self._pool.close()
        self._background.shutdown(wait=True)  # waits until profiles are written
