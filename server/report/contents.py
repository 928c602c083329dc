"""What a report has: recordings are opened, and each stimulus is analysed and drawn.

`sightline analyse` and `sightline export --format report` write it. `problems` has what is not in it.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timezone
from pathlib import Path

from calibration.screen import ScreenGeometry
from server.analysis.analysis import AnalysisError, Subject, analyse
from server.analysis.request import AnalysisRequest, HeatOptions
from server.analysis.timeline import Timeline, timeline
from server.recordings.about import read_about
from server.recordings.opened import open_recording
from server.recordings.pictures import first_picture
from server.recordings.reader import RecordingError
from server.report.areas_file import AreasFile
from server.report.html import Section, report
from server.report.sections import section, stimuli_of

MANY = 10  # recordings, from which progress is shown


@dataclass(frozen=True, slots=True)
class Choice:
    """stimuli: those alone; empty for all, and without any the whole screen. The rest is as in `AnalysisRequest`."""

    stimuli: tuple[str, ...] = ()
    whole_screen: bool = False
    span_ms: tuple[float, float] | None = None
    reported_areas: bool = False
    radius: float | None = None


@dataclass(frozen=True, slots=True)
class Contents:
    """lines: title and time line of each recording. problems: what is not in it and why, for people."""

    sections: tuple[Section, ...]
    lines: tuple[tuple[str, Timeline], ...]
    problems: tuple[str, ...]

    def html(self) -> str:
        return report(self.sections, self.lines, made_now())


def made_now() -> str:
    """The time that a report bears."""
    return datetime.now(timezone.utc).strftime("%Y-%m-%d %H:%M UTC")


def contents_of(
    paths: Sequence[Path],
    areas: AreasFile,
    choice: Choice,
    *,
    session: str | None = None,
    screen_width_mm: float | None = None,
    distance_mm: float | None = None,
) -> Contents:
    """session: of files with several. screen_width_mm, distance_mm: for recordings without them.

    Raises RecordingError if two recordings have the same name, and OSError.
    """
    problems: list[str] = []
    folders, subjects = [], []
    for number, path in enumerate(paths, start=1):
        try:
            opened = open_recording(path, session=session)
            opened = replace(opened, screen=_screen(opened.screen, screen_width_mm, distance_mm))
            subjects.append(Subject(timeline(opened), read_about(path).label))
            folders.append(path)
        except RecordingError as problem:
            problems.append(str(problem))  # the others are analysed
        if len(paths) >= MANY and (number % MANY == 0 or number == len(paths)):
            print(f"opened {number} of {len(paths)} recordings", file=sys.stderr)
    names = [subject.line.name for subject in subjects]
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice is not None:
        raise RecordingError(f"two recordings are named {twice}: rename one")
    sections = _sections(folders, subjects, areas, choice, problems) if subjects else []
    return Contents(tuple(sections), tuple((one.title, one.line) for one in subjects), tuple(problems))


def _sections(
    folders: Sequence[Path], subjects: Sequence[Subject], areas: AreasFile, choice: Choice, problems: list[str]
) -> list[Section]:
    shown = stimuli_of(subjects)
    problems += areas.unknown(shown)
    stimuli: list[str | None] = list(choice.stimuli or shown)
    if (areas.whole_screen or choice.whole_screen) and None not in stimuli:
        stimuli.append(None)
    sections = []
    for stimulus in stimuli:
        request = AnalysisRequest(
            stimulus=stimulus,
            span_ms=choice.span_ms,
            areas=areas.of(stimulus),
            reported_areas=choice.reported_areas,
            heat=HeatOptions(choice.radius),
        )
        try:
            found = analyse(subjects, request)
        except AnalysisError as problem:
            problems.append(str(problem))
            continue
        picture = None if stimulus is None else first_picture(folders, stimulus)
        sections.append(section(found, picture))
    return sections


def _screen(screen: ScreenGeometry, width_mm: float | None, distance_mm: float | None) -> ScreenGeometry:
    if width_mm is not None:
        screen = replace(screen, width_mm=width_mm, height_mm=None)
    return screen if distance_mm is None else replace(screen, distance_mm=distance_mm)
