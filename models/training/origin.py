"""Where prepared pictures come from and what may be done with them: stays with each chunk and goes into the weights.

A network keeps the terms of all that it has learned from, those of the weights it began with (`models.train --start`)
included.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

_FILE = "origin.json"
_SEPARATOR = "; "


class Origin(NamedTuple):
    """In words, for the header of the weights."""

    data: str
    licence: str


RENDERS = Origin("rendered images (synthetic)", "MIT; rendered from MIT and CC0 assets")
RECORDINGS = Origin("recordings of this project's users", "what the people recorded have agreed to")
MPIIFACEGAZE = Origin("MPIIFaceGaze", "not for commercial use")
UNKNOWN = Origin("images of unknown origin", "unknown")


def write_origin(chunk: Path, origin: Origin) -> None:
    (chunk / _FILE).write_text(json.dumps(origin._asdict()), encoding="utf-8")


def read_origin(chunk: Path) -> Origin:
    """UNKNOWN for a chunk that does not tell."""
    try:
        told = json.loads((chunk / _FILE).read_text(encoding="utf-8"))
        return Origin(str(told["data"]), str(told["licence"]))
    except (OSError, ValueError, KeyError, TypeError):
        return UNKNOWN


def joined(words: Iterable[str]) -> str:
    """Each of them once, in the order they came; what `joined` has written may be joined again."""
    return _SEPARATOR.join(dict.fromkeys(one for told in words for one in separate(told) if one))


def separate(words: str) -> list[str]:
    """What `joined` has joined."""
    return words.split(_SEPARATOR)
