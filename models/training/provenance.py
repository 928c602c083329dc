"""What the header of weights tells of their training: from which pictures, whom it has not seen, under which terms."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from models.training.dataset import EVERY_TWENTIETH, Rows
from models.training.origin import UNKNOWN, joined, separate

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
    """before: headers of the weights that the network, or parts of it, began with; start: that of them which is of the
    whole network."""
    told = {
        "config": config,
        "data": joined([*(one.get("data", UNKNOWN.data) for one in before), rows.origin.data]),
        "images": str(images),
        "steps": str(steps),
        "held_out": rows.who,
        "licence": joined([*(one.get("licence", UNKNOWN.licence) for one in before), rows.origin.licence]),
    }
    if start is not None:
        told["start"] = ", ".join(f"{name} {start[name]}" for name in _OF_A_TRAINING if name in start)
    return told


def others_held_out(weights: Provenance, rows: Rows) -> str | None:
    """Whom the training of `weights` held out, where those are others than in `rows`, so that it may have seen the
    people held out here. None: it has not. People of another data set have the same numbers, but are nobody it knows.
    """
    learned = set(separate(weights.get("data", UNKNOWN.data)))
    measured = set(separate(rows.origin.data))
    who = weights.get("held_out", EVERY_TWENTIETH)
    known_apart = UNKNOWN.data not in learned | measured and not learned & measured
    return None if known_apart or who == rows.who else who
