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

HELD_OUT_EVERY = 20  # by default, persons whose number it divides are held out
EVERY_TWENTIETH = f"every {HELD_OUT_EVERY}th person"
MAX_BLINK = 0.45  # at more than this, the eyelids hide the pupil, and there is nothing to learn
_SMALL = ("head", "centre", "gaze", "eye_in_head", "target", "normalisation", "head_angles", "person", "set_up")
_EXTRA = ("glasses", "blink", "skin")
_PICTURES: Mapping[Input, str] = {"face": "face", "eyes": "eyes"}

Index = npt.NDArray[np.int64]


class DataError(Exception):
    """The folder of prepared renders is not usable. The text says what to do."""


@dataclass(frozen=True)
class Rows:
    """All rows of a folder. `small`: the arrays except pictures, name -> (n, ...), in memory. Pictures stay on disk."""

    small: Mapping[str, npt.NDArray[np.generic]]
    pictures: Mapping[str, tuple[npt.NDArray[np.uint8], ...]]  # one memory map for each chunk
    chunk: Index  # (n,) the chunk of each row
    place: Index  # (n,) the index of each row in its chunk
    held_out: npt.NDArray[np.bool_]  # (n,) whether the row's person is held out
    held_out_text: str  # the held-out people, as in the header of weights
    licence: DataLicence

    def __len__(self) -> int:
        return len(self.chunk)

    def split(self) -> tuple[Index, Index]:
        """Rows for training and rows for measuring. Raises DataError if one of them is empty."""
        for found, missing in ((~self.held_out, "left to train on"), (self.held_out, "held out")):
            if not found.any():
                people = ", ".join(map(str, np.unique(self.small["person"])[:20]))
                raise DataError(
                    f"no person is {missing} among persons {people}; --held-out PERSON ... names other ones"
                )
        return np.flatnonzero(~self.held_out), np.flatnonzero(self.held_out)

    def picture(self, name: str, rows: Index) -> npt.NDArray[np.uint8]:
        """(len(rows), ...) a copy of these rows' pictures."""
        maps = self.pictures[name]
        return np.stack([maps[self.chunk[row]][self.place[row]] for row in rows])


def add_split_option(parser: ArgumentParser) -> None:
    parser.add_argument(
        "--held-out",
        type=int,
        nargs="+",
        default=[],
        metavar="PERSON",
        help="people used only for measuring (default: every 20th)",
    )


def load_rows(folder: Path, uses: Collection[Input], held_out: Collection[int] = ()) -> Rows:
    """All rows with open eyes. held_out: persons not to train on; none: every twentieth. Raises DataError if the folder
    has no chunk."""
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
            f"{folder}: no prepared renders; create them with 'python -m models.synthetic samples' and "
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
