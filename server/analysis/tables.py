"""The tables of an analysis: metrics, fixations, transitions, areas. Pure."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from server.analysis.analysis import Analysis
from server.analysis.analysis_json import fixations_json
from server.analysis.metrics import Metrics


@dataclass(frozen=True, slots=True)
class Table:
    header: Sequence[str]
    rows: Sequence[Sequence[Any]]


METRIC_COLUMNS = tuple(Metrics.__dataclass_fields__)


def metrics_table(found: Analysis, *, means: bool = True) -> Table:
    """A row for each person and area; then, with `means`, the mean of each area and the ends of its 95 % interval.

    area_from_ms, area_to_ms: the time of an area that has one, from the onset.
    """
    stimulus = found.request.stimulus or ""
    spans = {area.name: area.span_ms or (None, None) for area in found.request.areas}
    rows: list[list[Any]] = []
    for person in found.people:
        about = [person.subject.line.name, person.subject.line.person, person.subject.label, stimulus]
        for name, metrics in person.metrics.items():
            values = [getattr(metrics, column) for column in METRIC_COLUMNS]
            rows.append([*about, name, *values, *spans.get(name, (None, None))])
    for name, estimates in found.groups.items() if means else ():
        for kind in ("mean", "low", "high", "n"):
            values = [getattr(estimates[column], kind) for column in METRIC_COLUMNS]
            rows.append([{"low": "95 % low", "high": "95 % high"}.get(kind, kind), "", "", stimulus, name, *values])
            rows[-1] += spans.get(name, (None, None))
    columns = ("recording", "person", "label", "stimulus", "area", *METRIC_COLUMNS, "area_from_ms", "area_to_ms")
    return Table(columns, rows)


def fixations_table(found: Analysis) -> Table:
    """A row for each fixation; x, y in 0..1 of the stimulus, start from its onset."""
    columns = ("showing", "start_ms", "duration_ms", "x", "y", "area", "certainty")
    rows = [
        [person.subject.line.name, person.subject.line.person, found.request.stimulus or "", number]
        + [fixation[column] for column in columns]
        for person in found.people
        for number, fixation in enumerate(fixations_json(person), start=1)
    ]
    return Table(("recording", "person", "stimulus", "number", *columns), rows)


def transitions_table(found: Analysis) -> Table:
    """A row for each pair of areas: moves from one to the other, summed over people, and their share of all from it."""
    rows = []
    for name, counts in zip(found.columns, found.transitions.tolist(), strict=True):
        total = sum(counts)
        rows += [
            [found.request.stimulus or "", name, to, count, count / total if total else None]
            for to, count in zip(found.columns, counts, strict=True)
            if to != name
        ]
    return Table(("stimulus", "from", "to", "count", "share"), rows)


def areas_table(found: Analysis) -> Table:
    """A row for each area that was drawn; points in 0..1 of the stimulus, times in ms from its onset."""
    rows = [
        [found.request.stimulus or "", area.name, area.shape, json.dumps(area.points), *(area.span_ms or (None, None))]
        for area in found.request.areas
    ]
    return Table(("stimulus", "area", "shape", "points", "from_ms", "to_ms"), rows)


TABLES: Mapping[str, Callable[[Analysis], Table]] = MappingProxyType(
    {"metrics": metrics_table, "fixations": fixations_table, "transitions": transitions_table, "areas": areas_table}
)


def csv_text(table: Table) -> str:
    text = io.StringIO(newline="")
    rounded = ([round(cell, 4) if isinstance(cell, float) else cell for cell in row] for row in table.rows)
    write_csv_rows(text, table.header, rounded)
    return text.getvalue()


def write_csv_rows(file: Any, header: Iterable[str], rows: Iterable[Sequence[Any]]) -> None:
    """Writes CSV. Absent values are empty cells, true and false are words, and no text is read as a formula."""
    writer = csv.writer(file)
    writer.writerow([_cell(name) for name in header])
    writer.writerows([_cell(value) for value in row] for row in rows)


def _cell(value: Any) -> Any:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str) and value.startswith(("=", "+", "-", "@", "\t", "\r")):
        return "'" + value  # a spreadsheet must not read a label as a formula
    return value
