"""The dots of the calibration game."""

from __future__ import annotations

import random
from dataclasses import dataclass

COLUMNS = (0.08, 0.5, 0.92)
# The lower row lies nearer to the edge: lids hide the iris there and extrapolation is worst.
ROWS = (0.08, 0.5, 0.95)


@dataclass(frozen=True, slots=True)
class Target:
    """A dot's centre in screen units."""

    id: int
    x: float
    y: float


def nine_targets(rng: random.Random) -> list[Target]:
    """The 3x3 grid, the middle first (the eyes are there already), the rest shuffled.

    Shuffled, because in reading order a person who slowly sinks into the chair looks like a vertical gain.
    Ids number the grid in reading order.
    """
    grid = [Target(id=3 * row + column, x=x, y=y) for row, y in enumerate(ROWS) for column, x in enumerate(COLUMNS)]
    middle = grid.pop(4)
    rng.shuffle(grid)
    return [middle, *grid]
