"""The delivery of one camera's stream to many readers, of which some read nothing, and the server's memory."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import statistics
from collections.abc import Sequence

from websockets.asyncio.client import connect

from server.bench.camera import Camera, Figures
from server.bench.processes import usage
from server.bench.rounds import ANSWER_S, MEMORY_EVERY_S, BenchError, server, start
from server.bench.video import Person, moving

SUBSCRIBERS_START_S = 4.0  # the subscribers start and connect in this time


async def measure_delivery(person: Person, options: argparse.Namespace, server_options: Sequence[str]) -> None:
    """Measures and prints. options: those of `server.bench`. Raises BenchError."""
    async with server(server_options) as (host, pid), connect(f"ws://{host}/v1/camera", max_size=None) as connection:
        camera, size = Camera(connection), options.sizes[0]
        await camera.hello()
        if options.pause:
            await camera.pause()
        shots = moving(person, size, "whole", [None] * len(person.pictures))
        memory_mb: list[float] = []
        watching = asyncio.create_task(_watch_memory(pid, memory_mb))
        reading = asyncio.create_task(_subscribers(host, options))
        figures = await camera.stream(shots, fps=options.fps, seconds=options.seconds + SUBSCRIBERS_START_S)
        _report(figures, await reading, options.seconds + SUBSCRIBERS_START_S)
        watching.cancel()
        _report_memory(memory_mb)


async def _subscribers(host: str, options: argparse.Namespace) -> dict[str, float]:
    """The figures that the subscribers' process prints at its end."""
    process = await start(
        *("server.bench.subscribers", f"ws://{host}/v1/stream", "--subscribers", str(options.subscribers)),
        *("--stuck", str(options.stuck), "--seconds", str(options.seconds)),
    )
    try:
        printed = await process.line(options.seconds + ANSWER_S)
    finally:
        await process.end()
    if not printed:
        raise BenchError("the subscribers could not connect")
    figures: dict[str, float] = json.loads(printed)
    return figures


async def _watch_memory(pid: int, into: list[float]) -> None:
    with contextlib.suppress(asyncio.CancelledError):
        while (used := usage(pid)) is not None:
            into.append(used.rss_mb)
            await asyncio.sleep(MEMORY_EVERY_S)


def _report(figures: Figures, readers: dict[str, float], seconds: float) -> None:
    print(f"frames    {figures.n_sent} sent, {len(figures.latencies_ms) / seconds:.1f} analysed a second")
    print(
        f"audience  {readers['readers']:.0f} readers, {readers['messages']:.0f} messages, "
        f"{readers['skipped']:.0f} skipped, {readers['lost']:.0f} connections lost"
    )
    for name in ("delivery", "age"):
        of = {share: readers[f"{name}_{share}_ms"] for share in ("p50", "p95", "p99", "max")}
        print(f"{name:9} " + ", ".join(f"{share} {value:.1f} ms" for share, value in of.items()))


def _report_memory(memory_mb: Sequence[float]) -> None:
    if len(memory_mb) < 3:
        return
    third = len(memory_mb) // 3
    first, last = statistics.median(memory_mb[third : 2 * third]), statistics.median(memory_mb[-third:])
    print(
        f"memory    {memory_mb[0]:.0f} MB at the start, {first:.1f} MB in the middle third, {last:.1f} MB in the last, "
        f"{max(memory_mb):.0f} MB at most"
    )
