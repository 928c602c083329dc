"""The order of the stimuli for one participant. Pure.

Latin square: a balanced one (Williams 1949). Over its rows, each stimulus is at each place equally often, and follows
each other stimulus equally often. It has n rows for an even n, and 2n for an odd n.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from server.study.definition import Order


@dataclass(frozen=True, slots=True)
class EarlierRun:
    """complete: whether the participant has seen the study to its end."""

    participant: int
    row: int
    complete: bool


def latin_square(n: int) -> list[list[int]]:
    """The rows for n stimuli, which are numbered from 0."""
    first = [(place + 1) // 2 if place % 2 else (n - place // 2) % n for place in range(n)]
    rows = [[(number + shift) % n for number in first] for shift in range(n)]
    return rows if n % 2 == 0 else [*rows, *(row[::-1] for row in rows)]


def next_run(n_stimuli: int, earlier: Iterable[EarlierRun], *, last_given: int = 0) -> tuple[int, int]:
    """Number and row of the next participant. The row of a participant who stopped is given again.

    last_given: the highest number that was given to a participant without a recording.
    """
    runs = list(earlier)
    participant = max([last_given, *(run.participant for run in runs)]) + 1
    used = Counter(run.row for run in runs if run.complete)
    n_rows = n_stimuli if n_stimuli % 2 == 0 else 2 * n_stimuli
    return participant, min(range(n_rows), key=lambda row: used[row])


def ordered(order: Order, n: int, *, study: str, participant: int, row: int) -> Sequence[int]:
    """The numbers of the stimuli in the order of this participant. A random one is always the same."""
    if order == "latin":
        square = latin_square(n)
        return square[row % len(square)]
    numbers = list(range(n))
    if order == "random":
        random.Random(f"{study}/{participant}").shuffle(numbers)
    return numbers
