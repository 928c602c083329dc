"""python -m server analyse: writes what was looked at, for people and for programs.

python -m server analyse var/recordings/r_* --areas areas.json --out out

`server.report.files` says which files it writes.
"""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Iterator
from pathlib import Path

from calibration.profiles.disk import file_problem
from server.recordings.reader import RecordingError
from server.report.areas_file import NO_AREAS, AreasError, read_areas
from server.report.contents import Choice, Contents, contents_of
from server.report.files import files_of

OK, FAILED = 0, 1


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    add("recordings", nargs="+", type=Path, metavar="RECORDING", help="session folders, or files of a saved stream")
    add(
        "--areas",
        type=Path,
        metavar="FILE",
        help='areas of interest, as the lab saves them: {"stimuli":{"cat":{"areas":[...]}}}',
    )
    add(
        "--stimulus",
        action="append",
        metavar="NAME",
        help="analyse this stimulus only; may be repeated (default: all; without any, the whole screen)",
    )
    add("--whole-screen", action="store_true", help="also analyse the whole screen during the whole recording")
    add("--span", type=_span, metavar="FROM-TO", help="ms from the onset of each stimulus, such as 0-5000")
    add("--reported-areas", action="store_true", help="also the areas that a page reported, such as parts of a form")
    add("--radius", type=_radius, help="blur of heat maps in widths of the stimulus (default: each recording's error)")
    add("--out", type=Path, required=True, metavar="DIR", help="folder to write to; files there are replaced")


def run(options: argparse.Namespace) -> int:
    problems: list[str] = []
    choice = Choice(
        stimuli=tuple(options.stimulus or ()),
        whole_screen=options.whole_screen,
        span_ms=options.span,
        reported_areas=options.reported_areas,
        radius=options.radius,
    )
    try:
        areas = NO_AREAS if options.areas is None else read_areas(options.areas)
        contents = contents_of(options.recordings, areas, choice)
        problems += contents.problems
        if contents.sections:
            for path in _write(options.out, contents):
                print(path)
    except (AreasError, RecordingError) as problem:
        problems.append(str(problem))
    except OSError as problem:
        problems.append(file_problem(problem))
    for text in problems:
        print(f"sightline: {text}", file=sys.stderr)
    return FAILED if problems else OK


def _write(out: Path, contents: Contents) -> Iterator[Path]:
    """Raises OSError."""
    for name, content in files_of(contents):
        path = out / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        yield path


def _span(text: str) -> tuple[float, float]:
    match = re.fullmatch(r"(\d{1,8})-(\d{1,8})", text)
    if not match or int(match[1]) >= int(match[2]):
        raise argparse.ArgumentTypeError(f"a span is FROM-TO in ms, such as 0-5000, got {text!r}")
    return float(match[1]), float(match[2])


def _radius(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = 0.0
    if not 0.002 <= value <= 0.5:
        raise argparse.ArgumentTypeError(f"a radius is a number from 0.002 to 0.5, got {text!r}")
    return value
