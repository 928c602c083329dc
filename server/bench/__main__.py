"""python -m server.bench: what a frame costs, and how many people one machine serves, through the real sockets.

    python -m server.bench                                   1 to 4 cameras, regions and whole frames, two sizes
    python -m server.bench --sessions 8 --plot bench.png     1 to 8 cameras, and a plot
    python -m server.bench --minutes 20 --sessions 8 --modes region --sizes 640x480         memory over a long time
    python -m server.bench --device cuda                     first faces/s on the GPU by batch size
    python -m server.bench --subscribers 200 --stuck 1 --seconds 60    delivery to readers

The headline is the CPU time of a frame: of the server and its workers, as the system counts it. It holds on a busy
machine, where latencies do not. Beside it runs a plain loop of MediaPipe and a network. server/bench/README.md explains
the table.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import platform
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, get_args

from server.bench import report
from server.bench.delivery import measure_delivery
from server.bench.load import add_load_options, parse_size
from server.bench.processes import Usage
from server.bench.rounds import BenchError, Plan, Round, measure, start
from server.bench.video import Mode, Size, load_person
from server.options import add_network_options, parse_cluster
from server.settings import MAX_SESSIONS, MAX_SUBSCRIBERS

if TYPE_CHECKING:
    from models.predictor import NetworkName

REFUSED, FAILED = 2, 1
MEMORY_LINE_S = 60.0


def main(argv: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m server.bench")
    add_arguments(parser)
    return run(parser.parse_args(argv))


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Adds the options of the command."""
    parser.formatter_class = argparse.ArgumentDefaultsHelpFormatter
    parser.description = "Measure the CPU time of a frame, latency and memory, for 1 to N cameras."
    parser.add_argument("--sessions", type=int, default=4, metavar="N", help="cameras: 1, 2, 4 and so on up to N")
    parser.add_argument(
        "--modes", nargs="+", choices=get_args(Mode), default=list(get_args(Mode)),
        help="region: the face, as the page sends it; whole: the camera's whole frame",
    )  # fmt: skip
    parser.add_argument(
        "--sizes", nargs="+", type=parse_size, default=[Size(640, 480), Size(1280, 720)], metavar="WxH",
        help="sizes of the camera's frame in pixels",
    )  # fmt: skip
    add_load_options(parser)
    parser.add_argument("--minutes", type=float, help="measure only N sessions for this time, and print their memory")
    parser.add_argument("--plot", type=Path, metavar="FILE.png", help="save a plot of the table")
    parser.add_argument("--no-plain", action="store_true", help="leave out the plain loop of MediaPipe and a network")
    parser.add_argument("--priority", action="store_true", help="real-time priority for all processes (Linux, root)")
    add_network_options(parser)
    parser.add_argument(
        "--cluster", type=parse_cluster, metavar="ADDRESS",
        help="as of `serve`: replicas of this Ray cluster analyse the frames; their CPU time is not in the table",
    )  # fmt: skip
    parser.add_argument("--subscribers", type=int, default=0, help="measure the delivery to this many programs instead")
    parser.add_argument("--stuck", type=int, default=0, help="how many of the subscribers do not read")
    parser.add_argument("--pause", action="store_true", help="pause the session, to measure the streams alone")


def run(options: argparse.Namespace) -> int:
    """Runs the command. Exit status 2 for options that contradict each other, 1 when the bench can't measure."""
    try:
        person = load_person(options.frames)
    except ValueError as problem:
        return _stop(f"{options.frames}: {problem}", REFUSED)
    if not 0 <= options.stuck <= options.subscribers <= MAX_SUBSCRIBERS:
        numbers = f"{options.stuck} and {options.subscribers}"
        return _stop(f"0 <= stuck <= subscribers <= {MAX_SUBSCRIBERS}, got {numbers}", REFUSED)
    if not 1 <= options.sessions <= MAX_SESSIONS:
        return _stop(f"a server has 1 to {MAX_SESSIONS} sessions, got {options.sessions}", REFUSED)
    if options.priority and (refusal := take_priority()):
        return _stop(refusal, REFUSED)
    where = ("--device", options.device) if options.cluster is None else ("--cluster", options.cluster)
    server_options = (*where, "--network", options.network, "--landmarks", options.landmarks)
    print(f"machine   {os.cpu_count()} cores, {platform.machine()}, Python {platform.python_version()}")
    print(f"command   python -m server.bench {' '.join(sys.argv[1:])}")
    try:
        if options.device == "cuda":
            _faces_per_second(options.network)
        if options.subscribers:
            asyncio.run(measure_delivery(person, options, server_options))
        elif options.minutes is not None:
            asyncio.run(_soak(options, server_options))
        else:
            _table(options, server_options)
    except BenchError as problem:
        return _stop(str(problem), FAILED)
    return 0


def _faces_per_second(network: NetworkName) -> None:
    """Prints what the GPU does without server and sockets. Raises BenchError if there is none."""
    from models.checkpoints import CheckpointError
    from models.throughput import measure as measure_device
    from models.throughput import table

    try:
        print(f"\n{table(measure_device('cuda', network), 'cuda')}", flush=True)
    except (CheckpointError, ValueError) as problem:
        raise BenchError(str(problem)) from problem


def _stop(message: str, status: int) -> int:
    print(f"error: {message}", file=sys.stderr)
    return status


def take_priority() -> str | None:
    """Sets real-time priority, which all processes of the bench inherit. Returns the reason if it can't."""
    if not hasattr(os, "sched_setscheduler"):
        return "this system has no real-time priority for processes; leave out --priority"
    try:
        os.sched_setscheduler(0, os.SCHED_RR, os.sched_param(1))
    except PermissionError:
        return "only root may set real-time priority; leave out --priority"
    return None


def _table(options: argparse.Namespace, server_options: Sequence[str]) -> None:
    rounds: list[Round] = []
    if options.device != "cuda" and options.landmarks == "networks":
        print("\nCPU time of the stages of a frame's analysis, ms")
        for size in options.sizes:
            for mode in options.modes:
                asyncio.run(_stages(options, size, mode))
    print(f"\n{report.head()}", flush=True)
    for size in options.sizes:
        for mode in options.modes:
            one: Round | None = None
            for sessions in numbers_up_to(options.sessions):
                done = asyncio.run(measure(_plan(options, server_options, sessions, size, mode)))
                one = one or done
                rounds.append(done)
                print(report.row(done, one), flush=True)
    print(f"\nframes/s in all: at most {max(sum(done.gaze_per_s) for done in rounds):.0f}")
    print(f"statuses of all rounds: {report.statuses(rounds)}")
    if all(done.plain_cpu_ms is None for done in rounds) and not options.no_plain:
        print("There is no plain loop to compare with, because MediaPipe is not installed.")
    if options.plot is not None:
        report.save_plot(rounds, options.plot)


async def _stages(options: argparse.Namespace, size: Size, mode: Mode) -> None:
    process = await start(
        *("server.bench.stages", "--size", str(size), "--mode", mode, "--frames", str(options.frames.resolve())),
        *("--network", options.network),
    )
    try:
        printed = await process.line()
    finally:
        await process.end()
    if not printed:
        raise BenchError("the analysis failed; run python -m server.bench.stages for the reason")
    print(f"{mode}, {size}: " + ", ".join(f"{stage} {ms:.1f}" for stage, ms in json.loads(printed).items()), flush=True)


def numbers_up_to(most: int) -> list[int]:
    """1, 2, 4 and so on, and `most`."""
    numbers = [1]
    while numbers[-1] < most:
        numbers.append(min(2 * numbers[-1], most))
    return numbers


async def _soak(options: argparse.Namespace, server_options: Sequence[str]) -> None:
    plan = _plan(options, server_options, options.sessions, options.sizes[0], options.modes[0])
    due_s = 0.0

    def on_memory(now_s: float, used: Usage) -> None:
        nonlocal due_s
        if now_s >= due_s:
            due_s += MEMORY_LINE_S
            pss = "" if used.pss_mb is None else f", PSS {used.pss_mb:.1f} MB"
            print(f"{now_s / 60:5.1f} min  RSS {used.rss_mb:.1f} MB{pss}, {used.n_threads} threads", flush=True)

    done = await measure(replace(plan, seconds=60.0 * options.minutes, plain=False), on_memory)
    print(f"\n{report.head()}\n{report.row(done, None)}")


def _plan(options: argparse.Namespace, server_options: Sequence[str], sessions: int, size: Size, mode: Mode) -> Plan:
    return Plan(
        sessions=sessions,
        size=size,
        mode=mode,
        seconds=options.seconds,
        fps=options.fps,
        frames=options.frames.resolve(),
        server_options=tuple(server_options),
        plain=not options.no_plain,
    )


if __name__ == "__main__":
    raise SystemExit(main())
