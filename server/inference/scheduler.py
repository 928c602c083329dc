"""Which pictures a free worker takes next. Pure: no clock, no I/O.

1. A stream has a lane for its frames and one for its overviews. A lane holds one picture, which a newer one replaces.
2. A lane is ready while it holds a picture and is open. `take` closes it. Its owner opens it again when it wants the
   next result, so the pictures of a lane are analysed one after the other.
3. A worker takes frames of several streams as one batch. The lane whose last turn is longest ago goes first, so every
   stream gets the same share, however many frames it sends.
4. A batch has one of the sizes for which the worker's networks are compiled, the largest that is full.
5. An overview is taken when no frame is ready, and at the latest after MAX_PASSED batches of frames.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

Work = TypeVar("Work")

MAX_PASSED = 8  # batches of frames that may go before an overview: about 100 ms, while one is sent each second


@dataclass(eq=False, slots=True)
class Lane(Generic[Work]):
    """The pictures of one kind of one stream.

    urgent: frames, not overviews. last_turn: the number of the turn in which it was served. n_passed: how many batches
    went before its picture.
    """

    urgent: bool = True
    waiting: Work | None = None
    is_open: bool = False
    last_turn: int = 0
    n_passed: int = 0

    @property
    def is_ready(self) -> bool:
        return self.is_open and self.waiting is not None

    def put(self, work: Work) -> Work | None:
        """Puts a picture into the lane. Returns the one that it replaces."""
        replaced, self.waiting = self.waiting, work
        return replaced

    def take(self) -> Work | None:
        """Takes the picture and closes the lane."""
        work, self.waiting = self.waiting, None
        self.is_open = False
        self.n_passed = 0
        return work


class Scheduler(Generic[Work]):
    """The lanes of all streams."""

    def __init__(self) -> None:
        self._lanes: dict[Lane[Work], None] = {}  # a set that keeps its order
        self._turn = 0

    def add(self, *, urgent: bool) -> Lane[Work]:
        """A new lane. It has had no turn yet, so it goes first."""
        lane: Lane[Work] = Lane(urgent=urgent)
        self._lanes[lane] = None
        return lane

    def remove(self, lane: Lane[Work]) -> None:
        self._lanes.pop(lane, None)

    def n_waiting(self, *, urgent: bool) -> int:
        return sum(lane.urgent is urgent and lane.waiting is not None for lane in self._lanes)

    def take(self, batch_sizes: Sequence[int] = (1,)) -> list[tuple[Lane[Work], Work]]:
        """The pictures for one free worker: frames, or one overview. Empty when nothing is ready.

        batch_sizes: the largest first, the last one is 1.
        """
        frames, overviews = self._ready(urgent=True), self._ready(urgent=False)
        impatient = [lane for lane in overviews if lane.n_passed >= MAX_PASSED]
        if impatient or not frames:
            return self._serve((impatient or overviews)[:1])
        for lane in overviews:
            lane.n_passed += 1
        return self._serve(frames[: next(size for size in batch_sizes if size <= len(frames))])

    def _ready(self, *, urgent: bool) -> list[Lane[Work]]:
        """Longest without a turn first. The sort is stable, so new lanes go in the order in which they were added."""
        ready = (lane for lane in self._lanes if lane.urgent is urgent and lane.is_ready)
        return sorted(ready, key=lambda lane: lane.last_turn)

    def _serve(self, lanes: Iterable[Lane[Work]]) -> list[tuple[Lane[Work], Work]]:
        served = []
        for lane in lanes:
            work = lane.take()
            if work is not None:
                self._turn += 1
                lane.last_turn = self._turn
                served.append((lane, work))
        return served
