"""The Ray Serve deployment that analyses frames for several front ends. Each replica has one engine, in its process.

`sightline cluster` starts it. A replica keeps nothing between frames but the networks, so any of them can take any
frame, and Ray may end or add one at any time. server/inference/cluster_worker.py is the front end's side.
"""

from __future__ import annotations

import asyncio
import os
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import TYPE_CHECKING

from server.inference import jobs
from server.inference.engine import Engine
from server.inference.jobs import Analyze, Job, Outcome
from server.inference.worker import Loaded
from server.inference.worker_process import MAX_DECODE_S

if TYPE_CHECKING:
    from models.predictor import NetworkName

Frame = tuple[bytes, bytes]  # one encoded job, and its JPEG

MAX_BATCH_S = 10.0  # a replica that takes longer for a batch is stuck, and Ray replaces it


class Replica:
    """Takes batches of frames and answers each with its encoded outcome."""

    def __init__(self, load: Callable[[], Loaded]) -> None:
        """load: may take seconds."""
        loaded = load()
        self._engine = loaded.engine
        self._sizes = loaded.ready.batch_sizes
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="engine")  # the engine is not thread-safe
        self._began_s: float | None = None
        self._decoding: tuple[int, float] | None = None  # the number of the picture in its batch, and since when
        threading.Thread(target=self._end_at_endless_picture, daemon=True, name="decoding").start()

    @property
    def max_batch(self) -> int:
        return self._sizes[0]

    async def run(self, frames: Sequence[Frame]) -> list[bytes]:
        self._began_s = time.monotonic()
        try:
            return await asyncio.get_running_loop().run_in_executor(self._thread, self._run, frames)
        finally:
            self._began_s = None

    def check_health(self) -> None:
        """Ray calls it every few seconds and replaces the replica when it raises RuntimeError."""
        if self._began_s is not None and time.monotonic() - self._began_s > MAX_BATCH_S:
            raise RuntimeError(f"a batch takes longer than {MAX_BATCH_S:g} s")

    def _run(self, frames: Sequence[Frame]) -> list[bytes]:
        batch: list[tuple[Job, bytes]] = []
        for message, jpeg in frames:
            (placed,) = jobs.decode_jobs(message)
            batch.append((placed.job, jpeg))
        outcomes: dict[int, Outcome] = {}
        for numbers in chunks([isinstance(job, Analyze) for job, _ in batch], self._sizes):
            found = self._engine.run(
                [batch[n][0] for n in numbers], [batch[n][1] for n in numbers], self._note_decoding
            )
            outcomes.update(zip(numbers, found, strict=True))
        return [jobs.encode([outcomes[number]]) for number in range(len(batch))]

    def _note_decoding(self, number: int | None) -> None:
        self._decoding = None if number is None else (number, time.monotonic())

    def _end_at_endless_picture(self) -> None:
        """Ends this process when a picture takes too long to decode, as the server ends a worker. Its frames are
        `Lost`, so its session has to wait."""
        while True:
            time.sleep(MAX_DECODE_S / 4.0)
            decoding = self._decoding
            if decoding is not None and time.monotonic() - decoding[1] > MAX_DECODE_S:
                os._exit(1)


def chunks(is_frame: Sequence[bool], sizes: Sequence[int]) -> list[list[int]]:
    """The numbers of the pictures that the engine takes together: an overview alone, frames in these sizes.

    sizes: for which the networks are compiled, the largest first, the last one is 1. Another size would be compiled
    now, while frames wait.
    """
    found = [[number] for number, frame in enumerate(is_frame) if not frame]
    left = [number for number, frame in enumerate(is_frame) if frame]
    while left:
        size = next(size for size in sizes if size <= len(left))
        found.append(left[:size])
        left = left[size:]
    return found


def load_networks(device: str, network: NetworkName) -> Loaded:
    """Loads the committed networks and compiles them for all batch sizes. Raises LoadFailed."""
    from server.inference.worker import load

    loaded = load(device, network, "networks", lambda: None)
    assert isinstance(loaded.engine, Engine)
    for size in loaded.ready.batch_sizes:
        if not loaded.ready.prepared:
            loaded.engine.analyzer.warm_up(size)
    return loaded


def networks_loader(device: str, network: NetworkName) -> Callable[[], Loaded]:
    return partial(load_networks, device, network)
