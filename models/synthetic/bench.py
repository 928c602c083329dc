"""Labelled pictures per second of `python -m models.synthetic samples`, and the time of each stage.

    python -m models.synthetic.bench --workers 2 --people 12 [--size 224] [--assets FILE]

1. Each worker is a process. It renders, labels and writes its people into a temporary folder. The first person is a
   warm-up and does not count. Time is measured by the wall clock and by the worker's CPU time. Where other programs run
   on the machine, the CPU time estimates the speed without them.
2. One more process renders some people and waits for OpenGL after each stage. OpenGL works asynchronously, so these
   times add up to slightly more than a picture takes without the waits.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from models.synthetic.assets import Assets, AssetsError, load_assets

SIZE_PX = 224
SEED = 1_000_003  # not used for any training data
_STAGED_PEOPLE = 4


@dataclass(frozen=True, slots=True)
class Count:
    """The pictures of one worker and their time."""

    pictures: int
    wall_s: float
    cpu_s: float


class Stages:
    """Milliseconds by stage: the time between two readings of `clock_s`, which is read at the end of each stage."""

    def __init__(self, clock_s: Callable[[], float] = time.process_time) -> None:
        self._clock_s = clock_s
        self._last_s = clock_s()
        self.total_ms: dict[str, float] = {}

    def done(self, stage: str) -> None:
        now_s = self._clock_s()
        self.total_ms[stage] = self.total_ms.get(stage, 0.0) + (now_s - self._last_s) * 1000.0
        self._last_s = now_s


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--workers", type=int, default=2, help="number of processes (default: %(default)s)")
    parser.add_argument("--people", type=int, default=12, help="people for each worker (default: %(default)s)")
    parser.add_argument("--size", type=int, default=SIZE_PX, help="width of the pictures, px (default: %(default)s)")
    parser.add_argument("--assets", type=Path, help="assets.npz or its folder")
    parser.add_argument("--worker", help=argparse.SUPPRESS)
    args = parser.parse_args(arguments)
    os.environ.setdefault("LP_NUM_THREADS", "1")  # one core for each process, as in the command
    from models.synthetic.gl import RendererError

    try:
        assets = load_assets(args.assets)
        if args.worker == "stages":
            print(json.dumps(stage_times(assets, args.size)))
        elif args.worker is not None:
            count = throughput(assets, args.size, people_of(int(args.worker), args.people))
            print(json.dumps([count.pictures, count.wall_s, count.cpu_s]))
        else:
            print(_report(args))
    except (AssetsError, RendererError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    return 0


def people_of(worker: int, people: int) -> range:
    return range(worker * people, (worker + 1) * people)


def throughput(assets: Assets, size_px: int, people: range) -> Count:
    """Render and write these people. The first one is a warm-up and does not count."""
    from models.synthetic.renderer import Renderer
    from models.synthetic.samples import samples_of, write_chunk

    renderer = Renderer(assets, size_px)
    with tempfile.TemporaryDirectory() as folder:

        def write(number: int) -> int:
            return write_chunk(
                number, range(number, number + 1), Path(folder), lambda n: samples_of(n, SEED, renderer, assets)
            )

        write(people[0])
        wall_s, cpu_s = time.perf_counter(), time.process_time()
        pictures = sum(write(number) for number in people[1:])
        return Count(pictures, time.perf_counter() - wall_s, time.process_time() - cpu_s)


def stage_times(assets: Assets, size_px: int) -> dict[str, float]:
    """Mean CPU milliseconds of a picture, by stage."""
    from models.synthetic.renderer import Renderer
    from models.synthetic.samples import samples_of
    from models.synthetic.webcam import write_jpeg

    stages = Stages()

    def done(stage: str) -> None:
        renderer.finish()
        stages.done(stage)

    renderer = Renderer(assets, size_px, done=done)

    class Watched:
        """The renderer. The work between its calls counts as two more stages."""

        size_px = renderer.size_px

        def begin(self, *args: Any) -> tuple[npt.NDArray[np.float32], Any]:
            stages.done("person, place, eyelids")
            return renderer.begin(*args)

        def draw(self, *args: Any) -> tuple[npt.NDArray[np.float32], Any]:
            stages.done("person, place, eyelids")
            return renderer.draw(*args)

    pictures = 0
    with tempfile.TemporaryDirectory() as folder:
        for number in range(1 + _STAGED_PEOPLE):
            if number == 1:  # after the warm-up
                pictures, stages.total_ms = 0, {}
            for sample in samples_of(number, SEED, Watched(), assets):
                stages.done("webcam, label")
                write_jpeg(str(Path(folder) / sample.name), sample.picture, sample.quality)
                stages.done("JPEG")
                pictures += 1
    return {stage: ms / pictures for stage, ms in stages.total_ms.items()}


def _report(args: argparse.Namespace) -> str:
    command = [sys.executable, "-m", "models.synthetic.bench", "--people", str(args.people), "--size", str(args.size)]
    command += ["--assets", str(args.assets)] if args.assets else []
    running = [_start([*command, "--worker", str(number)]) for number in range(args.workers)]
    counts = [Count(*_answer(worker)) for worker in running]
    stages = _answer(_start([*command, "--worker", "stages"]))
    lines = [f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}, {args.size} px"]
    return "\n".join([*lines, *rates(counts), "", table(stages)])


def _start(command: list[str]) -> subprocess.Popen[str]:
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)


def _answer(worker: subprocess.Popen[str]) -> Any:
    printed, _ = worker.communicate()
    if worker.returncode:
        raise SystemExit(worker.returncode)  # it has printed the reason
    return json.loads(printed)


def rates(counts: Iterable[Count]) -> list[str]:
    """The total rate: workers run at the same time, so their rates add up."""
    counts = list(counts)
    pictures = sum(count.pictures for count in counts)
    wall = sum(count.pictures / count.wall_s for count in counts)
    cpu = sum(count.pictures / count.cpu_s for count in counts)
    return [
        f"{pictures} labelled pictures by {len(counts)} workers",
        f"by the wall clock: {wall:.1f} a second",
        f"by CPU time:       {cpu:.1f} a second, if each worker had a core of its own",
    ]


def table(stages: Mapping[str, float]) -> str:
    """CPU milliseconds of a picture by stage, in the order of the stages."""
    total, width = sum(stages.values()), max(len(stage) for stage in stages)
    lines = [f"{'':<{width}}  ms a picture  share"]
    lines += [f"{stage:<{width}}  {ms:>12.1f} {ms / total:>6.0%}" for stage, ms in stages.items()]
    return "\n".join([*lines, f"{'all':<{width}}  {total:>12.1f} {1:>6.0%}"])


if __name__ == "__main__":
    raise SystemExit(main())
