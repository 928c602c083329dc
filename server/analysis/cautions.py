"""What a reader of an analysis must know: areas that are too small, people who are missing, data that is lost. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from server.analysis.request import AnalysisRequest

if TYPE_CHECKING:
    from server.analysis.analysis import Person, Subject

SURE_ENOUGH = 0.5  # the certainty for a gaze at the middle of an area, below which it is too small
MUCH_LOST = 0.25
SAME_END_MS = 100.0  # an area that ends so much later than the longest showing was meant to end with it
Code = Literal[
    "area_too_small",
    "area_outside",
    "area_not_there",
    "area_ends_late",
    "not_shown",
    "few_people",
    "accuracy_unknown",
    "much_lost",
    "no_fixations",
    "problems",
]


@dataclass(frozen=True, slots=True)
class Caution:
    """area, recording: what it is about; None for all."""

    code: Code
    text: str
    area: str | None = None
    recording: str | None = None


def cautions(people: Sequence[Person], absent: Sequence[Subject], request: AnalysisRequest) -> Iterator[Caution]:
    yield from _about_areas(people, request)
    for subject in absent:
        text = f"{subject.title} did not see it and is left out"
        yield Caution("not_shown", text, recording=subject.line.name)
    n = len({person.subject.person for person in people})
    if n < 2:
        yield Caution("few_people", "one person: there are no intervals")
    for person in people:
        yield from _about_person(person)


def _about_areas(people: Sequence[Person], request: AnalysisRequest) -> Iterator[Caution]:
    for area in request.areas:
        left, top, right, bottom = area.form.box
        if left < 0.0 or top < 0.0 or right > 1.0 or bottom > 1.0:
            yield Caution("area_outside", f'"{area.name}" is partly outside of the stimulus', area=area.name)
        if area.span_ms is not None:
            yield from _about_time(area.name, *area.span_ms, people)
    names = dict.fromkeys(name for person in people for name in person.areas.names if name in person.metrics)
    for name in names:
        found = [
            (dict(zip(person.areas.names, person.areas.certainty, strict=True))[name], person)
            for person in people
            if name in person.areas.names and person.subject.line.accuracy is not None
        ]
        small = [(certainty, person) for certainty, person in found if certainty < SURE_ENOUGH]
        if small:
            least, person = min(small, key=lambda one: one[0])
            accuracy = person.subject.line.accuracy
            error = f"an error of {accuracy.px:.0f} px" if accuracy else "this error"
            text = (
                f'"{name}" is smaller than the accuracy allows for {len(small)} of {len(found)} recordings: with '
                f"{error}, even a gaze at its middle is in it with only {100 * least:.0f} %"
            )
            yield Caution("area_too_small", text, area=name)


def _about_time(name: str, begin_ms: float, end_ms: float | None, people: Sequence[Person]) -> Iterator[Caution]:
    absent = sum(name not in person.metrics for person in people)
    if absent:
        text = (
            f'"{name}" counts from {begin_ms:.0f} ms, when the stimulus had ended for {absent} of {len(people)} '
            "recordings; its metrics are about the others"
        )
        yield Caution("area_not_there", text, area=name)
    longest = longest_ms(people)
    if end_ms is not None and end_ms > longest + SAME_END_MS:
        text = f'"{name}" counts until {end_ms:.0f} ms, but the longest showing ended after {longest:.0f} ms'
        yield Caution("area_ends_late", text, area=name)


def longest_ms(people: Sequence[Person]) -> float:
    """Of the showings."""
    return max(look.shown.end_ms - look.shown.start_ms for person in people for look in person.looks)


def _about_person(person: Person) -> Iterator[Caution]:
    line, title = person.subject.line, person.subject.title
    if line.accuracy is None:
        yield Caution("accuracy_unknown", f"the accuracy of {title} is unknown: no certainty", recording=line.name)
    lost = person.lost_share
    if lost is not None and lost > MUCH_LOST:
        yield Caution("much_lost", f"{100 * lost:.0f} % of the samples of {title} have no point", recording=line.name)
    if not person.n_fixations:
        yield Caution("no_fixations", f"{title} has no fixations here", recording=line.name)
    if line.problems:
        more = f" and {len(line.problems) - 1} more" if len(line.problems) > 1 else ""
        yield Caution("problems", f"{title} is incomplete: {line.problems[0]}{more}", recording=line.name)
