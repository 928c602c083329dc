"""Analyses one stimulus over one or many recordings: the answer that page, command line and HTTP share. Pure.

Subject(time line, label), AnalysisRequest -> Analysis
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from server.analysis.cautions import Caution, cautions, longest_ms
from server.analysis.groups import Estimate, group_metrics
from server.analysis.heat import HeatMap, heat_map, heat_sigma
from server.analysis.looks import Areas, Hits, Look, looks_at
from server.analysis.metrics import Metrics, area_metrics, sequence, transitions
from server.analysis.request import ELSEWHERE, AnalysisRequest
from server.analysis.timeline import Timeline
from server.errors import ServerError

Counts = npt.NDArray[np.int64]


class AnalysisError(ServerError):
    """The analysis is not possible. The text is for people."""


@dataclass(frozen=True, slots=True)
class Subject:
    """A recording to analyse. label: the name that the user gave it, may be empty."""

    line: Timeline
    label: str = ""

    @property
    def person(self) -> str:
        """Whom it is about; a recording without a person is about a person of its own."""
        return self.line.person or self.line.name

    @property
    def title(self) -> str:
        return self.label or self.line.person or self.line.participant or self.line.name


@dataclass(frozen=True, slots=True)
class Person:
    """One recording's part of the answer. hits, looks: one for each showing. metrics: by area, without those that were
    never there.
    """

    subject: Subject
    looks: tuple[Look, ...]
    hits: tuple[Hits, ...]
    areas: Areas
    metrics: dict[str, Metrics]
    sequence: tuple[str, ...]

    @property
    def shown_ms(self) -> float:
        return sum(look.shown_ms for look in self.looks)

    @property
    def lost_share(self) -> float | None:
        shares = [(look.lost_share, look.shown_ms) for look in self.looks if look.lost_share is not None]
        return sum(s * ms for s, ms in shares) / sum(ms for _, ms in shares) if shares else None

    @property
    def n_fixations(self) -> int:
        return sum(len(look.x) for look in self.looks)


@dataclass(frozen=True, slots=True)
class Analysis:
    """names: of all areas, the drawn ones first. transitions: (n + 1, n + 1), see `metrics.transitions`."""

    request: AnalysisRequest
    size_px: tuple[float, float]
    names: tuple[str, ...]
    people: tuple[Person, ...]
    groups: dict[str, dict[str, Estimate]]
    transitions: Counts
    heat: HeatMap
    cautions: tuple[Caution, ...]

    @property
    def columns(self) -> tuple[str, ...]:
        """The names of the rows and columns of the transitions."""
        return (*self.names, ELSEWHERE)


def analyse(subjects: Sequence[Subject], request: AnalysisRequest) -> Analysis:
    """Raises AnalysisError if no person saw the stimulus."""
    seen = [(subject, looks_at(subject.line, request.stimulus, request.span_ms)) for subject in subjects]
    absent = [subject for subject, looks in seen if not looks]
    seen = [(subject, looks) for subject, looks in seen if looks]
    if not seen:
        raise AnalysisError(_why_nothing(subjects, request))
    size_px = seen[0][1][0].shown.size_px(seen[0][0].line.screen)
    people = [_person(subject, looks, request) for subject, looks in seen]
    _check_times(people, request)
    there = {name for person in people for name in person.metrics}
    names = tuple(dict.fromkeys(name for person in people for name in person.areas.names if name in there))
    groups = {
        name: group_metrics([(p.subject.person, p.metrics[name]) for p in people if name in p.metrics])
        for name in names
    }
    blurs = [_blur(person, request.heat.radius) for person in people]
    return Analysis(
        request=request,
        size_px=size_px,
        names=names,
        people=tuple(people),
        groups=groups,
        transitions=_sum_of_transitions(people, names),
        heat=heat_map([(person.looks, blur) for person, blur in zip(people, blurs, strict=True)], size_px),
        cautions=tuple(cautions(people, absent, request)),
    )


def _person(subject: Subject, looks: Sequence[Look], request: AnalysisRequest) -> Person:
    size_px = looks[0].shown.size_px(subject.line.screen)
    areas = Areas(subject.line, request.areas, reported=request.reported_areas, size_px=size_px)
    hits = tuple(areas.hits(look) for look in looks)
    known = subject.line.accuracy is not None
    found = {name: area_metrics(looks, hits, number, error_known=known) for number, name in enumerate(areas.names)}
    metrics = {name: one for name, one in found.items() if one is not None}
    return Person(subject, tuple(looks), hits, areas, metrics, tuple(sequence(hits, areas.names)))


def _blur(person: Person, radius: float | None) -> float:
    """The blur of a person's heat map in px of the stimulus as it was shown to this person."""
    line = person.subject.line
    width_px, _ = person.looks[0].shown.size_px(line.screen)
    return heat_sigma(None if line.accuracy is None else line.accuracy.sigma_px, width_px, radius)


def _sum_of_transitions(people: Sequence[Person], names: tuple[str, ...]) -> Counts:
    total = np.zeros((len(names) + 1, len(names) + 1), np.int64)
    for person in people:
        own = person.areas.names
        there = [number for number, name in enumerate(own) if name in names]
        places, counted = [*(names.index(own[number]) for number in there), len(names)], [*there, len(own)]
        total[np.ix_(places, places)] += transitions(person.looks, person.hits, len(own))[np.ix_(counted, counted)]
    return total


def _check_times(people: Sequence[Person], request: AnalysisRequest) -> None:
    """Raises AnalysisError for an area that was never there."""
    for number, area in enumerate(request.areas):
        if area.span_ms is None or any(area.name in person.metrics for person in people):
            continue
        what = "the recording lasts" if request.stimulus is None else f"{request.stimulus!r} was shown for"
        why = f"{what} {longest_ms(people):.0f} ms at most"
        if request.span_ms is not None:
            why = "of which only {:.0f} to {:.0f} ms are analysed".format(*request.span_ms)
        raise AnalysisError(
            f"areas[{number}].span_ms: {area.name!r} counts from {area.span_ms[0]:.0f} ms after the onset, but {why}"
        )


def _why_nothing(subjects: Sequence[Subject], request: AnalysisRequest) -> str:
    if request.stimulus is None:
        return "these recordings have no samples in this time"
    names = sorted({shown.name for subject in subjects for shown in subject.line.stimuli})
    known = f"they have {', '.join(names[:20])}" if names else "they have no stimuli: analyse the whole screen"
    if request.stimulus in names:
        return f"the stimulus {request.stimulus!r} was not shown in this time"
    return f"there is no stimulus {request.stimulus!r} in these recordings; {known}"
