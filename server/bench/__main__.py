"""python -m server.bench: measures frame rate and latency through the real socket, with the real networks.

    python -m server.bench                       the demo person's frames, 30 a second, for 10 seconds
    python -m server.bench --fps 0               as fast as the server answers (two frames unanswered, like the page)
    python -m server.bench --subscribers 200 --stuck 1 --seconds 60    with subscribers; --pause: without the networks

1. A server starts on a free port in a separate process, like `python -m server`.
2. The client sends frames like the page, without a browser (server/bench/camera.py).
3. Subscribers run in a third process (server/bench/subscribers.py explains what it measures). The server's memory is
   read from /proc every few seconds, if the system has it.
4. Latency is measured from just before a frame is sent until its gaze message has arrived.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import mmap
import platform
import re
import statistics
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from websockets.asyncio.client import connect

from calibration.bench.statistics import nearest_rank
from server.bench.camera import Figures, Overviews, measure
from server.options import add_network_options
from server.settings import MAX_SUBSCRIBERS

# The folder of our packages. The current folder may have other modules of the same names.
APP = Path(__file__).resolve().parents[2]
DEMO_FRAMES = APP / "web" / "demo" / "person" / "frames"
WARM_UP_FRAMES = 5
MEMORY_EVERY_S = 2.0
SUBSCRIBERS_START_S = 4.0  # the subscribers start and connect in this time


def main(argv: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m server.bench")
    add_arguments(parser)
    return run(parser.parse_args(argv))


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Adds the options of the command."""
    parser.formatter_class = argparse.ArgumentDefaultsHelpFormatter
    parser.description = "Measure the server's frame rate and latency."
    parser.add_argument("--frames", type=Path, default=DEMO_FRAMES, help="folder of JPEGs to send in turn")
    parser.add_argument("--fps", type=float, default=30.0, help="frames a second; 0 sends as fast as they are answered")
    parser.add_argument("--seconds", type=float, default=10.0, help="how long to measure")
    add_network_options(parser)
    parser.add_argument("--subscribers", type=int, default=0, help="number of programs that subscribe to the stream")
    parser.add_argument("--stuck", type=int, default=0, help="how many of the subscribers do not read")
    parser.add_argument("--pause", action="store_true", help="pause the session, to measure the streams alone")


def run(options: argparse.Namespace) -> int:
    """Runs the command. Exit status 2 for options that contradict each other."""
    pictures = [path.read_bytes() for path in sorted(options.frames.glob("*.jpg"))]
    if not pictures:
        return _refuse(f"there is no .jpg in {options.frames}")
    if not 0 <= options.stuck <= options.subscribers <= MAX_SUBSCRIBERS:
        numbers = f"{options.stuck} and {options.subscribers}"
        return _refuse(f"0 <= stuck <= subscribers <= {MAX_SUBSCRIBERS}, got {numbers}")
    asyncio.run(_bench(pictures, options))
    return 0


def _refuse(message: str) -> int:
    print(f"error: {message}", file=sys.stderr)
    return 2


async def _bench(pictures: Sequence[bytes], options: argparse.Namespace) -> None:
    server = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "server", "--port", "0", "--device", options.device, "--network", options.network,
        cwd=APP, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.DEVNULL,
    )  # fmt: skip
    try:
        assert server.stdout is not None
        ready = (await server.stdout.readline()).decode()
        address = re.search(r"http://(\S+)/", ready)
        if address is None:
            raise SystemExit("the server did not start; run python -m server for the reason")
        async with connect(f"ws://{address.group(1)}/v1/camera", max_size=None) as camera:
            overviews = Overviews(json.loads(await camera.recv()), pictures)
            if options.pause:
                await camera.send('{"type": "pause"}')
                await camera.recv()
            await measure(camera, pictures, overviews, 0.0, WARM_UP_FRAMES / 2)
            subscribers = asyncio.create_task(_subscribers(address.group(1), options))
            memory_mb: list[float] = []
            watching = asyncio.create_task(_watch_memory(server.pid, memory_mb))
            started_s = time.perf_counter()
            seconds = options.seconds + (SUBSCRIBERS_START_S if options.subscribers else 0.0)
            figures = await measure(camera, pictures, overviews, options.fps, seconds)
            _report(figures, time.perf_counter() - started_s)
            _report_subscribers(await subscribers)
            watching.cancel()
            _report_memory(memory_mb)
    finally:
        if server.returncode is None:
            server.terminate()
        await server.wait()


async def _subscribers(host: str, options: argparse.Namespace) -> dict[str, float]:
    """The figures that the subscribers' process prints at its end; empty without subscribers."""
    if options.subscribers == 0:
        return {}
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "server.bench.subscribers", f"ws://{host}/v1/stream",
        "--subscribers", str(options.subscribers), "--stuck", str(options.stuck), "--seconds", str(options.seconds),
        cwd=APP, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.DEVNULL,
    )  # fmt: skip
    output, _ = await process.communicate()
    if process.returncode != 0:
        raise SystemExit("the subscribers could not connect")
    figures: dict[str, float] = json.loads(output)
    return figures


async def _watch_memory(pid: int, into: list[float]) -> None:
    while (resident_mb := _resident_mb(pid)) is not None:
        into.append(resident_mb)
        await asyncio.sleep(MEMORY_EVERY_S)


def _resident_mb(pid: int) -> float | None:
    """Resident memory of a process; None when the system has no /proc."""
    try:
        pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    except (OSError, ValueError, IndexError):
        return None
    return pages * mmap.PAGESIZE / 1e6


def _report(figures: Figures, seconds: float) -> None:
    latencies = sorted(figures.latencies_ms)
    print(f"machine   {platform.processor() or platform.machine()}, Python {platform.python_version()}")
    print(f"command   python -m server.bench {' '.join(sys.argv[1:])}")
    sent = f"{figures.n_sent} sent, {len(latencies)} analysed, {figures.n_skipped} skipped"
    print(f"frames    {sent}; {figures.n_overviews} overviews")
    print(f"rate      {len(latencies) / seconds:.1f} frames/s")
    if len(latencies) >= 2:
        print(f"latency   p50 {statistics.median(latencies):.1f} ms, p95 {nearest_rank(latencies, 95):.1f} ms")
    print(f"statuses  {figures.statuses}")


def _report_subscribers(figures: dict[str, float]) -> None:
    if not figures:
        return
    print(
        f"audience  {figures['readers']:.0f} readers, {figures['messages']:.0f} messages, "
        f"{figures['skipped']:.0f} skipped, {figures['lost']:.0f} connections lost"
    )
    for name in ("delivery", "age"):
        of = {share: figures[f"{name}_{share}_ms"] for share in ("p50", "p95", "p99", "max")}
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


if __name__ == "__main__":
    raise SystemExit(main())
