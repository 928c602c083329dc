"""Target patterns: for a calibration, for a validation, and for a short check of a saved calibration."""

from __future__ import annotations

import itertools
import math
import random
from collections.abc import Sequence
from dataclasses import dataclass

from calibration.screen import Point

LEFT, MIDDLE, RIGHT = 0.08, 0.5, 0.92
# The lower row is nearer to the edge: eyelids hide the iris there, and extrapolation is worst.
TOP, BOTTOM = 0.08, 0.95
_NINE = tuple((x, y) for y in (TOP, MIDDLE, BOTTOM) for x in (LEFT, MIDDLE, RIGHT))
_CORNERS = tuple((x, y) for y in (TOP, BOTTOM) for x in (LEFT, RIGHT))
_INNER = tuple((x, y) for y in (0.29, 0.72) for x in (0.29, 0.71))
PATTERNS: dict[str, tuple[Point, ...]] = {
    "3": ((0.15, 0.2), (0.85, 0.2), (MIDDLE, 0.9)),  # for a person with earlier sessions
    "5": (*_CORNERS, (MIDDLE, MIDDLE)),
    "9": _NINE,
    "13": (*_NINE, *_INNER),
    "16": tuple((x, y) for y in (TOP, 0.36, 0.66, BOTTOM) for x in (LEFT, 0.36, 0.64, RIGHT)),
}
MIN_TARGETS, MAX_TARGETS = 3, 49

# Nine regions with one validation target each: they cover the screen, and the places are not predictable. The median
# error of nine is within 25 % of that of all places 70 times of 100, that of six 61 times (normal errors, no noise).
_REGIONS = ((0.06, 0.33), (0.36, 0.64), (0.67, 0.94))
_HELD_OUT_APART = 0.09  # screen units from every calibration target; a nearer target would not be held out
_TRIES = 200
CHECK_PLACES: tuple[Point, ...] = ((0.5, 0.42), (0.2, 0.75), (0.8, 0.25))


@dataclass(frozen=True, slots=True)
class Target:
    """A target's number, and its centre in screen units."""

    id: int
    x: float
    y: float

    @property
    def place(self) -> Point:
        return self.x, self.y


def pattern_targets(pattern: str, rng: random.Random) -> list[Target]:
    """The targets of a named pattern in the order to show them. Raises KeyError for an unknown name."""
    return in_order(PATTERNS[pattern], rng)


def in_order(places: Sequence[Point], rng: random.Random) -> list[Target]:
    """The target nearest to the middle first (the eyes are there already), the rest shuffled.

    In reading order, slow sinking into the chair would look like a vertical gain. Ids are in reading order.
    """
    reading = sorted(places, key=lambda place: (place[1], place[0]))
    targets = [Target(i, x, y) for i, (x, y) in enumerate(reading)]
    first = min(targets, key=lambda target: math.hypot(target.x - MIDDLE, target.y - MIDDLE))
    rest = [target for target in targets if target is not first]
    rng.shuffle(rest)
    return [first, *rest]


def held_out_targets(taken: Sequence[Point], rng: random.Random) -> list[Target]:
    """Nine targets to measure with, one in each region of the screen, at random places away from the `taken` ones and
    from each other.

    In a full region, the target is at the emptiest of the tried places.
    """
    places: list[Point] = []

    def gap(place: Point) -> float:
        """To the nearest target; from one to the next of these nine, twice the distance is wanted."""
        apart = [math.dist(place, other) for other in taken] + [math.dist(place, other) / 2 for other in places]
        return min(apart, default=math.inf)

    for (top, bottom), (left, right) in itertools.product(_REGIONS, _REGIONS):
        tried: list[Point] = []
        while len(tried) < _TRIES and (not tried or gap(tried[-1]) < _HELD_OUT_APART):
            tried.append((round(rng.uniform(left, right), 4), round(rng.uniform(top, bottom), 4)))
        places.append(tried[-1] if gap(tried[-1]) >= _HELD_OUT_APART else max(tried, key=gap))
    return in_order(places, rng)


def check_targets(rng: random.Random) -> list[Target]:
    """Three targets to check whether a saved calibration is still valid."""
    return in_order(CHECK_PLACES, rng)
