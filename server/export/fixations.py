"""The fixations of a recording on its stimuli and areas of interest, as `sightline analyse` finds them."""

from __future__ import annotations

from pathlib import Path

from server.analysis.analysis import Subject, analyse
from server.analysis.request import AnalysisRequest
from server.analysis.tables import Table, fixations_table
from server.analysis.timeline import timeline
from server.recordings.opened import open_recording
from server.report.areas_file import AreasFile


def fixations_on_stimuli(path: Path, session: str | None, areas: AreasFile) -> Table | None:
    """None for a recording without stimuli, unless there are areas on the whole screen. Raises RecordingError."""
    subject = Subject(timeline(open_recording(path, session=session)))
    names = dict.fromkeys(one.name for one in subject.line.stimuli if one.kind != "mark")
    wanted = [*names, *([None] if areas.whole_screen else [])]
    found = [analyse([subject], AnalysisRequest(stimulus=name, areas=areas.of(name))) for name in wanted]
    tables = [fixations_table(one) for one in found]
    return Table(tables[0].header, [row for one in tables for row in one.rows]) if tables else None
