"""One run of targets (calibration, validation, check, drift check): assigns frames to targets and counts them.

1. The page reports when a target has come to rest (`shown_ms`). Frames captured from then on belong to it.
2. A frame is *valid* when it shows a face with open eyes and was captured at least `settle_ms` later, when the eyes
   have arrived.
3. A target has *enough* frames with MIN_SAMPLES valid ones. On a slow machine, MIN_SAMPLES_SLOW are enough after the
   whole window (settle_ms + window_ms).
4. The page leaves a target when its window is over and it has enough frames. After that the eyes move to the next
   target, so those frames are not used.
5. A target that is shown again starts with no frames.
6. A target may move along a path, or have a longer window of its own. Frames after such a window are not used, because
   the place of the gaze is then unknown.
Frames with closed eyes are kept but not valid: the sample selection in `calibration` also drops their neighbours.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from calibration.quality.validation import GazePoint
from calibration.samples.sample import CalibrationSample
from calibration.samples.selection import MIN_FRAMES_FOR_OUTLIERS, SETTLE_MS
from calibration.screen import Point, ScreenGeometry
from calibration.targets.patterns import Target
from calibration.targets.pursuit import Knot, PursuitRound, place_at
from models.analysis import GLARE, FaceAnalysis
from server.errors import RequestRefused

MIN_SAMPLES = 15  # half a second of 30 frames/s; the mean has a quarter of one frame's noise
MIN_SAMPLES_SLOW = MIN_FRAMES_FOR_OUTLIERS
MAX_SAMPLES = 600  # of one target, the newest 20 s: an abandoned round must not fill the memory
WINDOW_MS = 1000.0  # after the settle time; nine targets take 22 s with the moves between them

Purpose = Literal["calibration", "validation", "check", "drift"]


@dataclass(frozen=True, slots=True)
class Progress:
    """The state of a target after one of its frames, for the page."""

    target_id: int
    n_valid: int
    enough: bool


@dataclass(frozen=True, slots=True)
class PlannedTarget:
    """A target of the plan. path: of a moving target. stay_ms: how long it is shown, if not for the usual window."""

    target: Target
    path: tuple[Knot, ...] | None = None
    stay_ms: float | None = None


@dataclass(slots=True)
class TargetVisit:
    """The frames of one target. points: the gaze points of the active calibration."""

    target: Point
    shown_ms: float
    path: tuple[Knot, ...] | None
    samples: deque[CalibrationSample] = field(default_factory=lambda: deque(maxlen=MAX_SAMPLES))
    points: deque[GazePoint] = field(default_factory=lambda: deque(maxlen=MAX_SAMPLES))
    n_valid: int = 0
    n_glare: int = 0  # of n_valid: a reflection in glasses hides an iris
    enough: bool = False

    def place(self, captured_ms: float) -> Point:
        return self.target if self.path is None else place_at(self.path, captured_ms - self.shown_ms)


class TargetRun:
    """Collects frames for one fit or one measurement. user: None when no profile is saved."""

    def __init__(
        self,
        *,
        run_id: int,
        purpose: Purpose,
        planned: Sequence[PlannedTarget],
        screen: ScreenGeometry,
        user: str | None = None,
    ) -> None:
        self.run_id = run_id
        self.purpose = purpose
        self.user = user
        self.screen = screen
        self.fitting = False  # while the fit runs, no more frames are taken
        self._planned: dict[int, PlannedTarget] = {show.target.id: show for show in planned}
        self._visits: dict[int, TargetVisit] = {}
        self._current: int | None = None

    @property
    def targets(self) -> tuple[Target, ...]:
        return tuple(show.target for show in self._planned.values())

    def add_targets(self, targets: Sequence[Target]) -> None:
        """Adds targets to the plan."""
        self._planned |= {target.id: PlannedTarget(target) for target in targets}

    def show(self, target_id: int, shown_ms: float, place: Point | None, path: tuple[Knot, ...] | None = None) -> None:
        """Takes a target that has come to rest. Raises RequestRefused for a target that is not of this run."""
        show = self._planned.get(target_id)
        if show is None:
            ids = ", ".join(str(planned_id) for planned_id in self._planned)
            raise RequestRefused("unknown_target", f"there is no target {target_id} in this run, only {ids}")
        if path is not None and show.path is None:
            raise RequestRefused("unknown_target", f"target {target_id} does not move and takes no path")
        self._visits.pop(target_id, None)  # moves a repeated target to the end, so samples stay in the order of time
        self._visits[target_id] = TargetVisit(
            target=place or show.target.place, shown_ms=shown_ms, path=path or show.path
        )
        self._current = target_id

    def hide(self) -> None:
        """Hides the target. Frames belong to no target until the next one is shown."""
        self._current = None

    def add(
        self,
        captured_ms: float,
        analysis: FaceAnalysis | None,
        point: Point | None = None,
        raw: Point | None = None,
    ) -> Progress | None:
        """Takes one analysed frame. None when it belongs to no target. A frame without a face is not valid.

        point: after the filter; raw: before it.
        """
        if self._current is None or self.fitting:
            return None
        target_id, visit = self._current, self._visits[self._current]
        since_ms = captured_ms - visit.shown_ms
        window_ms = self._window_ms(target_id, visit)
        window_over = since_ms >= SETTLE_MS + window_ms
        timed = window_ms != WINDOW_MS
        if since_ms < 0 or (window_over and visit.enough and not timed):
            return None
        if window_over and timed:
            visit.enough = visit.n_valid >= MIN_SAMPLES
            return Progress(target_id, visit.n_valid, visit.enough)
        settled = since_ms >= SETTLE_MS
        eyes_open = analysis is not None and analysis.features is not None and analysis.status == "ok"
        if analysis is not None and analysis.features is not None:
            visit.samples.append(
                CalibrationSample(
                    captured_ms=captured_ms,
                    target_id=target_id,
                    target=visit.place(captured_ms),
                    blocks=analysis.features.blocks(),
                    eyes_open=eyes_open,
                    arrived_ms=visit.shown_ms,
                )
            )
        if settled:
            visit.points.append(_gaze_point(captured_ms, analysis, point if eyes_open else None, raw))
        if settled and analysis is not None and eyes_open:
            visit.n_valid += 1
            visit.n_glare += analysis.glare >= GLARE
        if not timed:
            needed = MIN_SAMPLES_SLOW if window_over else MIN_SAMPLES
            visit.enough = visit.enough or visit.n_valid >= needed
        return Progress(target_id, visit.n_valid, visit.enough)

    def target_at(self, captured_ms: float) -> tuple[int, Point, bool] | None:
        """(id, place, whether it moves) of the target that a frame belongs to; for recordings."""
        if self._current is None or self.fitting:
            return None
        visit = self._visits[self._current]
        since_ms = captured_ms - visit.shown_ms
        window_over = since_ms >= SETTLE_MS + self._window_ms(self._current, visit)
        if since_ms < 0 or (window_over and (visit.enough or visit.path is not None)):
            return None
        return self._current, visit.place(captured_ms), visit.path is not None

    def shown_ms(self, target_id: int) -> float | None:
        visit = self._visits.get(target_id)
        return visit.shown_ms if visit else None

    @property
    def first_ms(self) -> float:
        """When the first frame of the run was captured; 0 without frames."""
        return min((visit.samples[0].captured_ms for visit in self._visits.values() if visit.samples), default=0.0)

    def pursuit_round(self, target_id: int) -> PursuitRound | None:
        """The frames of a moving target; None when it was not shown, or does not move."""
        visit = self._visits.get(target_id)
        if visit is None or visit.path is None:
            return None
        return PursuitRound(visit.path, visit.shown_ms, tuple(visit.samples))

    def samples(self, *, of: Sequence[int] | None = None, without: Sequence[int] = ()) -> tuple[CalibrationSample, ...]:
        """All samples in the order of time, or those of some targets."""
        ids = {i for i in self._visits if (of is None or i in of) and i not in without}
        return tuple(sample for i, visit in self._visits.items() if i in ids for sample in visit.samples)

    def points(self) -> Mapping[tuple[int, Point], Sequence[GazePoint]]:
        """For each target of the plan, shown or not: all its gaze points after the settle time."""
        points = {}
        for target_id, show in self._planned.items():
            visit = self._visits.get(target_id)
            key = (target_id, visit.target if visit else show.target.place)
            points[key] = tuple(visit.points) if visit else ()
        return points

    @property
    def is_slow(self) -> bool:
        """Whether too few frames came, and not too few that show the eyes: most of the settled ones show them."""
        n_frames = sum(len(visit.points) for visit in self._visits.values())
        return bool(self._visits) and 2 * sum(visit.n_valid for visit in self._visits.values()) >= n_frames

    @property
    def n_seen(self) -> int:
        """The targets with a valid frame."""
        return sum(visit.n_valid > 0 for visit in self._visits.values())

    def screen_with_distance(self) -> ScreenGeometry:
        """The screen with the viewing distance of this run."""
        distances = [point.distance_mm for visit in self._visits.values() for point in visit.points]
        return self.screen.seen_from([distance_mm for distance_mm in distances if distance_mm is not None])

    def glare(self) -> float:
        """The share of the valid frames in which a reflection in glasses hides an iris."""
        n_valid = sum(visit.n_valid for visit in self._visits.values())
        return sum(visit.n_glare for visit in self._visits.values()) / max(n_valid, 1)

    def _window_ms(self, target_id: int, visit: TargetVisit) -> float:
        if visit.path is not None:
            return visit.path[-1][0] - SETTLE_MS
        stay_ms = self._planned[target_id].stay_ms
        return WINDOW_MS if stay_ms is None else stay_ms - SETTLE_MS


def _gaze_point(captured_ms: float, analysis: FaceAnalysis | None, point: Point | None, raw: Point | None) -> GazePoint:
    if analysis is None or analysis.features is None:
        return GazePoint(captured_ms, None)
    # Closed eyelids hide the irises, from which the distance is measured.
    distance_mm = analysis.distance_mm if analysis.status == "ok" else None
    return GazePoint(captured_ms, point, distance_mm, analysis.brightness, raw)
