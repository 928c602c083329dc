"""One round of the bench: a fresh server, cameras in another process, and what the system counted meanwhile.

1. A server starts on a free port in a process of its own, like `python -m server`.
2. The cameras connect and calibrate (server/bench/load.py).
3. A plain loop runs alone for a moment (server/bench/plain.py), so that both see the machine in the same state.
4. The cameras send for some seconds. CPU time and memory of the server and its workers are read before and after.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import re
import sys
import time
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from calibration.bench.statistics import nearest_rank
from server.bench.processes import Usage, usage
from server.bench.video import Mode, Size
from threads import POOLS

# The folder of our packages. The current folder may have other modules of the same names.
APP = Path(__file__).resolve().parents[2]
MEMORY_EVERY_S = 2.0
ANSWER_S = 180.0  # for what takes some seconds on an idle machine: a start, a calibration


@dataclass(frozen=True, slots=True)
class Plan:
    """What a round measures."""

    sessions: int
    size: Size
    mode: Mode
    seconds: float
    fps: float
    frames: Path
    server_options: tuple[str, ...]
    plain: bool = True


@dataclass(frozen=True, slots=True)
class Round:
    """What a round measured. CPU times are of one frame, and of the server with its workers.

    plain_cpu_ms: of the plain loop; None when it did not run. memory: usage every MEMORY_EVERY_S, with the last at the
    end.
    """

    plan: Plan
    seconds: float
    latencies_ms: tuple[tuple[float, ...], ...]  # of each session, ascending
    n_skipped: int
    n_dropped: int
    statuses: dict[str, int]
    cpu_ms: float
    main_cpu_ms: float  # the part of the server's main process: sockets, sessions, gaze, events
    cpu_share: float  # of one core
    plain_cpu_ms: float | None
    memory: tuple[Usage, ...] = field(repr=False)

    @property
    def gaze_per_s(self) -> tuple[float, ...]:
        """Of each session."""
        return tuple(len(latencies) / self.seconds for latencies in self.latencies_ms)

    def latency_ms(self, percent: float) -> float:
        """A percentile over the frames of all sessions."""
        return nearest_rank(sorted(latency for session in self.latencies_ms for latency in session), percent)

    @property
    def end(self) -> Usage:
        return self.memory[-1]


async def measure(plan: Plan, on_memory: Callable[[float, Usage], None] | None = None) -> Round:
    """on_memory: is called with the seconds since the start and the usage, every MEMORY_EVERY_S.

    Raises BenchError.
    """
    async with server(plan.server_options) as (host, pid), _cameras(plan, host) as cameras:
        plain_cpu_ms = await _plain(plan) if plan.plain else None
        before, begin_s = _usage(pid), time.perf_counter()
        watching = asyncio.create_task(_watch(pid, on_memory))
        cameras.go()
        figures = json.loads(await cameras.line(plan.seconds + ANSWER_S) or "[]")
        seconds, after = time.perf_counter() - begin_s, _usage(pid)
        watching.cancel()
        memory = [*(await watching), after]
    n_frames = sum(len(one["latencies_ms"]) for one in figures)
    if n_frames == 0:
        raise BenchError("the server analysed no frame")
    used_ms = after.cpu_ms - before.cpu_ms
    statuses: dict[str, int] = {}
    for one in figures:
        for status, count in one["statuses"].items():
            statuses[status] = statuses.get(status, 0) + count
    return Round(
        plan=plan,
        seconds=seconds,
        latencies_ms=tuple(tuple(sorted(one["latencies_ms"])) for one in figures),
        n_skipped=sum(one["n_skipped"] for one in figures),
        n_dropped=sum(one["n_dropped"] for one in figures),
        statuses=statuses,
        cpu_ms=used_ms / n_frames,
        main_cpu_ms=(after.own_cpu_ms - before.own_cpu_ms) / n_frames,
        cpu_share=used_ms / 1000.0 / seconds,
        plain_cpu_ms=plain_cpu_ms,
        memory=tuple(memory),
    )


class BenchError(Exception):
    """The bench can't measure. The text says why."""


@dataclass(frozen=True, slots=True)
class Checkout:
    """A folder with a version of the server, and the Python that has its packages."""

    folder: Path
    python: str


OWN = Checkout(APP, sys.executable)


@contextlib.asynccontextmanager
async def server(options: Sequence[str], checkout: Checkout = OWN) -> AsyncIterator[tuple[str, int]]:
    """HOST:PORT and process id of a new server. Raises BenchError if it does not start."""
    process = await start("server", "--port", "0", *options, checkout=checkout)
    try:
        found = re.search(r"http://(\S+)/", await process.line())
        if found is None:
            raise BenchError("the server did not start; run python -m server for the reason")
        yield found[1], process.pid
    finally:
        await process.end()


@contextlib.asynccontextmanager
async def _cameras(plan: Plan, host: str) -> AsyncIterator[Process]:
    """The process of the cameras, when all have calibrated."""
    process = await start(
        *("server.bench.load", f"ws://{host}/v1/camera", "--sessions", str(plan.sessions), "--size", str(plan.size)),
        *("--mode", plan.mode, "--fps", str(plan.fps), "--seconds", str(plan.seconds), "--frames", str(plan.frames)),
    )
    try:
        if not await process.line():
            raise BenchError(
                "the cameras could not connect or calibrate; run python -m server.bench.load for the reason"
            )
        yield process
    finally:
        await process.end()


async def _plain(plan: Plan) -> float | None:
    process = await start("server.bench.plain", "--size", str(plan.size), "--frames", str(plan.frames))
    try:
        cpu_ms: float | None = json.loads(await process.line() or "null")
        return cpu_ms
    finally:
        await process.end()


class Process:
    """A module of ours in a process of its own, which prints lines and waits for lines."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process

    @property
    def pid(self) -> int:
        return self._process.pid

    async def line(self, within_s: float = ANSWER_S) -> str:
        """The next line; empty when the process has ended. Raises BenchError after `within_s`."""
        assert self._process.stdout is not None
        try:
            return (await asyncio.wait_for(self._process.stdout.readline(), within_s)).decode()
        except asyncio.TimeoutError as problem:
            raise BenchError(f"a process of the bench printed nothing for {within_s:.0f} s") from problem

    def go(self) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(b"\n")

    async def end(self) -> None:
        with contextlib.suppress(ProcessLookupError):
            self._process.terminate()
        await self._process.wait()


async def start(module: str, *arguments: str, checkout: Checkout = OWN) -> Process:
    """Starts `python -m MODULE`."""
    # Our packages limit the threads of numerical libraries for child processes, too. Other checkouts may not.
    environment = {name: value for name, value in os.environ.items() if name not in POOLS}
    return Process(
        await asyncio.create_subprocess_exec(
            *(checkout.python, "-m", module, *arguments),
            cwd=checkout.folder,
            env=environment,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,
            limit=2**30,  # the figures of one camera are one line
        )
    )


def _usage(pid: int) -> Usage:
    used = usage(pid)
    if used is None:
        raise BenchError("the server has ended")
    return used


async def _watch(pid: int, on_memory: Callable[[float, Usage], None] | None) -> list[Usage]:
    """Until it is cancelled."""
    found: list[Usage] = []
    begin_s = time.perf_counter()
    with contextlib.suppress(asyncio.CancelledError):
        while (used := usage(pid)) is not None:
            found.append(used)
            if on_memory is not None:
                on_memory(time.perf_counter() - begin_s, used)
            await asyncio.sleep(MEMORY_EVERY_S)
    return found
