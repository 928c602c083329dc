"""python -m server analyse: writes what was looked at, for people and for programs.

python -m server analyse var/recordings/r_* --areas areas.json --out out

    out/report.html          opens without a server
    out/metrics.csv, fixations.csv, transitions.csv, quality.csv
    out/figures/NAME-heat-map.svg, ...
"""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Sequence
from datetime import datetime, timezone
from pathlib import Path

from calibration.profiles.disk import file_problem
from server.analysis.analysis import AnalysisError, Subject, analyse
from server.analysis.request import AnalysisRequest, HeatOptions
from server.analysis.tables import TABLES, Table, csv_text
from server.analysis.timeline import timeline
from server.recordings.about import read_about
from server.recordings.opened import open_recording
from server.recordings.pictures import first_picture
from server.recordings.reader import RecordingError
from server.report.areas_file import NO_AREAS, AreasError, AreasFile, read_areas
from server.report.html import QUALITY_COLUMNS, Section, quality_rows, report
from server.report.sections import section, stimuli_of

OK, FAILED = 0, 1
MANY = 10  # recordings, from which progress is shown


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
    try:
        areas = NO_AREAS if options.areas is None else read_areas(options.areas)
        folders, subjects = _open(options.recordings, problems)
        if subjects:
            sections = _sections(folders, subjects, areas, options, problems)
            if sections:
                for path in _write(options.out, sections, subjects):
                    print(path)
    except (AreasError, RecordingError) as problem:
        problems.append(str(problem))
    except OSError as problem:
        problems.append(file_problem(problem))
    for text in problems:
        print(f"sightline: {text}", file=sys.stderr)
    return FAILED if problems else OK


def _open(paths: Sequence[Path], problems: list[str]) -> tuple[list[Path], list[Subject]]:
    """The recordings that can be opened. Raises RecordingError if two have the same name."""
    folders, subjects = [], []
    for number, path in enumerate(paths, start=1):
        try:
            subjects.append(Subject(timeline(open_recording(path)), read_about(path).label))
            folders.append(path)
        except RecordingError as problem:
            problems.append(str(problem))  # the others are analysed
        if len(paths) >= MANY and (number % MANY == 0 or number == len(paths)):
            print(f"opened {number} of {len(paths)} recordings", file=sys.stderr)
    names = [subject.line.name for subject in subjects]
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice is not None:
        raise RecordingError(f"two recordings are named {twice}: rename one")
    return folders, subjects


def _sections(
    folders: Sequence[Path],
    subjects: Sequence[Subject],
    areas: AreasFile,
    options: argparse.Namespace,
    problems: list[str],
) -> list[Section]:
    shown = stimuli_of(subjects)
    for name in areas.stimuli:
        if name not in shown:
            problems.append(f"{options.areas}: no recording shows {name!r}; they show {_listed(shown)}")
    stimuli = list(options.stimulus or shown)
    if (areas.whole_screen or options.whole_screen) and None not in stimuli:
        stimuli.append(None)
    sections = []
    for stimulus in stimuli:
        request = AnalysisRequest(
            stimulus=stimulus,
            span_ms=options.span,
            areas=areas.of(stimulus),
            reported_areas=options.reported_areas,
            heat=HeatOptions(options.radius),
        )
        try:
            found = analyse(subjects, request)
        except AnalysisError as problem:
            problems.append(str(problem))
            continue
        picture = None if stimulus is None else first_picture(folders, stimulus)
        sections.append(section(found, picture))
    return sections


def _write(out: Path, sections: Sequence[Section], subjects: Sequence[Subject]) -> list[Path]:
    """Raises OSError."""
    figures = out / "figures"
    figures.mkdir(parents=True, exist_ok=True)
    lines = [(subject.title, subject.line) for subject in subjects]
    written = []
    for name, table in TABLES.items():
        tables = [table(one.found) for one in sections]
        rows = [row for one in tables for row in one.rows]
        written.append(_text(out / f"{name}.csv", csv_text(Table(tables[0].header, rows))))
    quality = [list(row.values()) for row in quality_rows(lines)]
    written.append(_text(out / "quality.csv", csv_text(Table(("recording", "title", *QUALITY_COLUMNS), quality))))
    taken: set[str] = set()
    for one in sections:
        stem = _file_name(one.name, taken)
        written += [_text(figures / f"{stem}-{name}.svg", svg) for name, svg in one.figures]
    made = datetime.now(timezone.utc).strftime("%Y-%m-%d %H:%M UTC")
    written.append(_text(out / "report.html", report(sections, lines, made)))
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


def _listed(names: Sequence[str | None]) -> str:
    return ", ".join(name for name in names if name is not None) or "no stimuli"


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
