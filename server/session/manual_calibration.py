"""Calibration by targets that the client draws itself and reports afterwards: where the person looked, and when.

Programs that follow another tracker's contract show targets as they like, in any number, and never ask for a plan; some
calibrate with clicks, and a click is known only when it is over. So:

1. The newest frames are kept (MAX_RECENT).
2. A `look` names a place and a span of time. Frames captured in that span belong to it: those that are kept, and those
   still under way when it arrives.
3. `look_fit` makes a calibration of all looks so far, and may come again after more of them.
4. `look_clear` forgets the looks; a calibration made of them stays active.

The client reports when the eyes rested, so it has let them settle: nothing is taken off a look's beginning here.
"""

from __future__ import annotations

import math
from collections import deque
from dataclasses import dataclass, field

from calibration.samples.sample import CalibrationSample
from calibration.samples.selection import SETTLE_MS
from calibration.screen import Point, ScreenGeometry
from models.analyzer import FaceAnalysis
from server.errors import RequestRefused
from server.protocol import requests as ask
from server.protocol.calibration import Looked
from server.session import replies
from server.session.actions import Action, FitCalibration, Reply

MAX_RECENT = 90  # 3 s of 30 frames/s: clients report a look soon after it
MAX_LOOKS = 100  # the newest: with at most MAX_FRAMES each some 25 MB
MAX_FRAMES = 60
SAME_PLACE = 0.005  # screen units: a dot that is shown again is one target, not two
MIN_PLACES = 3


@dataclass(slots=True)
class _ManualTarget:
    target_id: int
    place: Point
    start_ms: float
    end_ms: float
    samples: deque[CalibrationSample] = field(default_factory=lambda: deque(maxlen=MAX_FRAMES))
    distances_mm: deque[float] = field(default_factory=lambda: deque(maxlen=MAX_FRAMES))

    def add(self, captured_ms: float, analysis: FaceAnalysis) -> None:
        if analysis.features is None or not self.start_ms <= captured_ms <= self.end_ms:
            return
        self.samples.append(
            CalibrationSample(
                captured_ms=captured_ms,
                target_id=self.target_id,
                target=self.place,
                blocks=analysis.features.blocks(),
                eyes_open=analysis.status == "ok",
                arrived_ms=self.start_ms - SETTLE_MS,
            )
        )
        if analysis.status == "ok" and analysis.distance_mm is not None:
            self.distances_mm.append(analysis.distance_mm)


class ManualCalibration:
    """A session's looks, beside the targets that its page shows."""

    def __init__(self) -> None:
        self._recent: deque[tuple[float, FaceAnalysis]] = deque(maxlen=MAX_RECENT)
        self._looks: deque[_ManualTarget] = deque(maxlen=MAX_LOOKS)
        self._n_targets = 0
        self._n_fits = 0
        self._fitting: tuple[FitCalibration, str | None] | None = None

    def frame(self, captured_ms: float, analysis: FaceAnalysis | None) -> None:
        """Each analysed frame."""
        if analysis is None or analysis.features is None:
            return
        self._recent.append((captured_ms, analysis))
        for look in self._looks:
            look.add(captured_ms, analysis)

    def look(self, request: ask.Look) -> list[Action]:
        look = _ManualTarget(self._target_id(request.place), request.place, request.start_ms, request.end_ms)
        for captured_ms, analysis in self._recent:
            look.add(captured_ms, analysis)
        self._looks.append(look)
        places = {other.target_id for other in self._looks}
        return [Reply(Looked(len(places), len(look.samples)))]

    def fit(self, request: ask.LookFit, screen: ScreenGeometry) -> list[Action]:
        if self._fitting is not None:
            raise RequestRefused("calibration_busy", "the last calibration is still being computed")
        samples = tuple(sample for look in self._looks for sample in look.samples)
        if len({sample.target_id for sample in samples}) < MIN_PLACES:
            reason = f"Looks at {MIN_PLACES} different places or more are needed, with the face in the picture."
            return [replies.failed(reason)]
        self._n_fits += 1
        screen = screen.seen_from([distance_mm for look in self._looks for distance_mm in look.distances_mm])
        # Numbers below zero: no run of targets has them.
        command = FitCalibration(run_id=-self._n_fits, samples=samples, screen=screen)
        self._fitting = (command, request.user)
        return [replies.fitting(), command]

    def clear(self) -> list[Action]:
        self._looks.clear()
        return [Reply(Looked(0, 0))]

    def end_fit(self, run_id: int) -> tuple[ScreenGeometry, str | None] | None:
        """The screen and the user of a fit that has ended; None when it is not a fit of looks."""
        if self._fitting is None or self._fitting[0].run_id != run_id:
            return None
        (command, user), self._fitting = self._fitting, None
        return command.screen, user

    def _target_id(self, place: Point) -> int:
        for look in self._looks:
            if math.dist(look.place, place) <= SAME_PLACE:
                return look.target_id
        self._n_targets += 1
        return self._n_targets
