"""The header of a weights file: its training data, its licence and its held-out people."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from models.training.data_licence import UNKNOWN, joined, separate
from models.training.dataset import EVERY_TWENTIETH, Rows

Provenance = Mapping[str, str]

_OF_A_TRAINING = ("config", "images", "steps", "start")


def provenance_of(
    config: str,
    rows: Rows,
    *,
    images: int,
    steps: int,
    before: Sequence[Provenance] = (),
    start: Provenance | None = None,
) -> dict[str, str]:
    """The header of new weights. before: headers of the weights with which the network, or parts of it, started; start:
    the header among them that is of the whole network."""
    header = {
        "config": config,
        "data": joined([*(one.get("data", UNKNOWN.data) for one in before), rows.licence.data]),
        "images": str(images),
        "steps": str(steps),
        "held_out": rows.held_out_text,
        "licence": joined([*(one.get("licence", UNKNOWN.licence) for one in before), rows.licence.licence]),
    }
    if start is not None:
        header["start"] = trainings(start)
    return header


def trainings(weights: Provenance) -> str:
    """The training of these weights and of those with which it started, as the header of later weights names them."""
    return ", ".join(f"{name} {weights[name]}" for name in _OF_A_TRAINING if name in weights)


def others_held_out(weights: Provenance, rows: Rows) -> str | None:
    """The held-out people of `weights`, if they differ from those of `rows`; else None.

    If they differ, the weights may have been trained on people that are held out here. With another data set they have
    not: its people have the same numbers but are other people.
    """
    learned = set(separate(weights.get("data", UNKNOWN.data)))
    measured = set(separate(rows.licence.data))
    others = weights.get("held_out", EVERY_TWENTIETH)
    known_apart = UNKNOWN.data not in learned | measured and not learned & measured
    return None if known_apart or others == rows.held_out_text else others
