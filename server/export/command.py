"""python -m server export: writes recordings as files for analysis.

python -m server export var/recordings/ada --format csv --out out
topics=gaze,fixation,saccade,blink,mark,geometry,calibration,validation,areas,aoi,dwell
curl -sN "http://127.0.0.1:8765/v1/stream/ndjson?topics=$topics" > ada.ndjson
python -m server export ada.ndjson --format bids --screen-width-mm 344 --out dataset
python -m server export var/recordings/r_* --format report --areas areas.json --out out
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from calibration.profiles.disk import file_problem
from server.events.offline import with_events
from server.export.areas import Analyses, analyses_of, never_there
from server.export.bids import Subject, check_bids, write_bids
from server.export.labels import label_of
from server.export.stimuli import pictures_of
from server.export.tables import write_csv, write_ndjson
from server.recordings.gaze_log import GazeRecording, read_gaze_recording
from server.recordings.reader import RecordingError
from server.report.areas_file import NO_AREAS, AreasError, read_areas
from server.report.contents import Choice, contents_of

OK, FAILED = 0, 1


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("recordings", nargs="+", type=Path, metavar="RECORDING", help="session folders or NDJSON files")
    parser.add_argument(
        "--format",
        choices=("csv", "ndjson", "bids", "report"),
        required=True,
        help="format to write; report: what was looked at, as Report.html, which opens without a server (`sightline "
        "analyse` adds figures and tables as files)",
    )
    parser.add_argument(
        "--out", type=Path, required=True, metavar="DIR", help="folder to write to; files there are replaced"
    )
    parser.add_argument("--areas", type=Path, metavar="FILE", help="areas of interest, as the lab saves them")
    parser.add_argument("--session", metavar="ID", help="session to export from a file with several sessions")
    parser.add_argument("--task", default="gaze", help="BIDS: the task's label, letters and digits")
    parser.add_argument(
        "--subject",
        help="BIDS: the subject's label, for recordings of one person (default: made from the recording's person, or "
        "else from its file name, and different for each); participants.tsv then does not hold the name",
    )
    parser.add_argument("--screen-width-mm", type=_millimetres, help="screen width, for recordings without it")
    parser.add_argument(
        "--distance-mm",
        type=_millimetres,
        help="distance from the eyes to the screen (default: that of the recording, or else the head's distance)",
    )


def run(options: argparse.Namespace) -> int:
    return _report(options) if options.format == "report" else _recordings(options)


def _report(options: argparse.Namespace) -> int:
    """All recordings in one file."""
    try:
        areas = NO_AREAS if options.areas is None else read_areas(options.areas)
        contents = contents_of(
            options.recordings,
            areas,
            Choice(),
            session=options.session,
            screen_width_mm=options.screen_width_mm,
            distance_mm=options.distance_mm,
        )
        written: list[Path] = []
        if contents.sections:
            options.out.mkdir(parents=True, exist_ok=True)
            written.append(options.out / "Report.html")
            written[0].write_text(contents.html(), encoding="utf-8", newline="")
        return _said(written, contents.problems)
    except (RecordingError, AreasError, OSError) as problem:
        return _said((), (_in_words(problem),))


def _recordings(options: argparse.Namespace) -> int:
    recordings: list[tuple[Path, GazeRecording]] = []
    problems: list[str] = []
    for path in options.recordings:
        try:
            recordings.append((path, _read(path, options)))
        except (RecordingError, OSError) as problem:
            problems.append(_in_words(problem))  # the others are exported
    written: list[Path] = []
    try:
        if recordings:
            options.out.mkdir(parents=True, exist_ok=True)
        if options.format == "bids":
            recordings, unfit = _fit_for_bids(recordings)
            problems += unfit
        if recordings:
            written = _write(recordings, options, problems)
    except (RecordingError, AreasError, OSError) as problem:
        problems.append(_in_words(problem))
    return _said(written, problems)


def _said(written: Sequence[Path], problems: Sequence[str]) -> int:
    """Prints both and returns the exit status."""
    for path in written:
        print(path)
    for text in problems:
        print(f"sightline: {text}", file=sys.stderr)
    return FAILED if problems else OK


def _in_words(problem: RecordingError | AreasError | OSError) -> str:
    return file_problem(problem) if isinstance(problem, OSError) else str(problem)


def _fit_for_bids(read: list[tuple[Path, GazeRecording]]) -> tuple[list[tuple[Path, GazeRecording]], list[str]]:
    """The recordings that have what BIDS requires, and the problems of the others."""
    fit, problems = [], []
    for path, recording in read:
        try:
            check_bids(recording)
            fit.append((path, recording))
        except RecordingError as problem:
            problems.append(str(problem))
    return fit, problems


def _write(read: list[tuple[Path, GazeRecording]], options: argparse.Namespace, problems: list[str]) -> list[Path]:
    """problems: gets what no recording shows."""
    recordings = [recording for _, recording in read]
    areas = NO_AREAS if options.areas is None else read_areas(options.areas)
    analyses: list[Analyses] = [()] * len(read)
    if options.areas is not None or options.format == "csv":
        analyses = [analyses_of(path, options.session, areas) for path, _ in read]
        problems += never_there(analyses, areas)
    if options.format == "bids":
        pictures = [pictures_of(path) for path, _ in read]
        subjects = _subjects(read, options)
        return write_bids(recordings, options.out, subjects=subjects, pictures=pictures, analyses=analyses)
    names = [recording.name for recording in recordings]
    if len({name.casefold() for name in names}) < len(names):  # some file systems ignore case
        raise RecordingError(f"two recordings have the same name: {', '.join(names)}")
    if options.format == "ndjson":
        found = zip(recordings, analyses, strict=True)
        return [path for recording, of in found for path in write_ndjson(recording, options.out, analyses=of)]
    written = []
    for (path, recording), of in zip(read, analyses, strict=True):
        written += write_csv(recording, options.out, pictures=pictures_of(path), analyses=of)
    return written


def _read(path: Path, options: argparse.Namespace) -> GazeRecording:
    recording = with_events(read_gaze_recording(path, session=options.session))
    screen = recording.screen
    if options.screen_width_mm is not None:
        screen = replace(screen, width_mm=options.screen_width_mm, height_mm=None)
    if options.distance_mm is not None:
        screen = replace(screen, distance_mm=options.distance_mm)
    return replace(recording, screen=screen)


def _subjects(read: list[tuple[Path, GazeRecording]], options: argparse.Namespace) -> list[Subject]:
    """The BIDS labels of the recordings. Raises RecordingError if two people could get the same label."""
    recordings = [recording for _, recording in read]
    if options.subject is not None:
        people = dict.fromkeys(recording.person for recording in recordings if recording.person)
        if len(people) > 1:
            raise RecordingError(f"--subject is for recordings of one person; these are of {', '.join(people)}")
        return [Subject(options.subject, options.task)] * len(recordings)
    nameless: dict[str, Path] = {}
    for path, recording in read:
        if not recording.person and nameless.setdefault(recording.name, path.resolve()) != path.resolve():
            raise RecordingError(
                f"two recordings are named {recording.name} and do not say whose they are: rename one, or export "
                "those of one person with --subject"
            )
    return [Subject(label_of(name), options.task, name) for name in (r.person or r.name for r in recordings)]


def _millimetres(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = 0.0
    if not 1.0 <= value <= 100_000.0:
        raise argparse.ArgumentTypeError(f"a length in mm is a number from 1 to 100000, got {text!r}")
    return value
