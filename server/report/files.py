"""The files of an analysis, which `sightline analyse` writes and the lab packs into a zip.

report.html                              opens without a server
metrics.csv, fixations.csv, transitions.csv, areas.csv, quality.csv
areas.json                               the areas that were drawn, for `--areas`; only if there are some
figures/NAME-heat-map.svg, NAME-heat-map.png, ...
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from models.datasets.session_layout import AREAS_FILE
from server.analysis.tables import TABLES, Table, csv_text
from server.report.areas_file import areas_of
from server.report.contents import Contents
from server.report.html import QUALITY_COLUMNS, quality_rows
from server.report.png import png_of


def files_of(contents: Contents) -> Iterator[tuple[str, bytes]]:
    """Name and content of each file; there must be a section. Drawing a figure as PNG takes tenths of a second."""
    sections = contents.sections
    for name, table in TABLES.items():
        tables = [table(one.found) for one in sections]
        rows = [row for one in tables for row in one.rows]
        yield f"{name}.csv", csv_text(Table(tables[0].header, rows)).encode()
    quality = [list(row.values()) for row in quality_rows(contents.lines)]
    yield "quality.csv", csv_text(Table(("recording", "title", *QUALITY_COLUMNS), quality)).encode()
    areas = areas_of(one.found for one in sections)
    if not areas.empty:
        yield AREAS_FILE, areas.text().encode()
    taken: set[str] = set()
    for one in sections:
        stem = _file_name(one.name, taken)
        for name, svg in one.figures:
            yield f"figures/{stem}-{name}.svg", svg.encode()
            yield f"figures/{stem}-{name}.png", png_of(svg)
    yield "report.html", contents.html().encode()


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
