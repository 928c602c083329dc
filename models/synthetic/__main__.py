"""Render faces with known gaze.

    python -m models.synthetic samples --out var/synth --people 3000 --workers 2
    python -m models.synthetic samples --out var/varied --people 3000 --glasses mixed --looks varied --workers 2
    python -m models.synthetic sessions --out var/sessions --people 10 --targets 13 --head natural --frames 10
    python -m models.synthetic sheet --out var/sheet.jpg
    python -m models.synthetic grid --out web/demo/person --person 14 --seed 11

Needs the extra `train` (pip install -e '.[train]'), Mesa's EGL (apt-get install libegl1 libgl1-mesa-dri) and the assets
(--assets, or the variable SIGHTLINE_ASSETS; see models/synthetic/build_assets.md). To continue a stopped run, start
the same command again.
"""

from __future__ import annotations

import argparse
import itertools
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from models.synthetic import glasses, looks
from models.synthetic.assets import Assets, AssetsError, load_assets
from models.synthetic.runs import RunError, claim
from models.synthetic.samples import PEOPLE_PER_CHUNK, LabelledPicture

if TYPE_CHECKING:
    from models.synthetic.renderer import Renderer

SIZE_PX = 224
FRAME_PX = 640


def main(arguments: list[str] | None = None) -> int:
    args = parser().parse_args(arguments)
    # One core for each process. llvmpipe reads the variable when the first context is made.
    os.environ.setdefault("LP_NUM_THREADS", "1")
    from models.synthetic.gl import RendererError

    try:
        assets = load_assets(args.assets)
        if args.worker is None and args.command in ("samples", "sessions"):
            claim(args.out, _settings(args, assets))
        if args.workers > 1 and args.worker is None:
            return _start_workers(args.workers, arguments)
        from models.synthetic.renderer import Renderer

        renderer = Renderer(assets, args.size)
    except (AssetsError, RendererError, RunError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    from models.synthetic import samples

    if args.command == "sheet":
        _sheet(args.out, [list(_samples(n, args, renderer, assets, heads=1)) for n in range(args.people)])
        return 0
    if args.command == "grid":
        from models.synthetic.grid import render_grid

        print(f"{args.out}: {render_grid(args.person, args.seed, renderer, assets, args.out)} pictures")
        return 0
    if args.command == "sessions":
        return _sessions(args, renderer, assets)
    rate = samples.Rate(time.monotonic())
    for chunk, people in samples.chunks_of(args.people, args.first)[args.worker or 0 :: args.workers]:
        made = samples.write_chunk(
            chunk, people, args.out, lambda n: _samples(n, args, renderer, assets, heads=args.heads)
        )
        if made:
            print(f"chunk {chunk}: {rate.add(made)}", flush=True)
    return 0


def parser() -> argparse.ArgumentParser:
    top = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = top.add_subparsers(dest="command", required=True)
    made = commands.add_parser("samples", help="pictures and labels for training")
    made.add_argument("--heads", type=int, help="head poses of each person (default: one or three)")
    made.add_argument(
        "--first",
        type=_start_of_chunk,
        default=0,
        metavar="N",
        help=f"the first person to render, a multiple of {PEOPLE_PER_CHUNK} (default: 0)",
    )
    whole = commands.add_parser("sessions", help="camera frames of a calibration and a test, for server evaluate")
    whole.add_argument("--targets", type=int, choices=(9, 13, 16, 25), default=9)
    whole.add_argument("--head", choices=("still", "natural", "moved"), default="natural")
    whole.add_argument(
        "--frames",
        type=int,
        choices=range(1, 23),  # a 30 Hz webcam gives no more while a target is shown
        default=2,
        metavar="N",
        help="frames of each target after its settle time; 10 is 13 Hz, 20 is 27 Hz (default: %(default)s)",
    )
    whole.add_argument(
        "--visits",
        type=int,
        choices=range(1, 11),
        default=1,
        metavar="N",
        help="sessions of each person, on as many days: other light, seat and distance (default: %(default)s)",
    )
    sheet = commands.add_parser("sheet", help="a contact sheet: one row for each person, one column for each gaze")
    grid = commands.add_parser("grid", help="the person of the page's demo, looking at a grid of places")
    grid.add_argument("--person", type=int, default=0, help="the person's number (default: %(default)s)")
    for command, people, size in (
        (made, 1000, SIZE_PX),
        (whole, 10, FRAME_PX),
        (sheet, 8, SIZE_PX),
        (grid, 1, FRAME_PX),
    ):
        command.add_argument("--workers", type=int, default=1, help="number of processes; use one for each core")
        command.add_argument("--worker", type=int, help=argparse.SUPPRESS)
        command.add_argument("--out", type=Path, required=True)
        command.add_argument("--people", type=int, default=people)
        command.add_argument("--seed", type=int, default=0)
        command.add_argument("--size", type=int, default=size, help="width of the pictures, px (default: %(default)s)")
        command.add_argument("--glasses", choices=glasses.GLASSES, default="simple", help=glasses.HELP)
        command.add_argument("--looks", choices=looks.LOOKS, default="usual", help=looks.HELP)
        command.add_argument("--assets", type=Path, help="assets.npz or its folder")
    return top


def _start_of_chunk(text: str) -> int:
    person = int(text)
    if person < 0 or person % PEOPLE_PER_CHUNK:
        raise argparse.ArgumentTypeError(f"chunks begin at 0, {PEOPLE_PER_CHUNK}, {2 * PEOPLE_PER_CHUNK} and so on")
    return person


def _settings(args: argparse.Namespace, assets: Assets) -> dict[str, object]:
    """The settings that decide how a picture looks. The number of people is not one of them: it may grow."""
    of = {"samples": ("heads",), "sessions": ("targets", "head", "frames")}[args.command]
    settings = {"command": args.command, "assets": assets.fingerprint()}
    return settings | {name: getattr(args, name) for name in ("seed", "size", "glasses", "looks", *of)}


def _samples(
    number: int, args: argparse.Namespace, renderer: Renderer, assets: Assets, *, heads: int | None
) -> Iterator[LabelledPicture]:
    from models.synthetic.samples import samples_of

    return samples_of(number, args.seed, renderer, assets, heads, glasses=args.glasses, looks=args.looks)


def _sessions(args: argparse.Namespace, renderer: Renderer, assets: Assets) -> int:
    from models.synthetic.sessions import render_session

    for number, visit in itertools.product(range(args.worker or 0, args.people, args.workers), range(args.visits)):
        out = args.out / (f"s{number:03d}v{visit}" if visit else f"s{number:03d}")
        if not out.exists():
            made = render_session(
                number,
                args.seed,
                renderer,
                assets,
                out,
                targets=args.targets,
                head=args.head,
                frames=args.frames,
                glasses=args.glasses,
                dressed=args.looks,
                visit=visit,
            )
            print(f"{out}: {made} frames", flush=True)
    return 0


def _start_workers(count: int, arguments: list[str] | None) -> int:
    """Start this command once for each worker. Two OpenGL contexts in one process mix up their pictures."""
    given = sys.argv[1:] if arguments is None else arguments
    workers = [
        subprocess.Popen([sys.executable, "-m", "models.synthetic", *given, "--worker", str(i)]) for i in range(count)
    ]
    ends = [worker.wait() for worker in workers]
    return int(any(ends))  # a killed worker has a negative exit status


def _sheet(out: Path, people: list[list[object]]) -> None:
    import numpy as np

    from models.synthetic.webcam import write_jpeg

    rows = [np.hstack([sample.picture for sample in person]) for person in people]  # type: ignore[attr-defined]
    width = max(row.shape[1] for row in rows)
    padded = [np.pad(row, ((0, 0), (0, width - row.shape[1]), (0, 0))) for row in rows]
    write_jpeg(str(out), np.vstack(padded), 92)


if __name__ == "__main__":
    raise SystemExit(main())
