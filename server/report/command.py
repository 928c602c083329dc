"""python -m server analyse: writes what was looked at, for people and for programs.

python -m server analyse var/recordings/r_* --areas areas.json --out out

    out/report.html          opens without a server
    out/metrics.csv, fixations.csv, transitions.csv, quality.csv
    out/figures/NAME-heat-map.svg, NAME-heat-map.png, ...
"""

from __future__ import annotations

import argparse
import re
import sys
from pathlib import Path

from calibration.profiles.disk import file_problem
from server.analysis.tables import TABLES, Table, csv_text
from server.recordings.reader import RecordingError
from server.report.areas_file import NO_AREAS, AreasError, read_areas
from server.report.contents import Choice, Contents, contents_of
from server.report.html import QUALITY_COLUMNS, quality_rows
from server.report.png import png_of

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


def _write(out: Path, contents: Contents) -> list[Path]:
    """Raises OSError."""
    figures = out / "figures"
    figures.mkdir(parents=True, exist_ok=True)
    sections = contents.sections
    written = []
    for name, table in TABLES.items():
        tables = [table(one.found) for one in sections]
        rows = [row for one in tables for row in one.rows]
        written.append(_text(out / f"{name}.csv", csv_text(Table(tables[0].header, rows))))
    quality = [list(row.values()) for row in quality_rows(contents.lines)]
    written.append(_text(out / "quality.csv", csv_text(Table(("recording", "title", *QUALITY_COLUMNS), quality))))
    taken: set[str] = set()
    for one in sections:
        stem = _file_name(one.name, taken)
        for name, svg in one.figures:
            written.append(_text(figures / f"{stem}-{name}.svg", svg))
            written.append(figures / f"{stem}-{name}.png")
            written[-1].write_bytes(png_of(svg))
    written.append(_text(out / "report.html", contents.html()))
    return written


def _text(path: Path, text: str) -> Path:
    path.write_text(text, encoding="utf-8", newline="")
    return path


def _file_name(name: str, taken: set[str]) -> str:
    """A name for files, different for each stimulus, also where case is ignored."""
    stem = re.sub(r"[^\w-]+", "-", name).strip("-").lower()[:40] or "stimulus"
    free = stem
    number = 1
    while free in taken:
        number += 1
        free = f"{stem}-{number}"
    taken.add(free)
    return free


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
