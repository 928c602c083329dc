"""Prepared renders as batches: memory-mapped arrays, split by person."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from models.networks.registry import Input

HELD_OUT_EVERY = 20  # persons whose number it divides are never trained on
MAX_BLINK = 0.45  # lids further down than this hide the pupil: nothing to learn
LABELS = ("gaze", "eye_in_head", "target", "head")
_SMALL = ("head", "centre", "gaze", "eye_in_head", "target", "normalisation", "head_angles", "person", "set_up")
_EXTRA = ("glasses", "blink", "skin")
_PICTURES: Mapping[Input, str] = {"face": "face", "eyes": "eyes"}

Index = npt.NDArray[np.int64]


class DataError(Exception):
    """The folder of prepared renders can't be used; the text says what to do."""


@dataclass(frozen=True)
class Rows:
    """All rows of a folder. `small`: the arrays but pictures, name -> (n, ...), in memory; pictures stay on disk."""

    small: Mapping[str, npt.NDArray[np.generic]]
    pictures: Mapping[str, tuple[npt.NDArray[np.uint8], ...]]  # one memory map for each chunk
    chunk: Index  # (n,) which chunk a row is in
    place: Index  # (n,) and where

    def __len__(self) -> int:
        return len(self.chunk)

    @property
    def held_out(self) -> npt.NDArray[np.bool_]:
        """(n,) rows of people that are never trained on."""
        held: npt.NDArray[np.bool_] = self.small["person"] % HELD_OUT_EVERY == 0  # type: ignore[operator]
        return held

    def picture(self, name: str, rows: Index) -> npt.NDArray[np.uint8]:
        """(len(rows), ...) copies of the pictures of these rows."""
        maps = self.pictures[name]
        return np.stack([maps[self.chunk[row]][self.place[row]] for row in rows])


def load_rows(folder: Path, uses: Collection[Input]) -> Rows:
    """Rows with open eyes of every chunk. Raises DataError when there is none."""
    chunks = sorted(path.parent for path in folder.glob("*/person.npy") if not path.parent.name.endswith(".partial"))
    small: dict[str, list[npt.NDArray[np.generic]]] = {name: [] for name in (*_SMALL, *_EXTRA)}
    pictures: dict[str, list[npt.NDArray[np.uint8]]] = {name: [] for use, name in _PICTURES.items() if use in uses}
    chunk, place = [], []
    for number, path in enumerate(chunks):
        usable = np.flatnonzero(np.load(path / "blink.npy") <= MAX_BLINK)
        for name, parts in small.items():
            parts.append(np.load(path / f"{name}.npy")[usable])
        for name, maps in pictures.items():
            maps.append(np.load(path / f"{name}.npy", mmap_mode="r"))
        chunk.append(np.full(len(usable), number))
        place.append(usable)
    if not chunks:
        raise DataError(
            f"{folder}: no prepared renders; make them with 'python -m models.synthetic samples' and "
            "'python -m models.training.prepare'"
        )
    return Rows(
        small={name: np.concatenate(parts) for name, parts in small.items()},
        pictures={name: tuple(maps) for name, maps in pictures.items()},
        chunk=np.concatenate(chunk).astype(np.int64),
        place=np.concatenate(place).astype(np.int64),
    )


def people_of(rows: Rows, chosen: Iterable[int]) -> dict[int, Index]:
    """person -> the rows among `chosen` that show them."""
    index = np.asarray(list(chosen), np.int64)
    persons = rows.small["person"][index]
    return {int(person): index[persons == person] for person in np.unique(persons)}
