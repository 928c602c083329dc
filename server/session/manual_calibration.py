"""Calibration by looks: a page with dots of its own says, afterwards, where the person looked and when.

Programs that speak another tracker's contract show dots as they like, in any number, and never ask for a plan; some
calibrate with clicks, and of a click only the past is known. So:

1. The newest frames are kept (MAX_RECENT).
2. A `look` names a place and a span of time. Frames captured in that span belong to it: those that are kept, and those
   still under way when it is told.
3. `look_fit` makes a calibration of all looks so far, and may come again after more of them.
4. `look_clear` forgets the looks; a calibration made of them stays in force.

The page says where the eyes rested, so it has let them settle: nothing is taken off a look's beginning here.
"""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from calibration.fit import GameFit
from calibration.samples.sample import CalibrationSample
from calibration.samples.selection import SETTLE_MS
from calibration.screen import Point, ScreenGeometry
from models.analyzer import FaceAnalysis
from server.errors import RequestRefused
from server.protocol import requests as ask
from server.session.actions import Action, FitCalibration, Reply

MAX_RECENT = 90  # 3 s of 30 frames/s: what a page says of the past, it says soon
MAX_LOOKS = 100  # the newest: with at most MAX_FRAMES each some 25 MB
MAX_FRAMES = 60
SAME_PLACE = 0.005  # screen units: a dot that is shown again is one target, not two
MIN_PLACES = 3


Use = Callable[[GameFit, ScreenGeometry, str | None], list[Action]]


@dataclass(slots=True)
class _ManualTarget:
    target_id: int
    place: Point
    start_ms: float
    end_ms: float
    samples: deque[CalibrationSample] = field(default_factory=lambda: deque(maxlen=MAX_FRAMES))
    distances_mm: deque[float] = field(default_factory=lambda: deque(maxlen=MAX_FRAMES))

    def take(self, captured_ms: float, analysis: FaceAnalysis) -> None:
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
    """A session's looks, beside the dots that its desk shows.

    `ready(user)` gives the geometry, or raises RequestRefused: looks can't be taken now, or nobody is called so.
    `use` puts a fit into force.
    """

    def __init__(self, *, ready: Callable[[str | None], ask.Geometry], use: Use) -> None:
        self._ready = ready
        self._use = use
        self._recent: deque[tuple[float, FaceAnalysis]] = deque(maxlen=MAX_RECENT)
        self._looks: deque[_ManualTarget] = deque(maxlen=MAX_LOOKS)
        self._n_targets = 0
        self._n_fits = 0
        self._fitting: FitCalibration | None = None
        self._user: str | None = None
        self.handlers: Mapping[type, Callable[[Any, float], list[Action]]] = {
            ask.Look: self._on_look,
            ask.LookFit: self._on_fit,
            ask.LookClear: self._on_clear,
        }

    def saw(self, captured_ms: float, analysis: FaceAnalysis | None) -> None:
        """Each analysed frame."""
        if analysis is None or analysis.features is None:
            return
        self._recent.append((captured_ms, analysis))
        for look in self._looks:
            look.take(captured_ms, analysis)

    def fitted(self, run_id: int, fit: GameFit) -> list[Action] | None:
        """None when the fit is none of ours."""
        done = self._finish(run_id)
        if done is None:
            return None
        return self._use(fit, done.screen, self._user)

    def failed(self, run_id: int) -> bool:
        """Whether it was one of ours."""
        return self._finish(run_id) is not None

    def _finish(self, run_id: int) -> FitCalibration | None:
        if self._fitting is None or self._fitting.run_id != run_id:
            return None
        done, self._fitting = self._fitting, None
        return done

    def _on_look(self, body: ask.Look, _now_ms: float) -> list[Action]:
        self._ready(None)
        look = _ManualTarget(self._target_id(body.place), body.place, body.start_ms, body.end_ms)
        for captured_ms, analysis in self._recent:
            look.take(captured_ms, analysis)
        self._looks.append(look)
        places = {other.target_id for other in self._looks}
        return [Reply({"type": "look", "n_places": len(places), "n_frames": len(look.samples)})]

    def _on_fit(self, body: ask.LookFit, _now_ms: float) -> list[Action]:
        geometry = self._ready(body.user)
        if self._fitting is not None:
            raise RequestRefused("calibration_busy", "the last calibration is still being computed")
        samples = tuple(sample for look in self._looks for sample in look.samples)
        if len({sample.target_id for sample in samples}) < MIN_PLACES:
            reason = f"Looks at {MIN_PLACES} different places or more are needed, with the face in the picture."
            return [Reply({"type": "calibration", "state": "failed", "reason": reason})]
        self._n_fits += 1
        self._user = body.user
        screen = geometry.screen.seen_from([distance_mm for look in self._looks for distance_mm in look.distances_mm])
        # Numbers below zero: no run of dots has them.
        self._fitting = FitCalibration(run_id=-self._n_fits, samples=samples, screen=screen)
        return [Reply({"type": "calibration", "state": "fitting"}), self._fitting]

    def _on_clear(self, _body: ask.LookClear, _now_ms: float) -> list[Action]:
        self._looks.clear()
        return [Reply({"type": "look", "n_places": 0, "n_frames": 0})]

    def _target_id(self, place: Point) -> int:
        for look in self._looks:
            if math.dist(look.place, place) <= SAME_PLACE:
                return look.target_id
        self._n_targets += 1
        return self._n_targets
