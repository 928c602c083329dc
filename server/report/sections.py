"""Which stimuli to report, and their figures. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from server.analysis.analysis import Analysis, Subject
from server.report.bars import area_bars
from server.report.figures import FIGURES
from server.report.html import Section
from server.report.sheet import Picture


def stimuli_of(subjects: Sequence[Subject]) -> list[str | None]:
    """The stimuli in the order of their first showing; the whole screen if there are none."""
    names = dict.fromkeys(shown.name for subject in subjects for shown in subject.line.stimuli)
    return list(names) or [None]


def section(found: Analysis, picture: Picture | None) -> Section:
    drawn = [(name, draw(found, picture)) for name, draw in FIGURES.items() if name != "areas" or found.request.areas]
    if found.names:
        drawn.append(("area-bars", area_bars(found)))
    return Section(found, drawn)
