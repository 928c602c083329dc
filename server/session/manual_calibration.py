"""Calibration from looks: targets that the client draws itself and reports afterwards, with place and time.

Programs written for another tracker show any number of targets and request no plan. Some calibrate with clicks, which
are known only afterwards. So:

1. The newest frames are kept (MAX_RECENT).
2. A `look` names a place and a span of time. Frames captured in that span belong to it: the kept ones, and those that
   arrive later.
3. `look_fit` fits a calibration to all looks so far. It may be sent again after more looks.
4. `look_clear` discards the looks. A calibration fitted to them stays active.

The client reports the time in which the eyes rested, so the settle time is not removed here.
"""

from __future__ import annotations

import math
from collections import deque
from dataclasses import dataclass, field

from calibration.samples.sample import Blocks, CalibrationSample
from calibration.samples.selection import SETTLE_MS
from calibration.screen import Point, ScreenGeometry
from models.analysis import FaceAnalysis
from server.errors import RequestRefused
from server.gaze.drift_correction import BEFORE_CLICK_MS
from server.protocol import requests
from server.protocol.calibration import Looked
from server.session import replies
from server.session.actions import Action, FitCalibration, Reply

MAX_RECENT = 90  # 3 s of 30 frames/s: clients report a look soon after it
MAX_LOOKS = 100  # the newest; with MAX_FRAMES each they take about 25 MB
MAX_FRAMES = 60
SAME_PLACE = 0.005  # screen units: looks closer than this are at the same target, shown again
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
    """The looks of one session. They are independent of the rounds of targets."""

    def __init__(self) -> None:
        self._recent: deque[tuple[float, FaceAnalysis]] = deque(maxlen=MAX_RECENT)
        self._looks: deque[_ManualTarget] = deque(maxlen=MAX_LOOKS)
        self._n_targets = 0
        self._n_fits = 0
        self._fitting: tuple[FitCalibration, str | None] | None = None

    def frame(self, captured_ms: float, analysis: FaceAnalysis | None) -> None:
        """Takes each analysed frame."""
        if analysis is None or analysis.features is None:
            return
        self._recent.append((captured_ms, analysis))
        for look in self._looks:
            look.add(captured_ms, analysis)

    def frames_before(self, at_ms: float) -> list[Blocks]:
        """The features of the frames with open eyes just before a click."""
        return [
            analysis.features.blocks()
            for captured_ms, analysis in self._recent
            if analysis.features is not None
            and analysis.status == "ok"
            and 0.0 <= at_ms - captured_ms <= BEFORE_CLICK_MS
        ]

    def look(self, request: requests.Look) -> list[Action]:
        look = _ManualTarget(self._target_id(request.place), request.place, request.start_ms, request.end_ms)
        for captured_ms, analysis in self._recent:
            look.add(captured_ms, analysis)
        self._looks.append(look)
        places = {other.target_id for other in self._looks}
        return [Reply(Looked(len(places), len(look.samples)))]

    def fit(self, request: requests.LookFit, screen: ScreenGeometry) -> list[Action]:
        if self._fitting is not None:
            raise RequestRefused("calibration_busy", "the last calibration is still being computed")
        samples = tuple(sample for look in self._looks for sample in look.samples)
        if len({sample.target_id for sample in samples}) < MIN_PLACES:
            reason = f"Looks at {MIN_PLACES} different places are needed, with the face in the picture."
            return [replies.failed(reason)]
        self._n_fits += 1
        screen = screen.seen_from([distance_mm for look in self._looks for distance_mm in look.distances_mm])
        # Negative numbers, because runs of targets have positive ones.
        command = FitCalibration(run_id=-self._n_fits, samples=samples, screen=screen, user=request.user)
        self._fitting = (command, request.user)
        return [replies.fitting(), command]

    def clear(self) -> list[Action]:
        self._looks.clear()
        return [Reply(Looked(0, 0))]

    def end_fit(self, run_id: int) -> tuple[ScreenGeometry, str | None] | None:
        """Ends a fit and returns its screen and user; None when it is not a fit of looks."""
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
