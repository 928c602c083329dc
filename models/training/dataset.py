"""Prepared pictures as batches: memory-mapped arrays, split by person."""

from __future__ import annotations

from argparse import ArgumentParser
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from models.networks.registry import Input
from models.training.data_licence import DataLicence, joined, read_licence

HELD_OUT_EVERY = 20  # unless others are named, persons whose number it divides are never trained on
EVERY_TWENTIETH = f"every {HELD_OUT_EVERY}th person"
MAX_BLINK = 0.45  # lids further down than this hide the pupil: nothing to learn
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
    held_out: npt.NDArray[np.bool_]  # (n,) rows of people that are never trained on
    held_out_text: str  # the held-out people, as in the header of weights
    licence: DataLicence

    def __len__(self) -> int:
        return len(self.chunk)

    def split(self) -> tuple[Index, Index]:
        """Rows to train on and rows to measure on. Raises DataError when one of them is empty."""
        for found, missing in ((~self.held_out, "left to train on"), (self.held_out, "held out")):
            if not found.any():
                people = ", ".join(map(str, np.unique(self.small["person"])[:20]))
                raise DataError(
                    f"no person is {missing} among persons {people}; --held-out PERSON ... names other ones"
                )
        return np.flatnonzero(~self.held_out), np.flatnonzero(self.held_out)

    def picture(self, name: str, rows: Index) -> npt.NDArray[np.uint8]:
        """(len(rows), ...) copies of the pictures of these rows."""
        maps = self.pictures[name]
        return np.stack([maps[self.chunk[row]][self.place[row]] for row in rows])


def add_split_option(parser: ArgumentParser) -> None:
    parser.add_argument(
        "--held-out",
        type=int,
        nargs="+",
        default=[],
        metavar="PERSON",
        help="never trained on, only measured (default: every 20th)",
    )


def load_rows(folder: Path, uses: Collection[Input], held_out: Collection[int] = ()) -> Rows:
    """Rows with open eyes of every chunk. held_out: persons not to train on; none: every twentieth. Raises DataError
    when there is no chunk."""
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
    whole = {name: np.concatenate(parts) for name, parts in small.items()}
    persons = whole["person"].astype(np.int64)
    licences = [read_licence(path) for path in chunks]
    return Rows(
        small=whole,
        pictures={name: tuple(maps) for name, maps in pictures.items()},
        chunk=np.concatenate(chunk).astype(np.int64),
        place=np.concatenate(place).astype(np.int64),
        held_out=np.isin(persons, list(held_out)) if held_out else persons % HELD_OUT_EVERY == 0,
        held_out_text="persons " + " ".join(map(str, sorted(set(held_out)))) if held_out else EVERY_TWENTIETH,
        licence=DataLicence(*(joined(words) for words in zip(*licences, strict=True))),
    )


def people_of(rows: Rows, chosen: Iterable[int]) -> dict[int, Index]:
    """person -> the rows among `chosen` that show them."""
    index = np.asarray(list(chosen), np.int64)
    persons = rows.small["person"][index]
    return {int(person): index[persons == person] for person in np.unique(persons)}
