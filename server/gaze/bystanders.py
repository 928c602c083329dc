"""Detects bystanders: a second face about as large as the one that is followed. Pure.

A page sends only the region of one face, so a person who sits down beside it is not in the picture. Therefore:

1. At intervals a page sends an *overview*, a small picture of the camera's whole frame (PROTOCOL.md, section 3), and
   all faces in it are detected. They are counted and not kept.
2. The own face is the one nearest to the face that is followed. Another face counts when it is at least COUNTS times
   as wide. At twice the distance a face has half the width, so people passing in the background, and pictures on a
   wall, are ignored.
3. A single missed or false detection changes nothing. A bystander is present after ENTER overviews in a row with one,
   and absent after LEAVE in a row without one. The threshold is lower (STAYS) once one is present (hysteresis). While
   overviews disagree, the next one is due sooner.
4. The followed face stays the same. Only when it is in the background (less than COUNTS times as wide as the widest
   face), the server requests the region of the widest face instead.
5. When a page stops sending overviews, the last one counts for at most STALE_MS.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from models.face.camera import Box
from server.protocol.session import OverviewReply

COUNTS, STAYS = 0.5, 0.4  # of the width of the face that is followed
ENTER, LEAVE = 2, 3  # overviews in a row
CALM_MS, SOON_MS = 1000.0, 300.0  # from one overview to the next
STALE_MS = 5000.0
FORGET_MS = 1500.0  # after this time without a face, no face is followed


@dataclass(frozen=True, slots=True)
class Overview:
    """The result of one overview. others: faces that count (rule 2). follow: the face to follow instead (rule 4)."""

    faces: int
    others: int
    next_ms: float
    follow: Box | None = None

    def reply(self, frame_seq: int) -> OverviewReply:
        follow = None
        if self.follow is not None:
            x, y, width, height = (round(value, 4) for value in self.follow)
            follow = (x, y, width, height)
        return OverviewReply(frame_seq, self.faces, self.others, self.next_ms, follow)


class BystanderDetector:
    """The detector of one camera. Times are capture times in ms."""

    def __init__(self) -> None:
        self._followed: tuple[Box, float] | None = None
        self._present = False
        self._disagreeing = 0  # overviews in a row that contradict `_present`
        self._in_background = 0  # overviews in a row in which the followed face is in the background
        self._sent_elsewhere = False  # the page was requested to follow another face
        self._overview_ms: float | None = None  # of the last overview
        self._next_ms = 0.0

    def follow(self, box: Box, captured_ms: float) -> None:
        """Sets the followed face. box: the face whose gaze is estimated."""
        self._followed = (box, captured_ms)

    def present(self, captured_ms: float) -> bool:
        """Whether there was a bystander when this frame was captured."""
        return self._present and self._overview_ms is not None and captured_ms - self._overview_ms <= STALE_MS

    def due(self, captured_ms: float) -> bool:
        """Whether a whole frame captured at this time should serve as an overview."""
        clock_set_back = self._overview_ms is not None and captured_ms < self._overview_ms
        return captured_ms >= self._next_ms or clock_set_back

    def count(self, faces: Sequence[Box], captured_ms: float) -> Overview:
        """Counts one overview. faces: all faces in it."""
        own = self._own(faces, captured_ms)
        widest = max(faces, key=_width, default=None)
        in_background = own is not None and widest is not None and own[2] < COUNTS * widest[2]
        stale = self._overview_ms is not None and captured_ms - self._overview_ms > STALE_MS
        if stale or (self._sent_elsewhere and not in_background):  # or another face is followed now
            self._present, self._disagreeing, self._in_background, self._sent_elsewhere = False, 0, 0, False
        self._overview_ms = captured_ms
        least = (STAYS if self._present else COUNTS) * (own[2] if own else 0.0)
        others = [face for face in faces if face is not own and face[2] >= least]
        self._decide(bool(others))
        self._in_background = self._in_background + 1 if in_background else 0
        wait_ms = SOON_MS if self._present or self._disagreeing or self._in_background else CALM_MS
        self._next_ms = captured_ms + wait_ms
        follow = widest if self._in_background >= ENTER else None
        if follow is not None:
            self._in_background, self._sent_elsewhere = 0, True  # requested again after ENTER further overviews
        return Overview(len(faces), len(others), wait_ms, follow)

    def _decide(self, others: bool) -> None:
        self._disagreeing = self._disagreeing + 1 if others != self._present else 0
        if self._disagreeing >= (LEAVE if self._present else ENTER):
            self._present, self._disagreeing = others, 0

    def _own(self, faces: Sequence[Box], captured_ms: float) -> Box | None:
        """The followed face; if none is followed, the widest one, which will be followed."""
        if self._followed is None or captured_ms - self._followed[1] > FORGET_MS:
            return max(faces, key=_width, default=None)
        middle = _middle(self._followed[0])
        return min(faces, key=lambda face: math.dist(_middle(face), middle), default=None)


def _width(face: Box) -> float:
    return face[2]


def _middle(face: Box) -> tuple[float, float]:
    return face[0] + face[2] / 2.0, face[1] + face[3] / 2.0
