"""From gaze samples to events: fixations, saccades, blinks, areas of interest, dwell, changes of status. Pure.

    GazeSample -> Annotations(fields for the gaze message, messages that go before it)

One for each session. Areas come from several sockets (the camera's page, other pages, programs); each replaces its own.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from calibration.screen import ScreenPoint
from server.events.aoi import AreaBoundary, AreaTracker, areas_at
from server.events.dwell import Dwell, DwellTracker
from server.events.fixation_detector import EventDetector
from server.events.noise import TYPICAL, Noise, StepNoise, limited
from server.events.types import Boundary, Detected, boundary_to_wire, fixation_to_wire, span_ms
from server.gaze.eyelids import ClosingLids
from server.gaze.sample import GazeSample
from server.protocol.areas import Area
from server.protocol.subscriber_view import ScreenLayout


@dataclass(frozen=True, slots=True)
class Annotations:
    """`messages`: topic and payload, in order."""

    fields: dict[str, Any]
    messages: tuple[tuple[str, dict[str, Any]], ...]


class GazeAnnotator:
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
        self._status: str | None = None
        self._lids = ClosingLids()

    def set_areas(self, source: object, areas: tuple[Area, ...]) -> None:
        """All areas of one socket; none when it closes."""
        if areas:
            self._areas[source] = areas
            self._has_areas = True
        else:
            self._areas.pop(source, None)

    def set_noise(self, calibration_id: str, noise: Noise | None) -> None:
        """Of a calibration, for as long as it is active; None when its frames give no estimate."""
        self._measured = (calibration_id, noise) if noise is not None else None

    def annotate(self, sample: GazeSample, layout: ScreenLayout | None, *, areas_live: bool = True) -> Annotations:
        """layout: None before the page has sent it. areas_live: False while the eyes follow targets."""
        time_ms = sample.frame.captured_ms
        messages = self._status_change(sample, time_ms)
        detected = self._detect(sample, time_ms)
        screen = layout.screen if layout else None
        for boundary in detected.boundaries:
            message = boundary_to_wire(boundary, self._session_id, screen)
            messages.append((str(message["type"]), message))
        fields: dict[str, Any] = {"event": detected.event, "fixation": None}
        if detected.fixation is not None:
            fields["fixation"] = fixation_to_wire(detected.fixation)
        estimate = sample.estimate
        point = estimate.filtered if estimate is not None and areas_live else None
        if self._has_areas:
            messages += self._visit_areas(point, layout, time_ms, fields)
            self._has_areas = bool(self._areas)
        return Annotations(fields, tuple(messages))

    def _status_change(self, sample: GazeSample, time_ms: float) -> list[tuple[str, dict[str, Any]]]:
        previous, self._status = self._status, sample.status
        if previous == sample.status:
            return []
        change = {"status": sample.status, "valid": sample.valid, "previous": previous}
        return [("status", self._message("status", time_ms) | change)]

    def _detect(self, sample: GazeSample, time_ms: float) -> Detected:
        detector = self._detector
        before: tuple[Boundary, ...] = ()
        if sample.status == "paused" or sample.calibration_id != self._calibration_id:
            before = detector.reset().boundaries  # the old points mean something else now
            self._steps.reset()
            self._calibration_id = sample.calibration_id
        if sample.status == "paused":
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
            if self._lids_close(sample, time_ms):
                detected = detector.unreliable(time_ms)
            else:
                detected = detector.valid(estimate.raw, time_ms)
        return Detected(detected.event, detected.fixation, before + detected.boundaries)

    def _noise(self) -> Noise:
        steps = self._steps.estimate()
        if self._measured is not None and self._measured[0] == self._calibration_id:
            return limited(self._measured[1].raised_to(steps))
        return limited(steps) if steps is not None else TYPICAL

    def _lids_close(self, sample: GazeSample, time_ms: float) -> bool:
        if sample.analysis is None or sample.analysis.features is None:
            return False
        return self._lids.closing(float(sample.analysis.features.openness.mean()), time_ms)

    def _visit_areas(
        self, point: ScreenPoint | None, layout: ScreenLayout | None, time_ms: float, fields: dict[str, Any]
    ) -> list[tuple[str, dict[str, Any]]]:
        """point: filtered, so that it does not tremble across an edge."""
        areas = [area for of_source in self._areas.values() for area in of_source]
        messages = [self._area_message(ended) for ended in self._tracker.keep(frozenset(area.id for area in areas))]
        here = None
        if point is not None:
            here = [area.id for area in areas_at(areas, point, layout)] if layout is not None else []
        messages += [self._area_message(boundary) for boundary in self._tracker.update(here, time_ms)]
        if areas:
            fields["aoi"] = self._tracker.inside() if point is not None else []
        return messages + self._dwell_on_areas(areas, point, layout, time_ms, fields)

    def _dwell_on_areas(
        self,
        areas: list[Area],
        point: ScreenPoint | None,
        layout: ScreenLayout | None,
        time_ms: float,
        fields: dict[str, Any],
    ) -> list[tuple[str, dict[str, Any]]]:
        if layout is None:
            return []
        selectable = [area for area in areas if area.dwell_ms is not None]
        noise = self._noise()
        noise_px = max(noise.x * layout.width_px, noise.y * layout.height_px)
        dwells = self._dwell.update(selectable, point, time_ms, place=layout, noise_px=noise_px)
        progress = self._dwell.progress()
        if progress is not None:
            fields["dwell"] = {"id": progress[0], "progress": round(progress[1], 3)}
        return [self._dwell_message(dwell) for dwell in dwells]

    def _area_message(self, boundary: AreaBoundary) -> tuple[str, dict[str, Any]]:
        return "aoi", self._message("aoi", boundary.time_ms) | {
            "phase": boundary.phase,
            "id": boundary.id,
            "start": boundary.start_ms,
            "duration_ms": span_ms(boundary.start_ms, boundary.time_ms),
        }

    def _dwell_message(self, dwell: Dwell) -> tuple[str, dict[str, Any]]:
        return "dwell", self._message("dwell", dwell.time_ms) | {
            "phase": dwell.phase,
            "id": dwell.id,
            "start": dwell.start_ms,
            "duration_ms": span_ms(dwell.start_ms, dwell.time_ms),
            "dwell_ms": dwell.dwell_ms,
            "progress": round(dwell.progress, 3),
        }

    def _message(self, kind: str, time_ms: float) -> dict[str, Any]:
        return {"type": kind, "session": self._session_id, "timestamp": time_ms}
