"""Writes the file formats of BIDS: JSON, tables with a header, and compressed tables without one."""

from __future__ import annotations

import csv
import gzip
import io
import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

MISSING = "n/a"


def write_json(path: Path, values: Mapping[str, Any]) -> Path:
    path.write_text(json.dumps(values, indent=2, ensure_ascii=False, allow_nan=False) + "\n", encoding="utf-8")
    return path


def write_tsv(path: Path, header: Sequence[str], rows: Iterable[Sequence[Any]]) -> Path:
    path.write_text(_table([header, *rows]), encoding="utf-8")
    return path


def write_tsv_gz(path: Path, rows: Iterable[Sequence[Any]]) -> Path:
    """Writes a table without a header; the sidecar has the names. The same data always gives the same bytes."""
    with path.open("wb") as raw, gzip.GzipFile(filename="", fileobj=raw, mode="wb", mtime=0) as file:
        file.write(_table(rows).encode())
    return path


def one_line(text: str) -> str:
    """The text without tabs and line ends, which a cell can't hold."""
    return " ".join(text.split())


def _table(rows: Iterable[Sequence[Any]]) -> str:
    text = io.StringIO()
    writer = csv.writer(text, delimiter="\t", lineterminator="\n", quoting=csv.QUOTE_NONE, quotechar=None)
    writer.writerows([MISSING if value is None else value for value in row] for row in rows)
    return text.getvalue()
