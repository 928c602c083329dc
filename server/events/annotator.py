"""Turns gaze samples into events: fixations, saccades, blinks, area visits, dwell, changes of status. Pure.

    GazeSample -> Annotations(members of the gaze message, events before it)

Each session has one annotator. Areas come from several sockets (the camera's page, other pages, programs), and each
socket replaces its own areas.
"""

from __future__ import annotations

from dataclasses import dataclass

from msgspec import UNSET, UnsetType, structs

from calibration.screen import ScreenPoint
from server.events.aoi import AreaTracker, areas_at
from server.events.dwell import DwellTracker
from server.events.fixation_detector import EventDetector
from server.events.noise import TYPICAL, Noise, StepNoise, limited
from server.events.types import Boundary, Detected, boundary_message, fixation_so_far, span_ms
from server.gaze.eyelids import ClosingEyelids
from server.gaze.sample import GazeSample
from server.protocol.areas import Area
from server.protocol.events import AreaEvent, DwellEvent, Event, PlacedArea, StatusEvent
from server.protocol.gaze import STOPPED_STATUSES, DwellSoFar, FixationSoFar, Gaze, GazeEvent, Status
from server.protocol.geometry import ScreenLayout


@dataclass(frozen=True, slots=True)
class Annotations:
    """The annotations of a sample: members of its gaze message, and the events before it, in order.

    aoi: UNSET when there are no areas. dwell: UNSET while the gaze rests on no area.
    """

    event: GazeEvent | None
    fixation: FixationSoFar | None
    aoi: tuple[str, ...] | UnsetType
    dwell: DwellSoFar | UnsetType
    events: tuple[Event, ...]

    def added_to(self, gaze: Gaze) -> Gaze:
        return structs.replace(gaze, event=self.event, fixation=self.fixation, aoi=self.aoi, dwell=self.dwell)


class GazeAnnotator:
    """The annotator of one session."""

    def __init__(self, session_id: str) -> None:
        self._session_id = session_id
        self._areas: dict[object, tuple[Area, ...]] = {}
        self._has_areas = False  # also for one sample after the last area is removed, which ends its visits
        self._detector = EventDetector()
        self._steps = StepNoise()
        self._measured: tuple[str, Noise] | None = None
        self._calibration_id: str | None = None
        self._tracker = AreaTracker()
        self._dwell = DwellTracker()
        self._status: Status | None = None
        self._eyelids = ClosingEyelids()

    def set_areas(self, source: object, areas: tuple[Area, ...]) -> None:
        """Sets all areas of one socket; none when it closes."""
        if areas:
            self._areas[source] = areas
            self._has_areas = True
        else:
            self._areas.pop(source, None)

    def placed_areas(self, layout: ScreenLayout | None) -> tuple[PlacedArea, ...]:
        """All areas at their present places on the screen."""
        return tuple(_placed(area, layout) for of_source in self._areas.values() for area in of_source)

    def set_noise(self, calibration_id: str, noise: Noise | None) -> None:
        """Sets the noise of a calibration, while it is active. noise: None when its frames give no estimate."""
        self._measured = (calibration_id, noise) if noise is not None else None

    def annotate(self, sample: GazeSample, layout: ScreenLayout | None, *, areas_live: bool = True) -> Annotations:
        """The annotations of a sample.

        layout: None before the page has sent it. areas_live: False while the eyes follow targets.
        """
        time_ms = sample.frame.captured_ms
        events: list[Event] = self._status_change(sample, time_ms)
        detected = self._detect(sample, time_ms)
        screen = layout.screen if layout else None
        events += [boundary_message(boundary, self._session_id, screen) for boundary in detected.boundaries]
        estimate = sample.estimate
        point = estimate.filtered if estimate is not None and areas_live else None
        areas = [area for of_source in self._areas.values() for area in of_source]
        dwell = None
        if self._has_areas:
            open_areas = [] if sample.status in STOPPED_STATUSES else areas
            events += self._visit_areas(open_areas, point, layout, time_ms)
            if layout is not None:
                events += self._dwell_on_areas(open_areas, point, layout, time_ms)
                dwell = self._dwell.progress()
            self._has_areas = bool(self._areas)
        return Annotations(
            event=detected.event,
            fixation=None if detected.fixation is None else fixation_so_far(detected.fixation),
            aoi=UNSET if not areas else () if point is None else tuple(self._tracker.inside()),
            dwell=UNSET if dwell is None else DwellSoFar(dwell[0], round(dwell[1], 3)),
            events=tuple(events),
        )

    def _status_change(self, sample: GazeSample, time_ms: float) -> list[Event]:
        previous, self._status = self._status, sample.status
        if previous == sample.status:
            return []
        return [StatusEvent(self._session_id, time_ms, sample.status, sample.valid, previous)]

    def _detect(self, sample: GazeSample, time_ms: float) -> Detected:
        detector = self._detector
        before: tuple[Boundary, ...] = ()
        stopped = sample.status in STOPPED_STATUSES
        if stopped or sample.calibration_id != self._calibration_id:
            before = detector.reset().boundaries  # old and new points can't be compared
            self._steps.reset()
            self._calibration_id = sample.calibration_id
        if stopped:
            return Detected(None, None, before)
        estimate = sample.estimate
        if sample.status == "eyes_closed":
            shut = sample.analysis is not None and sample.analysis.status == "eyes_closed"
            detected = detector.closed(time_ms) if shut else detector.unreliable(time_ms)
        elif estimate is None:
            detected = detector.lost(time_ms)
        else:
            self._steps.add(estimate.raw, time_ms)
            detector.noise = self._noise()
            detector.aspect = estimate.screen.height_px / estimate.screen.width_px
            if self._eyelids_close(sample, time_ms):
                detected = detector.unreliable(time_ms)
            else:
                detected = detector.valid(estimate.raw, time_ms)
        return Detected(detected.event, detected.fixation, before + detected.boundaries)

    def _noise(self) -> Noise:
        steps = self._steps.estimate()
        if self._measured is not None and self._measured[0] == self._calibration_id:
            return limited(self._measured[1].raised_to(steps))
        return limited(steps) if steps is not None else TYPICAL

    def _eyelids_close(self, sample: GazeSample, time_ms: float) -> bool:
        if sample.analysis is None or sample.analysis.features is None:
            return False
        return self._eyelids.closing(sample.analysis.features.mean_openness, time_ms)

    def _visit_areas(
        self, areas: list[Area], point: ScreenPoint | None, layout: ScreenLayout | None, time_ms: float
    ) -> list[AreaEvent]:
        """point: filtered, so that noise does not move it across an edge."""
        boundaries = self._tracker.keep(frozenset(area.id for area in areas))
        here = None
        if point is not None:
            here = [area.id for area in areas_at(areas, point, layout)] if layout is not None else []
        boundaries += self._tracker.update(here, time_ms)
        return [
            AreaEvent(
                session=self._session_id,
                timestamp=boundary.time_ms,
                phase=boundary.phase,
                id=boundary.id,
                start=boundary.start_ms,
                duration_ms=span_ms(boundary.start_ms, boundary.time_ms),
            )
            for boundary in boundaries
        ]

    def _dwell_on_areas(
        self, areas: list[Area], point: ScreenPoint | None, layout: ScreenLayout, time_ms: float
    ) -> list[DwellEvent]:
        selectable = [area for area in areas if area.dwell_ms is not None]
        noise = self._noise()
        noise_px = max(noise.x * layout.width_px, noise.y * layout.height_px)
        return [
            DwellEvent(
                session=self._session_id,
                timestamp=dwell.time_ms,
                phase=dwell.phase,
                id=dwell.id,
                start=dwell.start_ms,
                duration_ms=span_ms(dwell.start_ms, dwell.time_ms),
                dwell_ms=dwell.dwell_ms,
                progress=round(dwell.progress, 3),
            )
            for dwell in self._dwell.update(selectable, point, time_ms, place=layout, noise_px=noise_px)
        ]


def _placed(area: Area, layout: ScreenLayout | None) -> PlacedArea:
    rect = None if layout is None else area.on_screen(layout)
    sides = (None,) * 4 if rect is None else (rect.x, rect.y, rect.width, rect.height)
    x_px, y_px, width_px, height_px = (None if side is None else round(side, 1) for side in sides)
    return PlacedArea(area.id, x_px, y_px, width_px, height_px, area.dwell_ms, area.repeat)
