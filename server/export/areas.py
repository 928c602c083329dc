"""The stimuli and areas of interest of a recording in its exports: areas, fixations on them, metrics.

The areas are those that were drawn in the lab and saved there as areas.json (`server.report.areas_file`). The fixations
and metrics are those of `sightline analyse`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from msgspec import Struct, to_builtins

from server.analysis.analysis import Analysis, Subject, analyse
from server.analysis.request import AnalysisRequest, AreaOfInterest
from server.analysis.tables import Table, areas_table, fixations_table, metrics_table
from server.analysis.timeline import Timeline, timeline
from server.recordings.gaze_log import GazeRecording, Message
from server.recordings.opened import open_recording
from server.report.areas_file import AreasFile, area_members

Analyses = Sequence[Analysis]  # of one recording, one for each stimulus


@dataclass(frozen=True, slots=True)
class AreaFixation:
    """A fixation on an area, as far as it lies in the area's time.

    Times: ms since the first sample. x, y: screen units. certainty: the probability that it was in the area; None if
    the person's error is unknown.
    """

    stimulus: str | None
    area: str
    start_ms: float
    end_ms: float
    x: float
    y: float
    certainty: float | None


def analyses_of(path: Path, session: str | None, areas: AreasFile) -> tuple[Analysis, ...]:
    """Of each stimulus; of the whole screen and of marks only if there are areas for them. Raises RecordingError.

    An area that begins after the end of this recording's showings is left out: other people may have seen it.
    """
    subject = Subject(timeline(open_recording(path, session=session)))
    names = dict.fromkeys(one.name for one in subject.line.stimuli if one.kind != "mark" or areas.of(one.name))
    wanted = [*names, *([None] if areas.whole_screen and subject.line.duration_ms > 0.0 else [])]
    return tuple(
        analyse([subject], AnalysisRequest(stimulus=name, areas=_begun(subject.line, name, areas.of(name))))
        for name in wanted
    )


def never_there(analyses: Sequence[Analyses], areas: AreasFile) -> list[str]:
    """Of what no recording shows, for people. analyses: of each recording."""
    found = [one for of_recording in analyses for one in of_recording]
    problems = areas.unknown([one.request.stimulus for one in found])
    for stimulus in dict.fromkeys(one.request.stimulus for one in found):
        there = {area.name for one in found if one.request.stimulus == stimulus for area in one.request.areas}
        problems += [
            f"{areas.path}: {area.name!r} begins after the end of {stimulus or 'all recordings'}"
            for area in areas.of(stimulus)
            if area.name not in there
        ]
    return problems


def _begun(line: Timeline, stimulus: str | None, areas: Sequence[AreaOfInterest]) -> tuple[AreaOfInterest, ...]:
    lengths = [one.end_ms - one.start_ms for one in line.stimuli if one.name == stimulus]
    longest_ms = line.duration_ms if stimulus is None else max(lengths)
    return tuple(area for area in areas if area.span_ms is None or area.span_ms[0] < longest_ms)


def fixations_on(analyses: Analyses) -> Table | None:
    """A row for each fixation on a stimulus; None without stimuli."""
    tables = [fixations_table(one) for one in analyses]
    return Table(tables[0].header, [row for one in tables for row in one.rows]) if tables else None


def metrics_of(analyses: Analyses) -> Table | None:
    """A row for each area; None without areas."""
    tables = [metrics_table(one, means=False) for one in analyses if one.request.areas]
    return Table(tables[0].header, [row for one in tables for row in one.rows]) if tables else None


def drawn_areas(analyses: Analyses) -> Table | None:
    """A row for each area with its shape; None without areas."""
    tables = [areas_table(one) for one in analyses if one.request.areas]
    return Table(tables[0].header, [row for one in tables for row in one.rows]) if tables else None


def area_fixations(analyses: Analyses) -> Iterator[AreaFixation]:
    """For each fixation and each area that it hit."""
    for found in analyses:
        for person in found.people:
            known = person.subject.line.accuracy is not None
            for look, hits in zip(person.looks, person.hits, strict=True):
                for fixation, area in np.argwhere(hits.hit).tolist():
                    start_ms, end_ms = hits.start_ms[fixation, area], hits.end_ms[fixation, area]
                    yield AreaFixation(
                        stimulus=found.request.stimulus,
                        area=person.areas.names[area],
                        start_ms=round(float(look.shown.start_ms + start_ms), 1),
                        end_ms=round(float(look.shown.start_ms + end_ms), 1),
                        x=round(float(look.screen_x[fixation]), 4),
                        y=round(float(look.screen_y[fixation]), 4),
                        certainty=round(float(hits.probability[fixation, area]), 3) if known else None,
                    )


class DrawnAreas(Struct, frozen=True, tag="drawn_areas"):
    """A line of NDJSON: the areas of a stimulus, or of the whole screen."""

    session: str | None
    timestamp: float
    stimulus: str | None
    areas: list[dict[str, Any]]


class AreaFixationLine(Struct, frozen=True, tag="area_fixation"):
    """A line of NDJSON, at the end of the fixation."""

    session: str | None
    start: float
    timestamp: float
    stimulus: str | None
    area: str
    x: float
    y: float
    certainty: float | None


def area_messages(recording: GazeRecording, analyses: Analyses) -> list[Message]:
    session, start_ms = recording.samples[0].get("session"), recording.start_ms
    drawn = [
        DrawnAreas(session, start_ms, one.request.stimulus, area_members(one.request.areas))
        for one in analyses
        if one.request.areas
    ]
    fixations = [
        AreaFixationLine(
            session=session,
            start=start_ms + one.start_ms,
            timestamp=start_ms + one.end_ms,
            stimulus=one.stimulus,
            area=one.area,
            x=one.x,
            y=one.y,
            certainty=one.certainty,
        )
        for one in area_fixations(analyses)
    ]
    return [to_builtins(line) for line in (*drawn, *fixations)]
