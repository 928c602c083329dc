"""The data and the licence that weights carry: written beside each chunk of prepared pictures, joined in the weights.

A network keeps the terms of everything it has learned from, those of the weights it started with
(`models.train --start`) included.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

_FILE = "origin.json"
_SEPARATOR = "; "


class DataLicence(NamedTuple):
    """Which data, and under which terms, in the words of the weights' header."""

    data: str
    licence: str


RENDERS = DataLicence("rendered images (synthetic)", "MIT; rendered from MIT and CC0 assets")
RECORDINGS = DataLicence("recordings of this project's users", "what the people recorded have agreed to")
MPIIFACEGAZE = DataLicence("MPIIFaceGaze", "not for commercial use")
UNKNOWN = DataLicence("images of unknown origin", "unknown")


def write_licence(chunk: Path, licence: DataLicence) -> None:
    (chunk / _FILE).write_text(json.dumps(licence._asdict()), encoding="utf-8")


def read_licence(chunk: Path) -> DataLicence:
    """UNKNOWN for a chunk without a readable file."""
    try:
        found = json.loads((chunk / _FILE).read_text(encoding="utf-8"))
        return DataLicence(str(found["data"]), str(found["licence"]))
    except (OSError, ValueError, KeyError, TypeError):
        return UNKNOWN


def joined(texts: Iterable[str]) -> str:
    """Each entry once, in order; a joined text may be joined again."""
    return _SEPARATOR.join(dict.fromkeys(one for text in texts for one in separate(text) if one))


def separate(text: str) -> list[str]:
    """The inverse of `joined`."""
    return text.split(_SEPARATOR)
