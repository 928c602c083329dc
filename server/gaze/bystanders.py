"""Whether somebody else looks on: a second face about as large as the one that is followed. Pure.

A page sends the face's surroundings only, so nobody would see who sits down beside it. Therefore:

1. Now and then it sends an *overview*, a small picture of the camera's whole frame (PROTOCOL.md, section 3), and all
   faces in it are found. They are counted and forgotten.
2. One of them is the person's own: the one whose middle is nearest to the face that is followed. Another one counts
   when it is at least COUNTS times as wide: at twice the distance a face has half the width, so who passes by behind,
   or hangs on a wall there, stops nobody.
3. What the detector misses or makes up once changes nothing: somebody is there after ENTER overviews in a row that show
   one, and gone after LEAVE in a row that don't, with a lower limit (STAYS) for who is there already. While that is
   open, the next overview is wanted sooner.
4. The face that is followed stays the one. Only when it turns out to be the one in the background (less than COUNTS
   times as wide as the widest) the page is asked to send that one's surroundings instead.
5. Who sends no overviews any more is not held for ever by the last one (STALE_MS).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from models.face.detector import Box

COUNTS, STAYS = 0.5, 0.4  # of the width of the face that is followed
ENTER, LEAVE = 2, 3  # overviews in a row
CALM_MS, SOON_MS = 1000.0, 300.0  # from one overview to the next
STALE_MS = 5000.0
FORGET_MS = 1500.0  # after this long without a face nobody is followed


@dataclass(frozen=True, slots=True)
class Overview:
    """What one overview showed. `others` count by rule 2; `follow`: the face to follow instead, by rule 4."""

    faces: int
    others: int
    next_ms: float
    follow: Box | None = None

    def to_wire(self, frame_seq: int) -> dict[str, Any]:
        return {
            "type": "overview",
            "frame": frame_seq,
            "faces": self.faces,
            "others": self.others,
            "next_ms": self.next_ms,
            "follow": None if self.follow is None else [round(value, 4) for value in self.follow],
        }


class BystanderDetector:
    """For one camera. Times are those of capture, in ms."""

    def __init__(self) -> None:
        self._followed: tuple[Box, float] | None = None
        self._there = False
        self._against = 0  # overviews in a row that say otherwise
        self._behind = 0  # overviews in a row in which the followed face is in the background
        self._told = False  # whom to follow
        self._seen_ms: float | None = None
        self._next_ms = 0.0

    def follow(self, box: Box, captured_ms: float) -> None:
        """Where the face is that the gaze comes from."""
        self._followed = (box, captured_ms)

    def there(self, captured_ms: float) -> bool:
        """Whether somebody looks on while this frame was captured."""
        return self._there and self._seen_ms is not None and captured_ms - self._seen_ms <= STALE_MS

    def due(self, captured_ms: float) -> bool:
        """Whether a whole frame that was captured then should serve as an overview."""
        backwards = self._seen_ms is not None and captured_ms < self._seen_ms  # somebody set the clock
        return captured_ms >= self._next_ms or backwards

    def see(self, faces: Sequence[Box], captured_ms: float) -> Overview:
        """All faces of one overview."""
        own = self._own(faces, captured_ms)
        widest = max(faces, key=_width, default=None)
        in_background = own is not None and widest is not None and own[2] < COUNTS * widest[2]
        stale = self._seen_ms is not None and captured_ms - self._seen_ms > STALE_MS
        if stale or (self._told and not in_background):  # or another face is followed now
            self._there, self._against, self._behind, self._told = False, 0, 0, False
        self._seen_ms = captured_ms
        least = (STAYS if self._there else COUNTS) * (own[2] if own else 0.0)
        others = [face for face in faces if face is not own and face[2] >= least]
        self._weigh(bool(others))
        self._behind = self._behind + 1 if in_background else 0
        wait_ms = SOON_MS if self._there or self._against or self._behind else CALM_MS
        self._next_ms = captured_ms + wait_ms
        follow = widest if self._behind >= ENTER else None
        if follow is not None:
            self._behind, self._told = 0, True  # said again only when it is still so
        return Overview(len(faces), len(others), wait_ms, follow)

    def _weigh(self, others: bool) -> None:
        self._against = self._against + 1 if others != self._there else 0
        if self._against >= (LEAVE if self._there else ENTER):
            self._there, self._against = others, 0

    def _own(self, faces: Sequence[Box], captured_ms: float) -> Box | None:
        """The followed one; where nobody is followed, the widest will be."""
        if self._followed is None or captured_ms - self._followed[1] > FORGET_MS:
            return max(faces, key=_width, default=None)
        middle = _middle(self._followed[0])
        return min(faces, key=lambda face: math.dist(_middle(face), middle), default=None)


def _width(face: Box) -> float:
    return face[2]


def _middle(face: Box) -> tuple[float, float]:
    return face[0] + face[2] / 2.0, face[1] + face[3] / 2.0
