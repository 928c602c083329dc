"""One run of the calibration game: which frame shows which dot, and when there are enough of them.

1. The page says when a dot has come to rest (`shown_ms`). Frames captured from then on belong to it.
2. A frame is *valid* when a face with open eyes was found at least `settle_ms` after that: the eyes have arrived.
3. *Enough* is said when there are MIN_SAMPLES valid frames, or, on a machine that manages few frames a second,
   MIN_SAMPLES_SLOW of them after the whole window (settle + WINDOW_MS).
4. The page leaves a dot once the window is over and enough was said. So frames after both belong to the eye's journey
   to the next dot and are not taken.
5. A dot that is shown again starts afresh.
Frames with shut eyes are kept, not valid: the gate in `calibration` also drops their neighbours, and must see them
for that.
"""

from __future__ import annotations

import random
from collections import deque
from dataclasses import dataclass, field

from calibration.gating import SETTLE_MS
from calibration.samples import CalibrationSample
from calibration.screen import ScreenGeometry
from calibration.targets import Target, nine_targets
from models.analyzer import FaceAnalysis
from server.errors import RequestRefused

MIN_SAMPLES = 15  # half a second of 30 frames/s; the mean's noise is then a quarter of a frame's
MIN_SAMPLES_SLOW = 5  # the fewest from which the gate can still tell an outlier
MAX_SAMPLES = 600  # of one dot, the newest 20 s: somebody who walked off in mid-game must not fill the memory
WINDOW_MS = 1200.0  # after the settle time; nine dots then take under half a minute with the ways between them


@dataclass(frozen=True, slots=True)
class Progress:
    """What the page is told after each frame of a dot."""

    target_id: int
    n_valid: int
    enough: bool


@dataclass(slots=True)
class _Visit:
    target: tuple[float, float]
    shown_ms: float
    samples: deque[CalibrationSample] = field(default_factory=lambda: deque(maxlen=MAX_SAMPLES))
    n_valid: int = 0
    enough: bool = False


class CalibrationRun:
    """Collects samples for one fit. `user` is None when nothing shall be stored."""

    def __init__(self, *, run_id: int, user: str | None, screen: ScreenGeometry, rng: random.Random) -> None:
        self.run_id = run_id
        self.user = user
        self.screen = screen
        self.targets: list[Target] = nine_targets(rng)
        self._visits: dict[int, _Visit] = {}
        self._current: int | None = None

    def show(self, target_id: int, shown_ms: float, place: tuple[float, float] | None) -> None:
        """The dot has come to rest. Raises RequestRefused for a target that is not of this run."""
        target = next((t for t in self.targets if t.id == target_id), None)
        if target is None:
            known = ", ".join(str(t.id) for t in self.targets)
            raise RequestRefused("unknown_target", f"there is no target {target_id} in this calibration, only {known}")
        self._visits.pop(target_id, None)  # also moves a repeated dot to the end: samples stay in the order of time
        self._visits[target_id] = _Visit(target=place or (target.x, target.y), shown_ms=shown_ms)
        self._current = target_id

    def add(self, captured_ms: float, analysis: FaceAnalysis | None) -> Progress | None:
        """One analysed frame. None when it belongs to no dot; frames without a face count as seen, not as valid."""
        if self._current is None:
            return None
        target_id, visit = self._current, self._visits[self._current]
        since_ms = captured_ms - visit.shown_ms
        window_over = since_ms >= SETTLE_MS + WINDOW_MS
        if since_ms < 0 or (visit.enough and window_over):
            return None
        if analysis is not None and analysis.features is not None:
            eyes_open = analysis.status == "ok"
            visit.samples.append(
                CalibrationSample(
                    captured_ms=captured_ms,
                    target_id=target_id,
                    target=visit.target,
                    blocks=analysis.features.blocks(),
                    eyes_open=eyes_open,
                    arrived_ms=visit.shown_ms,
                )
            )
            visit.n_valid += eyes_open and since_ms >= SETTLE_MS
        needed = MIN_SAMPLES_SLOW if window_over else MIN_SAMPLES
        visit.enough = visit.enough or visit.n_valid >= needed
        return Progress(target_id, visit.n_valid, visit.enough)

    def samples(self) -> tuple[CalibrationSample, ...]:
        """All of them in the order they were taken."""
        return tuple(sample for visit in self._visits.values() for sample in visit.samples)
