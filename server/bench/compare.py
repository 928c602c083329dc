"""python -m server.bench.compare: the servers of several checkouts beside each other, in one run.

    git worktree add /tmp/before COMMIT
    python -m server.bench.compare /tmp/before=/tmp/before/.venv/bin/python . --turns 3 --priority

The servers take turns, so that all of them see the machine in the same states. Their cameras only send frames and count
the gaze messages, which all versions have. They do not calibrate.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import get_args

from websockets.asyncio.client import connect

from calibration.bench.statistics import nearest_rank, table_head, table_row
from models.analyzer import create_analyzer
from models.predictor import load_predictor
from server.bench.__main__ import take_priority
from server.bench.camera import Camera
from server.bench.load import DEMO_FRAMES, parse_size
from server.bench.processes import Usage, usage
from server.bench.rounds import BenchError, Checkout, server
from server.bench.stages import face_boxes
from server.bench.video import Mode, Shot, Size, load_person, moving

REFUSED, FAILED = 2, 1
WARM_UP_S = 3.0  # further workers start, and networks are compiled
COLUMNS = ("server", "frames", "sessions", "CPU ms/frame", "core", "gaze/s each", "p50", "p95", "RSS MB")


@dataclass(frozen=True, slots=True)
class Turn:
    """What one server did in one turn. latencies_ms: of the frames of all sessions, ascending."""

    cpu_ms: float
    cpu_share: float  # of one core
    gaze_per_s: float  # of each session, on average
    latencies_ms: tuple[float, ...]
    rss_mb: float


def main(argv: Sequence[str] | None = None) -> int:
    """Exit status 2 for what can't be compared, 1 when a server does not start."""
    parser = argparse.ArgumentParser(
        prog="python -m server.bench.compare", formatter_class=argparse.ArgumentDefaultsHelpFormatter
    )
    parser.add_argument(
        "checkouts", nargs="+", type=parse_checkout, metavar="FOLDER[=PYTHON]",
        help="a checkout, and the Python that has its packages (default: this one)",
    )  # fmt: skip
    parser.add_argument("--modes", nargs="+", choices=get_args(Mode), default=list(get_args(Mode)))
    parser.add_argument("--size", type=parse_size, default=Size(640, 480), metavar="WxH")
    parser.add_argument("--sessions", type=int, default=1, metavar="N", help="cameras of each server")
    parser.add_argument("--turns", type=int, default=3, help="of each server")
    parser.add_argument("--seconds", type=float, default=8.0, help="length of a turn")
    parser.add_argument("--fps", type=float, default=30.0)
    parser.add_argument("--priority", action="store_true", help="real-time priority for all processes (Linux, root)")
    options = parser.parse_args(argv)
    if options.priority and (refusal := take_priority()):
        print(f"error: {refusal}", file=sys.stderr)
        return REFUSED
    person = load_person(DEMO_FRAMES)
    boxes = face_boxes(create_analyzer(load_predictor("cpu")), person, options.size)
    print(f"command   python -m server.bench.compare {' '.join(sys.argv[1:])}\n\n{table_head(COLUMNS)}", flush=True)
    try:
        for mode in options.modes:
            asyncio.run(_compare(options, mode, moving(person, options.size, mode, boxes)))
    except BenchError as problem:
        print(f"error: {problem}", file=sys.stderr)
        return FAILED
    return 0


def parse_checkout(text: str) -> Checkout:
    """FOLDER or FOLDER=PYTHON. Raises argparse.ArgumentTypeError."""
    folder, _, python = text.partition("=")
    if not (Path(folder) / "server" / "__main__.py").is_file():
        raise argparse.ArgumentTypeError(f"{folder} is no checkout: it has no server/__main__.py")
    return Checkout(Path(folder).resolve(), python or sys.executable)


async def _compare(options: argparse.Namespace, mode: Mode, shots: Sequence[Shot]) -> None:
    turns: dict[Checkout, list[Turn]] = {checkout: [] for checkout in options.checkouts}
    for number in range(options.turns):
        order = options.checkouts if number % 2 == 0 else options.checkouts[::-1]
        for checkout in order:
            turns[checkout].append(await _turn(options, checkout, shots))
    for checkout, done in turns.items():
        print(row(checkout.folder.name, f"{mode}, {options.size}", options.sessions, done), flush=True)


async def _turn(options: argparse.Namespace, checkout: Checkout, shots: Sequence[Shot]) -> Turn:
    async with server((), checkout) as (host, pid), contextlib.AsyncExitStack() as stack:
        url = f"ws://{host}/v1/camera"
        cameras = [
            Camera(await stack.enter_async_context(connect(url, max_size=None))) for _ in range(options.sessions)
        ]

        async def stream(number: int, seconds: float) -> list[float]:
            await asyncio.sleep(number / options.sessions / options.fps)  # cameras are not in step
            first = len(shots) * number // options.sessions
            return (await cameras[number].stream(shots, fps=options.fps, seconds=seconds, first=first)).latencies_ms

        await asyncio.gather(*(stream(number, WARM_UP_S) for number in range(options.sessions)))
        before, begin_s = _usage(pid), time.perf_counter()
        found = await asyncio.gather(*(stream(number, options.seconds) for number in range(options.sessions)))
        after, seconds = _usage(pid), time.perf_counter() - begin_s
    latencies_ms = sorted(latency for of_camera in found for latency in of_camera)
    if not latencies_ms:
        raise BenchError(f"the server of {checkout.folder} analysed no frame")
    used_ms = after.cpu_ms - before.cpu_ms
    return Turn(
        cpu_ms=used_ms / len(latencies_ms),
        cpu_share=used_ms / 1000.0 / seconds,
        gaze_per_s=len(latencies_ms) / seconds / options.sessions,
        latencies_ms=tuple(latencies_ms),
        rss_mb=after.rss_mb,
    )


def _usage(pid: int) -> Usage:
    used = usage(pid)
    if used is None:
        raise BenchError("a server has ended")
    return used


def row(name: str, frames: str, sessions: int, turns: Sequence[Turn]) -> str:
    """A row of the table. Each cell has one number for each turn."""

    def numbers(values: Sequence[float], digits: int = 0) -> str:
        return ", ".join(f"{value:.{digits}f}" for value in values)

    return table_row(
        [
            name,
            frames,
            str(sessions),
            numbers([turn.cpu_ms for turn in turns], 1),
            numbers([100.0 * turn.cpu_share for turn in turns]) + " %",
            numbers([turn.gaze_per_s for turn in turns], 1),
            *(numbers([nearest_rank(turn.latencies_ms, percent) for turn in turns]) for percent in (50, 95)),
            numbers([turn.rss_mb for turn in turns]),
        ]
    )


if __name__ == "__main__":
    raise SystemExit(main())
