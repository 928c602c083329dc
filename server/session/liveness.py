"""Detects input that has stopped: no frames any more, or frames whose picture stands still. Pure.

`FrameWatch` counts the time without an analysed frame. The limit grows with the interval of the frames, so a camera
with 3 frames a second is not lost between two of them. Time is passed in as it elapses on a monotonic clock, so a wall
clock that is set does not matter.

`PictureWatch` compares pictures. A sensor has noise and a person moves, so no two pictures of a camera are equal:

1. Frames of the same region are compared. The JPEG's bytes are equal, or the cells of a small grey picture are.
2. Cells that differ by less than NEARLY_EQUAL belong to one picture that was encoded twice (0.06 to 0.13 between JPEG
   qualities 85 and 95). A head that moves by a tenth of a pixel changes a cell by 0.3. An empty room changes less, so
   this rule requires a face, and more time.
3. A new region says nothing about the picture: the camera stays frozen until two frames of one region differ.
"""

from __future__ import annotations

import math
from collections import deque

import numpy as np

from models.face.camera import Region
from server.inference.fingerprint import Fingerprint
from server.inference.results import AnalyzedFrame
from server.streaming.freshness import fresh_for_ms

LONGEST_TICK_MS = 200.0  # an event loop that was busy is not a lost camera either

FROZEN_MS = 1_000.0
FROZEN_RECODED_MS = 2_000.0
MIN_FRAMES = 4  # a client that sends few frames may repeat one
NEARLY_EQUAL = 0.15  # grey levels of 0 to 255


class FrameWatch:
    """Detects that no frames are analysed any more."""

    def __init__(self) -> None:
        self._quiet_ms: float | None = None  # None before the first frame, and after the silence was reported
        self._intervals_ms: deque[float] = deque(maxlen=7)

    def frame(self) -> None:
        """A frame was analysed."""
        if self._quiet_ms is not None:
            self._intervals_ms.append(self._quiet_ms)
        self._quiet_ms = 0.0

    def tick(self, elapsed_ms: float) -> bool:
        """Takes the time since the last tick. Returns whether the frames have stopped; False after `stop`."""
        if self._quiet_ms is None:
            return False
        self._quiet_ms += min(elapsed_ms, LONGEST_TICK_MS)
        return self._quiet_ms >= fresh_for_ms(self._intervals_ms)

    def stop(self) -> bool:
        """Ends the watch until the next frame. Returns whether it had not ended before."""
        watched, self._quiet_ms = self._quiet_ms is not None, None
        return watched


class PictureWatch:
    """Detects a picture that stands still."""

    def __init__(self) -> None:
        self._view: tuple[Region, int, int] | None = None
        self._equal: _Run | None = None
        self._near: _Run | None = None
        self._frozen = False

    def frozen(self, result: AnalyzedFrame) -> bool:
        """Takes an analysed frame. Returns whether the camera's picture stands still."""
        frame = result.frame
        if not frame.jpeg:
            return False
        view = (frame.roi, frame.full_width_px, frame.full_height_px)
        new = _Picture(frame.jpeg, result.fingerprint, frame.captured_ms)
        if view != self._view or self._equal is None or self._near is None:
            self._view, self._equal, self._near = view, _Run(new), _Run(new)
            return self._frozen
        change = new.change_from(self._near.first)
        near_ms = self._near.extended(new, change <= NEARLY_EQUAL)
        if self._equal.first is not self._near.first:
            change = new.change_from(self._equal.first)
        equal_ms = self._equal.extended(new, change <= 0.0)
        self._equal = self._equal if equal_ms is not None else _Run(new)
        self._near = self._near if near_ms is not None else _Run(new)
        has_face = result.analysis is not None and result.analysis.features is not None
        if equal_ms is None and (near_ms is None or not has_face):
            self._frozen = False
        elif (equal_ms or 0.0) >= FROZEN_MS or (has_face and (near_ms or 0.0) >= FROZEN_RECODED_MS):
            self._frozen = True
        return self._frozen


class _Picture:
    __slots__ = ("captured_ms", "fingerprint", "jpeg")

    def __init__(self, jpeg: bytes, fingerprint: Fingerprint | None, captured_ms: float) -> None:
        self.jpeg = jpeg  # not a digest of it: to compare bytes ends at the first difference
        self.fingerprint = fingerprint
        self.captured_ms = captured_ms

    def change_from(self, other: _Picture) -> float:
        """The largest change of a cell, grey levels; infinite if it is unknown."""
        if self.jpeg == other.jpeg:
            return 0.0
        if self.fingerprint is None or other.fingerprint is None:
            return math.inf
        return float(np.abs(self.fingerprint - other.fingerprint).max())


class _Run:
    """Consecutive pictures that are the same as the first."""

    def __init__(self, first: _Picture) -> None:
        self.first = first
        self._n = 1

    def extended(self, new: _Picture, is_same: bool) -> float | None:
        """How long the run is with this picture, 0 while it has few frames; None when the picture ends the run.

        is_same: as the first one.
        """
        length_ms = new.captured_ms - self.first.captured_ms
        if length_ms < 0.0 or not is_same:
            return None
        self._n += 1
        return length_ms if self._n >= MIN_FRAMES else 0.0
